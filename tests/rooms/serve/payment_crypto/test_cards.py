"""Card values and cryptograms over the wire with unmodified boto3; psec and pyemv say what is right."""

from __future__ import annotations

import os
from typing import Any

import psec
import pyemv
import pytest

from tests.payment_wire import known_key

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

PAN, PSN, EXPIRY = "4123412341234127", "01", "2912"
ATC, NUMBER = bytes.fromhex("001b"), bytes.fromhex("7d5a10c3")


@pytest.fixture
def cvk(bench: Any) -> tuple[bytes, str]:
    # Not drawn: under one key of twenty thousand psec gives fewer than three digits.
    octets = bytes.fromhex("0123456789abcdeffedcba9876543210")
    return octets, known_key(bench, "C0", "TDES_2KEY", octets, "C")


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"CardVerificationValue1": {"CardExpiryDate": EXPIRY, "ServiceCode": "101"}}, "101"),
        ({"CardVerificationValue1": {"CardExpiryDate": EXPIRY, "ServiceCode": "999"}}, "999"),
        ({"CardVerificationValue2": {"CardExpiryDate": EXPIRY}}, "000"),
    ],
)
def test_card_values_are_those_of_psec(
    data: Any, cvk: tuple[bytes, str], how: dict[str, Any], code: str
) -> None:
    octets, arn = cvk
    card = {"KeyIdentifier": arn, "PrimaryAccountNumber": PAN}
    made = data.generate_card_validation_data(**card, GenerationAttributes=how)
    right = psec.cvv.generate_cvv(octets, PAN, EXPIRY, code)
    assert made["ValidationData"] == right
    assert data.verify_card_validation_data(
        **card, VerificationAttributes=how, ValidationData=right
    )
    wrong = f"{(int(right) + 1) % 1000:03d}"
    with pytest.raises(data.exceptions.VerificationFailedException) as caught:
        data.verify_card_validation_data(**card, VerificationAttributes=how, ValidationData=wrong)
    assert caught.value.response["Reason"] == "INVALID_VALIDATION_DATA"


def test_security_codes_are_made_and_verified(data: Any, cvk: tuple[bytes, str]) -> None:
    card = {"KeyIdentifier": cvk[1], "PrimaryAccountNumber": "371234567890123"}
    how = {"AmexCardSecurityCodeVersion1": {"CardExpiryDate": EXPIRY}}
    for digits in (3, 4, 5):
        made = data.generate_card_validation_data(
            **card, GenerationAttributes=how, ValidationDataLength=digits
        )["ValidationData"]
        assert len(made) == digits
        assert data.verify_card_validation_data(
            **card, VerificationAttributes=how, ValidationData=made
        )


@pytest.mark.parametrize(
    ("usage", "how"),
    [
        ("E6", {"DynamicCardVerificationValue": {
            "PanSequenceNumber": PSN, "CardExpiryDate": EXPIRY, "ServiceCode": "101",
            "ApplicationTransactionCounter": "1B"}}),
        ("E4", {"DynamicCardVerificationCode": {
            "UnpredictableNumber": "C3", "PanSequenceNumber": PSN,
            "ApplicationTransactionCounter": "001B", "TrackData": "4123412341234127D2912101"}}),
    ],
)  # fmt: skip
def test_dynamic_values_are_made_and_verified(
    data: Any, bench: Any, usage: str, how: dict[str, Any]
) -> None:
    arn = known_key(bench, usage, "TDES_2KEY", os.urandom(16), "X")
    card = {"KeyIdentifier": arn, "PrimaryAccountNumber": PAN}
    made = data.generate_card_validation_data(**card, GenerationAttributes=how)["ValidationData"]
    assert data.verify_card_validation_data(**card, VerificationAttributes=how, ValidationData=made)


@pytest.mark.parametrize(
    "how",
    [
        {"AmexCardSecurityCodeVersion2": {"CardExpiryDate": EXPIRY, "ServiceCode": "702"}},
        {"CardHolderVerificationValue": {
            "UnpredictableNumber": "C3", "PanSequenceNumber": PSN, "ApplicationTransactionCounter": "1B"}},
    ],
)  # fmt: skip
def test_what_a_scheme_keeps_to_itself_is_told_as_not_served(
    data: Any, cvk: tuple[bytes, str], how: dict[str, Any]
) -> None:
    with pytest.raises(data.exceptions.ValidationException, match="not served here"):
        data.generate_card_validation_data(
            KeyIdentifier=cvk[1], PrimaryAccountNumber=PAN, GenerationAttributes=how
        )


def test_a_pin_key_makes_no_card_value(data: Any, bench: Any) -> None:
    arn = known_key(bench, "P0", "TDES_2KEY", os.urandom(16), "B")
    with pytest.raises(data.exceptions.ValidationException) as caught:
        data.generate_card_validation_data(
            KeyIdentifier=arn,
            PrimaryAccountNumber=PAN,
            GenerationAttributes={"CardVerificationValue2": {"CardExpiryDate": EXPIRY}},
        )
    assert caught.value.response["fieldList"][0]["path"] == "KeyIdentifier"


DATA = os.urandom(40)
CARD = {"PrimaryAccountNumber": PAN, "PanSequenceNumber": PSN}
COUNTED = {**CARD, "ApplicationTransactionCounter": ATC.hex()}


def cryptogram(issuer: bytes, method: str) -> tuple[bytes, bytes]:
    """The key that answers and the cryptogram, as pyemv has them; data are whole blocks."""
    card = pyemv.kd.derive_icc_mk_a(issuer, PAN.encode(), PSN.encode())
    session = card if method == "Visa" else pyemv.kd.derive_common_sk(card, ATC + bytes(6))
    return session, pyemv.mac.mac_iso9797_3(session[:8], session[8:], DATA, 1)


@pytest.mark.parametrize(("method", "attributes"), [("Visa", CARD), ("EmvCommon", COUNTED)])
def test_a_cryptogram_is_verified_and_answered(
    data: Any, bench: Any, method: str, attributes: dict[str, str]
) -> None:
    issuer = os.urandom(16)
    arn = known_key(bench, "E0", "TDES_2KEY", issuer, "X")
    session, arqc = cryptogram(issuer, method)
    asked: dict[str, Any] = {
        "KeyIdentifier": arn,
        "TransactionData": DATA.hex(),
        "MajorKeyDerivationMode": "EMV_OPTION_A",
        "SessionKeyDerivationAttributes": {method: attributes},
    }
    code = bytes.fromhex("3030")
    told = data.verify_auth_request_cryptogram(
        **asked,
        AuthRequestCryptogram=arqc.hex(),
        AuthResponseAttributes={"ArpcMethod1": {"AuthResponseCode": code.hex()}},
    )
    assert told["AuthResponseValue"] == pyemv.ac.generate_arpc_1(session, arqc, code).hex().upper()
    status = bytes.fromhex("00800000")
    told = data.verify_auth_request_cryptogram(
        **asked,
        AuthRequestCryptogram=arqc.hex(),
        AuthResponseAttributes={"ArpcMethod2": {"CardStatusUpdate": status.hex()}},
    )
    assert (
        told["AuthResponseValue"] == pyemv.ac.generate_arpc_2(session, arqc, status).hex().upper()
    )
    assert "AuthResponseValue" not in data.verify_auth_request_cryptogram(
        **asked, AuthRequestCryptogram=arqc.hex()
    )
    made = data.generate_auth_request_cryptogram(**asked)
    assert made["AuthRequestCryptogram"] == arqc.hex().upper()
    with pytest.raises(data.exceptions.VerificationFailedException) as caught:
        data.verify_auth_request_cryptogram(**asked, AuthRequestCryptogram="00" * 8)
    assert caught.value.response["Reason"] == "INVALID_AUTH_REQUEST_CRYPTOGRAM"


@pytest.mark.parametrize(
    ("method", "attributes"),
    [
        ("Mastercard", {**COUNTED, "UnpredictableNumber": NUMBER.hex()}),
        ("Emv2000", COUNTED),
        ("Amex", CARD),
        ("UnionPay", COUNTED),
    ],
)
def test_what_is_made_is_verified_by_every_method(
    data: Any, bench: Any, method: str, attributes: dict[str, str]
) -> None:
    arn = known_key(bench, "E0", "TDES_2KEY", os.urandom(16), "X")
    asked: dict[str, Any] = {
        "KeyIdentifier": arn,
        "TransactionData": DATA.hex(),
        "MajorKeyDerivationMode": "EMV_OPTION_B",
        "SessionKeyDerivationAttributes": {method: attributes},
    }
    made = data.generate_auth_request_cryptogram(**asked)["AuthRequestCryptogram"]
    assert data.verify_auth_request_cryptogram(**asked, AuthRequestCryptogram=made)
