"""Data and MACs over the wire with unmodified boto3; what a key is not for is refused."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Any

import psec
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

MESSAGE = os.urandom(48)
KSN_TDES, KSN_AES = "FFFF9876543210E00001", "123456789012345600000001"


def aes(mode: Any, key: bytes, data: bytes) -> str:
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return (encryptor.update(data) + encryptor.finalize()).hex().upper()


def test_data_are_enciphered_as_the_library_does(data: Any, bench: Any) -> None:
    key, iv = os.urandom(32), os.urandom(16)
    arn = known_key(bench, "D0", "AES_256", key, "B")
    for how, right in (
        ({"Mode": "ECB"}, aes(modes.ECB(), key, MESSAGE)),  # noqa: S305
        ({"Mode": "CBC"}, aes(modes.CBC(bytes(16)), key, MESSAGE)),
        ({"Mode": "CBC", "InitializationVector": iv.hex()}, aes(modes.CBC(iv), key, MESSAGE)),
        ({"Mode": "OFB", "InitializationVector": iv.hex()}, aes(modes.OFB(iv), key, MESSAGE)),
    ):
        told = data.encrypt_data(
            KeyIdentifier=arn, PlainText=MESSAGE.hex(), EncryptionAttributes={"Symmetric": how}
        )
        assert told["CipherText"] == right
        back = data.decrypt_data(
            KeyIdentifier=arn, CipherText=right, DecryptionAttributes={"Symmetric": how}
        )
        assert back["PlainText"] == MESSAGE.hex().upper()
        assert back["KeyArn"] == arn


@pytest.mark.parametrize(
    ("usage", "algorithm"),
    [("P0", "TDES_2KEY"), ("K0", "TDES_2KEY"), ("K1", "AES_128"), ("V2", "TDES_2KEY"), ("M6", "AES_128"),
     ("B0", "AES_128"), ("C0", "TDES_2KEY"), ("E0", "TDES_2KEY")],
)  # fmt: skip
def test_only_data_keys_decipher(data: Any, bench: Any, usage: str, algorithm: str) -> None:
    """Else DecryptData would be a decryptor of PIN blocks and key blocks."""
    arn = known_key(bench, usage, algorithm, os.urandom(16))
    for call, member, how in (
        (data.decrypt_data, "CipherText", "DecryptionAttributes"),
        (data.encrypt_data, "PlainText", "EncryptionAttributes"),
    ):
        asked = {"KeyIdentifier": arn, member: "00" * 16, how: {"Symmetric": {"Mode": "ECB"}}}
        with pytest.raises(data.exceptions.ValidationException) as caught:
            call(**asked)
        assert caught.value.response["fieldList"][0]["path"] == "KeyIdentifier"


@pytest.mark.parametrize(
    "change",
    [
        {"PlainText": "00" * 15},
        {"EncryptionAttributes": {"Symmetric": {"Mode": "CBC", "PaddingType": "PKCS1"}}},
        {"EncryptionAttributes": {"Symmetric": {"Mode": "CBC", "InitializationVector": "00" * 8}}},
        {"EncryptionAttributes": {"Dukpt": {"KeySerialNumber": KSN_AES}}},
    ],
)
def test_lengths_and_ways_that_do_not_fit_are_refused(
    data: Any, bench: Any, change: dict[str, Any]
) -> None:
    arn = known_key(bench, "D0", "AES_128", os.urandom(16), "B")
    asked = {
        "KeyIdentifier": arn, "PlainText": "00" * 16,
        "EncryptionAttributes": {"Symmetric": {"Mode": "CBC"}},
    }  # fmt: skip
    with pytest.raises(data.exceptions.ValidationException):
        data.encrypt_data(**{**asked, **change})


@pytest.mark.parametrize(
    ("algorithm", "ksn", "kind"),
    [
        ("TDES_2KEY", KSN_TDES, None),
        ("AES_128", KSN_AES, "AES_128"),
        ("AES_256", KSN_AES, "AES_192"),
    ],
)
def test_data_of_a_transaction_come_back(
    data: Any, bench: Any, algorithm: str, ksn: str, kind: str | None
) -> None:
    octets = 32 if algorithm == "AES_256" else 16
    arn = known_key(bench, "B0", algorithm, os.urandom(octets), "X")
    how: dict[str, Any] = {"KeySerialNumber": ksn, "DukptKeyVariant": "REQUEST"}
    if kind:
        how["DukptKeyDerivationType"] = kind
    told = data.encrypt_data(
        KeyIdentifier=arn, PlainText=MESSAGE.hex(), EncryptionAttributes={"Dukpt": how}
    )
    back = data.decrypt_data(
        KeyIdentifier=arn, CipherText=told["CipherText"], DecryptionAttributes={"Dukpt": how}
    )
    assert back["PlainText"] == MESSAGE.hex().upper()


def test_data_move_from_a_transaction_to_a_key(data: Any, bench: Any) -> None:
    base = known_key(bench, "B0", "TDES_2KEY", os.urandom(16), "X")
    key = os.urandom(16)
    arn = known_key(bench, "D0", "AES_128", key, "B")
    dukpt = {"Dukpt": {"KeySerialNumber": KSN_TDES}}
    there = data.encrypt_data(
        KeyIdentifier=base, PlainText=MESSAGE.hex(), EncryptionAttributes=dukpt
    )["CipherText"]
    told = data.re_encrypt_data(
        IncomingKeyIdentifier=base,
        OutgoingKeyIdentifier=arn,
        CipherText=there,
        IncomingEncryptionAttributes=dukpt,
        OutgoingEncryptionAttributes={"Symmetric": {"Mode": "ECB"}},
    )
    assert told["CipherText"] == aes(modes.ECB(), key, MESSAGE)  # noqa: S305
    assert told["KeyArn"] == arn


def macs() -> list[Any]:
    tdes, aes_key, long = os.urandom(16), os.urandom(16), os.urandom(32)
    cmac = CMAC(algorithms.AES(aes_key))
    cmac.update(MESSAGE)
    return [
        ("M1", "TDES_2KEY", tdes, "ISO9797_ALGORITHM1", None),
        (
            "M3",
            "TDES_2KEY",
            tdes,
            "ISO9797_ALGORITHM3",
            psec.mac.generate_retail_mac(tdes[:8], tdes[8:], MESSAGE, 1),
        ),
        ("M6", "AES_128", aes_key, "CMAC", cmac.finalize()),
        ("M7", "HMAC_SHA256", long, "HMAC", hmac.digest(long, MESSAGE, hashlib.sha256)),
        ("M7", "HMAC_SHA256", long, "HMAC_SHA256", hmac.digest(long, MESSAGE, hashlib.sha256)),
        ("M0", "TDES_2KEY", tdes, "AS2805_4_1", None),
    ]


@pytest.mark.parametrize("case", range(6))
def test_macs_are_made_and_verified(data: Any, bench: Any, case: int) -> None:
    usage, algorithm, octets, name, right = macs()[case]
    arn = known_key(bench, usage, algorithm, octets, "C")
    asked = {"KeyIdentifier": arn, "MessageData": MESSAGE.hex()}
    how = {"Algorithm": name}
    made = data.generate_mac(**asked, GenerationAttributes=how)["Mac"]
    assert right is None or made == right.hex().upper()
    short = data.generate_mac(**asked, GenerationAttributes=how, MacLength=4)["Mac"]
    assert short == made[:8], "a MAC is cut from the left"
    assert data.verify_mac(**asked, VerificationAttributes=how, Mac=made)["KeyArn"] == arn
    assert data.verify_mac(**asked, VerificationAttributes=how, Mac=short, MacLength=4)
    wrong = f"{int(made, 16) ^ 1:0{len(made)}X}"
    for change in ({"Mac": wrong}, {"Mac": short, "MacLength": 8}):
        with pytest.raises(data.exceptions.VerificationFailedException) as caught:
            data.verify_mac(**asked, VerificationAttributes=how, **change)
        assert caught.value.response["Reason"] == "INVALID_MAC"


@pytest.mark.parametrize(
    ("name", "algorithm", "ksn"),
    [
        ("DukptIso9797Algorithm1", "TDES_2KEY", KSN_TDES),
        ("DukptIso9797Algorithm3", "TDES_2KEY", KSN_TDES),
        ("DukptCmac", "AES_128", KSN_AES),
    ],
)
@pytest.mark.parametrize("variant", ["REQUEST", "RESPONSE", "BIDIRECTIONAL"])
def test_macs_of_a_transaction_are_verified(
    data: Any, bench: Any, name: str, algorithm: str, ksn: str, variant: str
) -> None:
    arn = known_key(bench, "B0", algorithm, os.urandom(16), "X")
    asked = {"KeyIdentifier": arn, "MessageData": MESSAGE.hex()}
    how = {name: {"KeySerialNumber": ksn, "DukptKeyVariant": variant}}
    made = data.generate_mac(**asked, GenerationAttributes=how)["Mac"]
    assert data.verify_mac(**asked, VerificationAttributes=how, Mac=made)


@pytest.mark.parametrize(
    ("mode", "value"),
    [
        ("EMV_COMMON_SESSION_KEY", {"ApplicationTransactionCounter": "001B"}),
        ("EMV_COMMON_SESSION_KEY", {"ApplicationCryptogram": "0102030405060708"}),
        ("MASTERCARD_SESSION_KEY", {"ApplicationCryptogram": "0102030405060708"}),
        ("EMV2000", {"ApplicationTransactionCounter": "001B"}),
        ("VISA", {"ApplicationTransactionCounter": "001B"}),
        ("AMEX", {"ApplicationTransactionCounter": "001B"}),
    ],
)
def test_macs_of_scripts_are_made(data: Any, bench: Any, mode: str, value: dict[str, str]) -> None:
    arn = known_key(bench, "E2", "TDES_2KEY", os.urandom(16), "X")
    how = {
        "EmvMac": {
            "MajorKeyDerivationMode": "EMV_OPTION_A",
            "PrimaryAccountNumber": "4123412341234127",
            "PanSequenceNumber": "00",
            "SessionKeyDerivationMode": mode,
            "SessionKeyDerivationValue": value,
        }
    }
    told = data.generate_mac(
        KeyIdentifier=arn, MessageData="8424000008" * 2, GenerationAttributes=how
    )
    assert len(told["Mac"]) == 16
    assert data.verify_mac(
        KeyIdentifier=arn, MessageData="8424000008" * 2, VerificationAttributes=how, Mac=told["Mac"]
    )


def test_data_keys_may_come_wrapped(data: Any, bench: Any) -> None:
    kbpk, key = os.urandom(32), os.urandom(16)
    under = known_key(bench, "K1", "AES_256", kbpk, "B")
    block = psec.tr31.wrap(kbpk, psec.tr31.Header("D", "D0", "A", "B", "00", "N"), key)
    told = data.encrypt_data(
        KeyIdentifier=under,
        PlainText=MESSAGE.hex(),
        EncryptionAttributes={"Symmetric": {"Mode": "ECB"}},
        WrappedKey={"WrappedKeyMaterial": {"Tr31KeyBlock": block}},
    )
    assert told["CipherText"] == aes(modes.ECB(), key, MESSAGE)  # noqa: S305


@pytest.mark.parametrize("mode", ["ECB", "CBC"])
def test_data_are_enciphered_for_a_card_and_never_deciphered(
    data: Any, bench: Any, mode: str
) -> None:
    arn = known_key(bench, "E1", "TDES_2KEY", os.urandom(16), "X")
    how = {
        "Emv": {
            "MajorKeyDerivationMode": "EMV_OPTION_A",
            "PrimaryAccountNumber": "4123412341234127",
            "PanSequenceNumber": "00",
            "SessionDerivationData": "001B000000000000",
            "Mode": mode,
        }
    }
    told = data.encrypt_data(KeyIdentifier=arn, PlainText="00" * 16, EncryptionAttributes=how)
    assert len(told["CipherText"]) == 32
    with pytest.raises(data.exceptions.ValidationException):
        data.decrypt_data(
            KeyIdentifier=arn, CipherText=told["CipherText"], DecryptionAttributes=how
        )


IV_8 = {"Symmetric": {"Mode": "CBC", "InitializationVector": "00" * 8}}
IV_16 = {"Symmetric": {"Mode": "CBC", "InitializationVector": "00" * 16}}
CBC = {"Symmetric": {"Mode": "CBC"}}


@pytest.mark.parametrize(
    ("call", "ways", "path"),
    [
        ("encrypt", (IV_8,), "EncryptionAttributes.Symmetric.InitializationVector"),
        ("decrypt", (IV_8,), "DecryptionAttributes.Symmetric.InitializationVector"),
        ("re_encrypt", (CBC, IV_8), "OutgoingEncryptionAttributes.Symmetric.InitializationVector"),
        ("re_encrypt", (IV_16, IV_8), "InitializationVector"),
    ],
)
def test_a_flaw_is_told_by_the_name_that_the_client_gave(
    data: Any, bench: Any, call: str, ways: tuple[dict[str, Any], ...], path: str
) -> None:
    arn = known_key(bench, "D0", "AES_128", os.urandom(16), "B")
    asked: dict[str, Any] = {
        "encrypt": {"KeyIdentifier": arn, "PlainText": "00" * 16},
        "decrypt": {"KeyIdentifier": arn, "CipherText": "00" * 16},
        "re_encrypt": {
            "IncomingKeyIdentifier": arn, "OutgoingKeyIdentifier": arn, "CipherText": "00" * 16,
        },
    }[call]  # fmt: skip
    names = [f"{call.title()}ionAttributes"]
    if len(ways) == 2:
        names = ["IncomingEncryptionAttributes", "OutgoingEncryptionAttributes"]
    with pytest.raises(data.exceptions.ValidationException) as caught:
        getattr(data, f"{call}_data")(**asked, **dict(zip(names, ways, strict=True)))
    assert [one["path"] for one in caught.value.response["fieldList"]] == [path]
