"""PINs over the wire with unmodified boto3: translated, verified, made; psec says what is right."""

from __future__ import annotations

import os
from typing import Any

import psec
import pytest
from botocore.exceptions import ClientError

from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN, PIN = "4123412341234127", "1234"
TABLE = "0123456789012345"
THREE624 = {
    "DecimalizationTable": TABLE,
    "PinValidationDataPadCharacter": "F",
    "PinValidationData": PAN[:12],
}


def iso_0(key: bytes, pin: str = PIN, pan: str = PAN) -> str:
    return (
        psec.des.encrypt_tdes_ecb(key, psec.pinblock.encode_pinblock_iso_0(pin, pan)).hex().upper()
    )


def code_of(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture
def keys(bench: Any) -> dict[str, Any]:
    """Octets and resource names: two keys for PIN blocks of TDEA, one of AES, V1, V2."""
    octets = {name: os.urandom(16) for name in ("in", "out", "v1", "v2", "aes")}
    return {
        "octets": octets,
        "in": known_key(bench, "P0", "TDES_2KEY", octets["in"], "B"),
        "out": known_key(bench, "P0", "TDES_2KEY", octets["out"], "B"),
        "aes": known_key(bench, "P0", "AES_128", octets["aes"], "B"),
        "v1": known_key(bench, "V1", "TDES_2KEY", octets["v1"], "C"),
        "v2": known_key(bench, "V2", "TDES_2KEY", octets["v2"], "C"),
    }


def translated(data: Any, keys: dict[str, Any], out: str = "out", **formats: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "IncomingKeyIdentifier": keys["in"],
        "OutgoingKeyIdentifier": keys[out],
        "IncomingTranslationAttributes": {"IsoFormat0": {"PrimaryAccountNumber": PAN}},
        "OutgoingTranslationAttributes": {"IsoFormat0": {"PrimaryAccountNumber": PAN}},
        "EncryptedPinBlock": iso_0(keys["octets"]["in"]),
    }
    told: dict[str, Any] = data.translate_pin_data(**{**asked, **formats})
    return told


def test_a_pin_is_translated_to_another_key(data: Any, keys: dict[str, Any]) -> None:
    told = translated(data, keys)
    assert told["PinBlock"] == iso_0(keys["octets"]["out"])
    assert told["KeyArn"] == keys["out"]
    assert len(told["KeyCheckValue"]) == 6


@pytest.mark.parametrize("form", ["IsoFormat3", "IsoFormat4"])
def test_a_translated_pin_comes_back_as_it_was(data: Any, keys: dict[str, Any], form: str) -> None:
    pan = {"PrimaryAccountNumber": PAN}
    out = "aes" if form == "IsoFormat4" else "out"
    there = translated(data, keys, out, OutgoingTranslationAttributes={form: pan})
    verified = data.verify_pin_data(
        VerificationKeyIdentifier=keys["v2"],
        EncryptionKeyIdentifier=keys[out],
        VerificationAttributes={"VisaPin": {
            "PinVerificationKeyIndex": 1,
            "VerificationValue": psec.pin.generate_visa_pvv(keys["octets"]["v2"], "1", PIN, PAN),
        }},
        EncryptedPinBlock=there["PinBlock"],
        PrimaryAccountNumber=PAN,
        PinBlockFormat=f"ISO_FORMAT_{form[-1]}",
    )  # fmt: skip
    assert verified["VerificationKeyArn"] == keys["v2"]
    assert verified["EncryptionKeyArn"] == keys[out]


@pytest.mark.parametrize(
    "change",
    [
        {"OutgoingTranslationAttributes": {"IsoFormat1": {}}},
        {
            "OutgoingTranslationAttributes": {
                "IsoFormat0": {"PrimaryAccountNumber": "4123412341234119"}
            }
        },
        {"EncryptedPinBlock": "00" * 8},
        {"EncryptedPinBlock": "00" * 16},
        {"OutgoingTranslationAttributes": {"As2805Format0": {"PrimaryAccountNumber": PAN}}},
    ],
)
def test_what_the_standard_forbids_is_refused(
    data: Any, keys: dict[str, Any], change: dict[str, Any]
) -> None:
    with pytest.raises(data.exceptions.ValidationException):
        translated(data, keys, **change)


def test_a_key_for_another_use_is_refused_with_its_place(data: Any, keys: dict[str, Any]) -> None:
    with pytest.raises(data.exceptions.ValidationException) as caught:
        translated(data, {**keys, "out": keys["v2"]})
    assert caught.value.response["fieldList"][0]["path"] == "OutgoingKeyIdentifier"


def test_a_pvv_is_verified_and_every_other_is_one_answer(data: Any, keys: dict[str, Any]) -> None:
    right = psec.pin.generate_visa_pvv(keys["octets"]["v2"], "2", PIN, PAN)
    asked: dict[str, Any] = {
        "VerificationKeyIdentifier": keys["v2"],
        "EncryptionKeyIdentifier": keys["in"],
        "EncryptedPinBlock": iso_0(keys["octets"]["in"]),
        "PrimaryAccountNumber": PAN,
        "PinBlockFormat": "ISO_FORMAT_0",
    }

    def by(value: str) -> dict[str, Any]:
        return {"VisaPin": {"PinVerificationKeyIndex": 2, "VerificationValue": value}}

    assert data.verify_pin_data(**asked, VerificationAttributes=by(right))
    wrong = f"{(int(right) + 1) % 10_000:04d}"
    answers = set()
    for change in ({}, {"EncryptedPinBlock": "00" * 8}):
        with pytest.raises(data.exceptions.VerificationFailedException) as caught:
            data.verify_pin_data(**{**asked, **change}, VerificationAttributes=by(wrong))
        told = caught.value.response
        answers.add((told["Reason"], told["Message"]))
    assert answers == {("INVALID_PIN", "The data could not be verified.")}


def test_too_many_wrong_pins_are_told_as_throttling(data: Any, keys: dict[str, Any]) -> None:
    pan = "4000001234567899"
    right = psec.pin.generate_visa_pvv(keys["octets"]["v2"], "1", "9999", pan)
    by = {"PinVerificationKeyIndex": 1, "VerificationValue": "0001" if right == "0000" else "0000"}
    codes = [
        code_of(
            data.verify_pin_data,
            VerificationKeyIdentifier=keys["v2"],
            EncryptionKeyIdentifier=keys["in"],
            EncryptedPinBlock=iso_0(keys["octets"]["in"], "9999", pan),
            PrimaryAccountNumber=pan,
            PinBlockFormat="ISO_FORMAT_0",
            VerificationAttributes={"VisaPin": by},
        )
        for _ in range(8)
    ]
    assert set(codes) == {"VerificationFailedException", "ThrottlingException"}
    assert codes[-1] == "ThrottlingException"


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ({"VisaPin": {"PinVerificationKeyIndex": 3}}, "VerificationValue"),
        ({"Ibm3624RandomPin": THREE624}, "PinOffset"),
        ({"Ibm3624NaturalPin": THREE624}, "PinOffset"),
        ({"Ibm3624PinFromOffset": {**THREE624, "PinOffset": "4711"}}, "PinOffset"),
    ],
)
def test_a_pin_that_was_made_is_verified(
    data: Any, keys: dict[str, Any], how: dict[str, Any], value: str
) -> None:
    by = keys["v2" if value == "VerificationValue" else "v1"]
    sides = {
        "EncryptionKeyIdentifier": keys["in"],
        "PrimaryAccountNumber": PAN,
        "PinBlockFormat": "ISO_FORMAT_0",
    }
    made = data.generate_pin_data(GenerationKeyIdentifier=by, GenerationAttributes=how, **sides)
    assert list(made["PinData"]) == [value]
    told = made["PinData"][value]
    if value == "VerificationValue":
        checked: dict[str, Any] = {
            "VisaPin": {"PinVerificationKeyIndex": 3, "VerificationValue": told}
        }
    else:
        checked = {"Ibm3624Pin": {**THREE624, "PinOffset": told}}
    assert data.verify_pin_data(
        VerificationKeyIdentifier=by,
        VerificationAttributes=checked,
        EncryptedPinBlock=made["EncryptedPinBlock"],
        PinDataLength=4,
        **sides,
    )


def test_a_chosen_pin_gives_its_values(data: Any, keys: dict[str, Any]) -> None:
    block = iso_0(keys["octets"]["in"])
    sides = {
        "EncryptionKeyIdentifier": keys["in"],
        "PrimaryAccountNumber": PAN,
        "PinBlockFormat": "ISO_FORMAT_0",
    }
    told = data.generate_pin_data(
        GenerationKeyIdentifier=keys["v2"],
        GenerationAttributes={
            "VisaPinVerificationValue": {"EncryptedPinBlock": block, "PinVerificationKeyIndex": 1}
        },
        **sides,
    )
    right = psec.pin.generate_visa_pvv(keys["octets"]["v2"], "1", PIN, PAN)
    assert told["PinData"]["VerificationValue"] == right
    told = data.generate_pin_data(
        GenerationKeyIdentifier=keys["v1"],
        GenerationAttributes={"Ibm3624PinOffset": {**THREE624, "EncryptedPinBlock": block}},
        **sides,
    )
    assert len(told["PinData"]["PinOffset"]) == 4


def test_a_callers_own_decimalisation_table_is_refused(data: Any, keys: dict[str, Any]) -> None:
    """Bond and Zielinski, UCAM-CL-TR-560: fifteen guesses instead of five thousand."""
    table = {**THREE624, "DecimalizationTable": "0000000000000001"}
    told = code_of(
        data.generate_pin_data,
        GenerationKeyIdentifier=keys["v1"],
        EncryptionKeyIdentifier=keys["in"],
        GenerationAttributes={"Ibm3624NaturalPin": table},
        PrimaryAccountNumber=PAN,
        PinBlockFormat="ISO_FORMAT_0",
    )
    assert told == "ValidationException"


@pytest.mark.parametrize(
    ("algorithm", "ksn", "kind", "form"),
    [
        ("TDES_2KEY", "FFFF9876543210E00001", "TDES_2KEY", "IsoFormat0"),
        ("AES_128", "123456789012345600000001", "AES_128", "IsoFormat4"),
    ],
)
def test_a_pin_of_a_terminal_is_translated_and_verified(
    data: Any, bench: Any, keys: dict[str, Any], algorithm: str, ksn: str, kind: str, form: str
) -> None:
    base = known_key(bench, "B0", algorithm, os.urandom(16), "X")
    pan = {"PrimaryAccountNumber": PAN}
    sent = translated(
        data,
        {**keys, "base": base},
        "base",
        OutgoingTranslationAttributes={form: pan},
        OutgoingDukptAttributes={"KeySerialNumber": ksn, "DukptKeyDerivationType": kind},
    )["PinBlock"]
    out = "aes" if form == "IsoFormat4" else "out"
    assert (
        data.translate_pin_data(
            IncomingKeyIdentifier=base,
            OutgoingKeyIdentifier=keys[out],
            IncomingTranslationAttributes={form: pan},
            OutgoingTranslationAttributes={form: pan},
            EncryptedPinBlock=sent,
            IncomingDukptAttributes={"KeySerialNumber": ksn, "DukptKeyDerivationType": kind},
        )["KeyArn"]
        == keys[out]
    )
    assert data.verify_pin_data(
        VerificationKeyIdentifier=keys["v2"],
        EncryptionKeyIdentifier=base,
        VerificationAttributes={"VisaPin": {
            "PinVerificationKeyIndex": 1,
            "VerificationValue": psec.pin.generate_visa_pvv(keys["octets"]["v2"], "1", PIN, PAN),
        }},
        EncryptedPinBlock=sent,
        PrimaryAccountNumber=PAN,
        PinBlockFormat=f"ISO_FORMAT_{form[-1]}",
        DukptAttributes={"KeySerialNumber": ksn, "DukptDerivationType": kind},
    )["EncryptionKeyArn"] == base  # fmt: skip


CARD = {
    "MajorKeyDerivationMode": "EMV_OPTION_A",
    "PrimaryAccountNumber": PAN,
    "PanSequenceNumber": "00",
}
BY_CRYPTOGRAM = {**CARD, "ApplicationCryptogram": "0102030405060708"}
BY_COUNTER = {**CARD, "ApplicationTransactionCounter": "001B"}
LAID_OUT = {
    "Mode": "CBC",
    "PinBlockPaddingType": "ISO_IEC_7816_4",
    "PinBlockLengthPosition": "NONE",
}


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("EmvCommon", {**BY_CRYPTOGRAM, **LAID_OUT}),
        (
            "EmvCommon",
            {
                **BY_CRYPTOGRAM,
                **LAID_OUT,
                "Mode": "ECB",
                "PinBlockLengthPosition": "FRONT_OF_PIN_BLOCK",
            },
        ),
        ("Mastercard", BY_CRYPTOGRAM),
        ("Emv2000", BY_COUNTER),
        ("Visa", BY_COUNTER),
        ("Amex", BY_COUNTER),
    ],
)
@pytest.mark.parametrize("current", [False, True])
def test_a_card_gets_a_new_pin(
    data: Any,
    bench: Any,
    keys: dict[str, Any],
    name: str,
    attributes: dict[str, str],
    current: bool,
) -> None:
    integrity = known_key(bench, "E2", "TDES_2KEY", os.urandom(16), "X")
    confidentiality = known_key(bench, "E1", "TDES_2KEY", os.urandom(16), "X")
    pan = f"41234123{int.from_bytes(os.urandom(4)) % 10**8:08d}"  # tries of one account are counted
    wanted: dict[str, Any] = {**attributes, "PrimaryAccountNumber": pan}
    if name in ("Visa", "Amex"):
        wanted["AuthorizationRequestKeyIdentifier"] = known_key(
            bench, "E0", "TDES_2KEY", os.urandom(16), "X"
        )
        if current:
            wanted["CurrentPinAttributes"] = {
                "CurrentPinPekIdentifier": keys["in"],
                "CurrentEncryptedPinBlock": iso_0(keys["octets"]["in"], "4321", pan),
            }
    told = data.generate_mac_emv_pin_change(
        NewPinPekIdentifier=keys["in"],
        NewEncryptedPinBlock=iso_0(keys["octets"]["in"], pan=pan),
        PinBlockFormat="ISO_FORMAT_0",
        SecureMessagingIntegrityKeyIdentifier=integrity,
        SecureMessagingConfidentialityKeyIdentifier=confidentiality,
        MessageData="8424000210001B0000",
        DerivationMethodAttributes={name: wanted},
    )
    assert told["SecureMessagingIntegrityKeyArn"] == integrity
    assert told["SecureMessagingConfidentialityKeyArn"] == confidentiality
    assert told["NewPinPekArn"] == keys["in"]
    assert len(told["Mac"]) == 16
    assert len(told["EncryptedPinBlock"]) in (16, 32)
    derived = told.get("VisaAmexDerivationOutputs", {})
    assert ("AuthorizationRequestKeyArn" in derived) is (name in ("Visa", "Amex"))
    assert ("CurrentPinPekArn" in derived) is (current and name in ("Visa", "Amex"))
