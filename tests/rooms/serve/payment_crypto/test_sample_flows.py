"""The flows of AWS's own samples, call by call in our words, and what must never be seen of them.

Source: aws-samples/samples-for-payment-cryptography-service (import_tr31_raw_key_to_apc.py,
apc_demo_keysetup.py, cvv-csc/main.py, the Java payment and PIN terminals).
"""

from __future__ import annotations

import logging
import os
from typing import Any

import psec
import pyemv
import pytest
from botocore.exceptions import ClientError

from tallystick.crypto.payment import ModulePolicy
from tallystick.testing import local_bench, local_module
from tests.payment_wire import MemoryNotes, access_key, client, known_key, serving, wire_over

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

KEK = bytes.fromhex("79ADAEF3212AADCE312ACE422ACCFEFB")
BDK = bytes.fromhex("8A8349794C9EE9A4C2927098F249FED6")
PEK = bytes.fromhex("545E2AADFD5EC42F2F5BE5E3ADC75E9B290252A1A219B380")
MAC = bytes.fromhex("75BDAEF54587CAE6563A5CE57B4B9F9F")
ARQC = bytes.fromhex("6786D3D6F2266E19B67302438ACE7551")
PAN, PIN = "4123412341234127", "1234"


def import_under(
    control: Any, kek: str, key: bytes, header: tuple[str, str, str], alias: str
) -> str:
    """What the sample does: an alias that names no key at first, and an old key put away."""
    usage, algorithm, mode = header
    block = psec.tr31.wrap(KEK, psec.tr31.Header("D", usage, algorithm, mode, "00", "E"), key)
    try:
        known = control.get_alias(AliasName=alias)["Alias"]
    except control.exceptions.ResourceNotFoundException:
        known = control.create_alias(AliasName=alias)["Alias"]
    if "KeyArn" in known:
        control.update_alias(AliasName=alias)
        old = control.get_key(KeyIdentifier=known["KeyArn"])["Key"]
        if old["KeyState"] == "CREATE_COMPLETE":
            control.delete_key(KeyIdentifier=known["KeyArn"], DeleteKeyInDays=3)
    how = {"WrappingKeyIdentifier": kek, "WrappedKeyBlock": block.upper()}
    made = control.import_key(Enabled=True, KeyMaterial={"Tr31KeyBlock": how})["Key"]
    control.update_alias(AliasName=alias, KeyArn=made["KeyArn"])
    return str(made["KeyArn"])


def test_keys_are_set_up_twice_and_the_old_ones_are_put_away(control: Any, bench: Any) -> None:
    kek = known_key(bench, "K0", "AES_128", KEK, "B")
    header = ("B0", "T", "X")
    first = import_under(control, kek, BDK, header, "alias/MerchantTerminal_TDES_BDK")
    second = import_under(control, kek, BDK, header, "alias/MerchantTerminal_TDES_BDK")
    assert control.get_key(KeyIdentifier=first)["Key"]["KeyState"] == "DELETE_PENDING"
    named = control.get_key(KeyIdentifier="alias/MerchantTerminal_TDES_BDK")["Key"]
    assert named["KeyArn"] == second


def test_a_terminal_pays_and_its_pin_travels(control: Any, data: Any, bench: Any) -> None:
    """P2PE by DUKPT, MAC, cryptogram, and a PIN from terminal to issuer, all by alias."""
    kek = known_key(bench, "K0", "AES_128", KEK, "B")
    import_under(control, kek, BDK, ("B0", "T", "X"), "alias/flow/bdk")
    import_under(control, kek, PEK, ("P0", "T", "B"), "alias/flow/pek")
    import_under(control, kek, MAC, ("M3", "T", "C"), "alias/flow/mac")
    import_under(control, kek, ARQC, ("E0", "T", "X"), "alias/flow/arqc")
    track, ksn = b"4123412341234127D2912101".ljust(32, b"F"), "FFFF9876543210E00008"
    how = {"Dukpt": {"KeySerialNumber": ksn, "DukptKeyVariant": "REQUEST"}}
    sent = data.encrypt_data(
        KeyIdentifier="alias/flow/bdk", PlainText=track.hex(), EncryptionAttributes=how
    )["CipherText"]
    opened = data.decrypt_data(
        KeyIdentifier="alias/flow/bdk", CipherText=sent, DecryptionAttributes=how
    )["PlainText"]
    assert bytes.fromhex(opened) == track
    right = psec.mac.generate_retail_mac(MAC[:8], MAC[8:], track, 1).hex()
    assert data.verify_mac(
        KeyIdentifier="alias/flow/mac", MessageData=track.hex(), Mac=right,
        VerificationAttributes={"Algorithm": "ISO9797_ALGORITHM3"},
    )  # fmt: skip
    card = pyemv.kd.derive_icc_mk_a(ARQC, PAN.encode(), b"00")
    session = pyemv.kd.derive_common_sk(card, bytes.fromhex("0001") + bytes(6))
    arqc = pyemv.mac.mac_iso9797_3(session[:8], session[8:], track, 1)
    assert data.verify_auth_request_cryptogram(
        KeyIdentifier="alias/flow/arqc", TransactionData=track.hex(), AuthRequestCryptogram=arqc.hex(),
        MajorKeyDerivationMode="EMV_OPTION_A",
        SessionKeyDerivationAttributes={"EmvCommon": {
            "PrimaryAccountNumber": PAN, "PanSequenceNumber": "00",
            "ApplicationTransactionCounter": "0001"}},
        AuthResponseAttributes={"ArpcMethod1": {"AuthResponseCode": "3030"}},
    )["AuthResponseValue"]  # fmt: skip
    clear = psec.pinblock.encode_pinblock_iso_0(PIN, PAN)
    iso_0 = {"IsoFormat0": {"PrimaryAccountNumber": PAN}}
    issuer = known_key(bench, "P0", "TDES_3KEY", os.urandom(24), "B")
    assert data.translate_pin_data(
        IncomingKeyIdentifier="alias/flow/pek", OutgoingKeyIdentifier=issuer,
        IncomingTranslationAttributes=iso_0, OutgoingTranslationAttributes=iso_0,
        EncryptedPinBlock=psec.des.encrypt_tdes_ecb(PEK, clear).hex(),
    )["KeyArn"] == issuer  # fmt: skip


def test_nothing_that_is_worth_something_is_logged_told_or_noted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Account number, PIN, PIN block, key and secret: in no log, no refusal and no note."""
    caplog.set_level(logging.DEBUG)
    bench, notes, key = local_bench(policy=ModulePolicy()), MemoryNotes(), access_key()
    told: list[str] = []
    with serving(wire_over(local_module(bench), key, notes=notes)) as url:
        control, data = client("control", url, key), client("data", url, key)
        logging.getLogger("botocore").setLevel(logging.INFO)  # the client's own log is its own
        logging.getLogger("urllib3").setLevel(logging.INFO)
        arn = known_key(bench, "P0", "TDES_3KEY", PEK, "B")
        control.create_alias(AliasName="alias/canary", KeyArn=arn)
        control.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
        block = psec.des.encrypt_tdes_ecb(PEK, psec.pinblock.encode_pinblock_iso_0(PIN, PAN)).hex()
        pan = {"PrimaryAccountNumber": PAN}
        calls: list[Any] = [
            lambda: data.translate_pin_data(
                IncomingKeyIdentifier="alias/canary", OutgoingKeyIdentifier=arn,
                IncomingTranslationAttributes={"IsoFormat0": pan},
                OutgoingTranslationAttributes={"IsoFormat1": {}}, EncryptedPinBlock=block,
            ),
            lambda: data.translate_pin_data(
                IncomingKeyIdentifier="alias/canary", OutgoingKeyIdentifier=arn,
                IncomingTranslationAttributes={"IsoFormat0": pan},
                OutgoingTranslationAttributes={"IsoFormat0": pan}, EncryptedPinBlock=block[:-2] + "00",
            ),
            lambda: data.decrypt_data(
                KeyIdentifier=arn, CipherText=block,
                DecryptionAttributes={"Symmetric": {"Mode": "ECB"}},
            ),
            lambda: data.generate_card_validation_data(
                KeyIdentifier=arn, PrimaryAccountNumber=PAN,
                GenerationAttributes={"CardVerificationValue2": {"CardExpiryDate": "2912"}},
            ),
            lambda: control.import_key(KeyMaterial={"Tr31KeyBlock": {
                "WrappingKeyIdentifier": arn, "WrappedKeyBlock": "D0112P0TB00E0000" + PEK.hex() * 2}}),
        ]  # fmt: skip
        for call in calls:
            with pytest.raises(ClientError) as caught:
                call()
            told.append(str(caught.value.response))
    seen = caplog.text + "".join(told) + str(notes.notes)
    secret = key.secret.reveal().decode()
    for canary in (PAN, PEK.hex(), PEK.hex().upper(), block, block.upper(), secret, "Signature="):
        assert canary not in seen
