"""Keys that come and go over the wire with unmodified boto3: key blocks of TR-31."""

from __future__ import annotations

import os
from typing import Any

import psec
import pytest

from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

BOTH = {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True}
PIN = {
    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
    "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "AES_128",
    "KeyModesOfUse": BOTH,
}


def made(control: Any, **more: Any) -> str:
    return str(
        control.create_key(**{"KeyAttributes": PIN, "Exportable": True, **more})["Key"]["KeyArn"]
    )


@pytest.mark.parametrize(
    ("algorithm", "size", "version"), [("TDES_2KEY", 16, "B"), ("AES_256", 32, "D")]
)
def test_a_key_block_of_psec_comes_in_and_one_of_ours_is_read_by_psec(
    control: Any, bench: Any, algorithm: str, size: int, version: str
) -> None:
    kbpk, key = os.urandom(size), os.urandom(16)
    under = known_key(bench, "K1", algorithm, kbpk, "B")
    header = psec.tr31.Header(version, "P0", "T", "B", "00", "E")
    block = psec.tr31.wrap(kbpk, header, key)
    how = {"WrappingKeyIdentifier": under, "WrappedKeyBlock": block}
    told = control.import_key(
        KeyMaterial={"Tr31KeyBlock": how}, Tags=[{"Key": "from", "Value": "psec"}]
    )["Key"]
    assert told["KeyOrigin"] == "EXTERNAL"
    assert told["KeyAttributes"]["KeyUsage"] == "TR31_P0_PIN_ENCRYPTION_KEY"
    assert control.list_tags_for_resource(ResourceArn=told["KeyArn"])["Tags"]
    given = control.export_key(
        ExportKeyIdentifier=told["KeyArn"],
        KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}},
    )["WrappedKey"]
    assert given["WrappedKeyMaterialFormat"] == "TR31_KEY_BLOCK"
    assert given["KeyCheckValue"] == told["KeyCheckValue"]
    read_header, read = psec.tr31.unwrap(kbpk, given["KeyMaterial"])
    assert read == key
    assert (read_header.version_id, read_header.key_usage) == (version, "P0")


def test_a_header_may_be_narrower_than_the_key_and_not_wider(control: Any, bench: Any) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    arn = known_key(bench, "P0", "AES_128", os.urandom(16), "E")

    def export(**headers: Any) -> Any:
        how = {"WrappingKeyIdentifier": under, "KeyBlockHeaders": headers}
        return control.export_key(ExportKeyIdentifier=arn, KeyMaterial={"Tr31KeyBlock": how})

    given = export(KeyExportability="NON_EXPORTABLE", KeyVersion="01", OptionalBlocks={"LB": "x"})
    header, _ = psec.tr31.unwrap(kbpk, given["WrappedKey"]["KeyMaterial"])
    assert (header.exportability, header.version_num) == ("N", "01")
    with pytest.raises(control.exceptions.ValidationException):
        export(KeyModesOfUse=BOTH)


def test_a_block_that_was_altered_is_refused(control: Any, bench: Any) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    block = psec.tr31.wrap(kbpk, psec.tr31.Header("D", "P0", "A", "B", "00", "E"), os.urandom(16))
    for altered in (block[:5] + "K0" + block[7:], block[:-1] + ("0" if block[-1] != "0" else "1")):
        how = {"WrappingKeyIdentifier": under, "WrappedKeyBlock": altered}
        with pytest.raises(control.exceptions.ValidationException):
            control.import_key(KeyMaterial={"Tr31KeyBlock": how})


def test_a_key_that_may_not_leave_stays(control: Any, bench: Any) -> None:
    under = known_key(bench, "K1", "AES_256", os.urandom(32), "B")
    arn = made(control, Exportable=False)
    with pytest.raises(control.exceptions.ConflictException):
        control.export_key(
            ExportKeyIdentifier=arn, KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}}
        )


@pytest.mark.parametrize(
    ("algorithm", "ksn"),
    [("TDES_2KEY", "FFFF9876543210E00000"), ("AES_128", "123456789012345600000000")],
)
def test_an_initial_key_leaves_for_its_device(
    control: Any, bench: Any, algorithm: str, ksn: str
) -> None:
    kbpk = os.urandom(32)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    base = known_key(bench, "B0", algorithm, os.urandom(16), "X")
    given = control.export_key(
        ExportKeyIdentifier=base,
        KeyMaterial={"Tr31KeyBlock": {"WrappingKeyIdentifier": under}},
        ExportAttributes={"ExportDukptInitialKey": {"KeySerialNumber": ksn}},
    )["WrappedKey"]
    header, _ = psec.tr31.unwrap(kbpk, given["KeyMaterial"])
    assert header.key_usage == "B1"


def test_a_pin_is_translated_between_keys_that_came_wrapped(
    control: Any, data: Any, bench: Any
) -> None:
    kbpk, first, second = os.urandom(32), os.urandom(16), os.urandom(16)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    header = psec.tr31.Header("D", "P0", "T", "B", "00", "N")
    pan = "4123412341234127"

    def block(key: bytes) -> str:
        clear = psec.pinblock.encode_pinblock_iso_0("1234", pan)
        return psec.des.encrypt_tdes_ecb(key, clear).hex().upper()

    def wrapped(key: bytes) -> dict[str, Any]:
        return {"WrappedKeyMaterial": {"Tr31KeyBlock": psec.tr31.wrap(kbpk, header, key)}}

    iso_0 = {"IsoFormat0": {"PrimaryAccountNumber": pan}}
    told = data.translate_pin_data(
        IncomingKeyIdentifier=under,
        OutgoingKeyIdentifier=under,
        IncomingTranslationAttributes=iso_0,
        OutgoingTranslationAttributes=iso_0,
        EncryptedPinBlock=block(first),
        IncomingWrappedKey=wrapped(first),
        OutgoingWrappedKey=wrapped(second),
    )
    assert told["PinBlock"] == block(second)


def test_as_2805_is_told_as_not_served(control: Any, bench: Any) -> None:
    under = known_key(bench, "K0", "TDES_2KEY", os.urandom(16), "B")
    arn = made(control)
    how = {"WrappingKeyIdentifier": under, "As2805KeyVariant": "PIN_ENCRYPTION_KEY_VARIANT_28"}
    with pytest.raises(control.exceptions.ValidationException, match="not served here"):
        control.export_key(ExportKeyIdentifier=arn, KeyMaterial={"As2805KeyCryptogram": how})
