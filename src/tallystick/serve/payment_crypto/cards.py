"""Data plane: card validation data, and the cryptograms of chips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.cards import MasterKeyOption, SessionMethod
from tallystick.crypto.mechanisms import MacPadding
from tallystick.crypto.payment import (
    AnswerByCode,
    AnswerByStatus,
    ByCardholderValue,
    ByCsc,
    ByCvc3,
    ByCvv,
    ByDcvv,
    ByDiscover,
    CardIdentity,
    CryptogramSession,
    GenerateCardValue,
    GenerateCryptogram,
    GeneratedCardValue,
    GeneratedCryptogram,
    VerifiedCardValue,
    VerifiedCryptogram,
    VerifyCardValue,
    VerifyCryptogram,
)
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.values import octets_of, only_member, told

_CVV2_SERVICE_CODE = "000"
_DIGITS = 3
_METHODS = {
    "EmvCommon": SessionMethod.COMMON,
    "Mastercard": SessionMethod.MASTERCARD,
    "Emv2000": SessionMethod.EMV_2000,
    "Amex": SessionMethod.NONE,
    "Visa": SessionMethod.NONE,
    "UnionPay": SessionMethod.UNIONPAY,
}
_By = ByCvv | ByCsc | ByDcvv | ByCvc3 | ByCardholderValue | ByDiscover


async def generate_card_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    call = GenerateCardValue(
        key=desk.handle(asked, "KeyIdentifier"),
        pan=members["PrimaryAccountNumber"],
        by=_by(members["GenerationAttributes"]),
        digits=members.get("ValidationDataLength") or _DIGITS,
    )
    done = await desk.ask(asked, call, GeneratedCardValue)
    return {**desk.used(done.key), "ValidationData": done.value}


async def verify_card_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    call = VerifyCardValue(
        key=desk.handle(asked, "KeyIdentifier"),
        pan=members["PrimaryAccountNumber"],
        by=_by(members["VerificationAttributes"]),
        value=members["ValidationData"],
    )
    return desk.used((await desk.ask(asked, call, VerifiedCardValue)).key)


async def verify_cryptogram(desk: Desk, asked: Asked) -> dict[str, Any]:
    """The caller made whole blocks of the data: nothing is added to them."""
    members = asked.members
    card, session = _card(members)
    call = VerifyCryptogram(
        key=desk.handle(asked, "KeyIdentifier"),
        card=card,
        session=session,
        data=octets_of(members["TransactionData"], "TransactionData"),
        padding=MacPadding.ZEROS,
        cryptogram=bytes.fromhex(members["AuthRequestCryptogram"]),
        answer=_answer(members.get("AuthResponseAttributes")),
    )
    done = await desk.ask(asked, call, VerifiedCryptogram)
    answered = {"AuthResponseValue": told(done.answer)} if done.answer else {}
    return {**desk.used(done.key), **answered}


async def generate_cryptogram(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    card, session = _card(members)
    call = GenerateCryptogram(
        key=desk.handle(asked, "KeyIdentifier"),
        card=card,
        session=session,
        data=octets_of(members["TransactionData"], "TransactionData"),
        padding=MacPadding.ZEROS,
    )
    done = await desk.ask(asked, call, GeneratedCryptogram)
    return {**desk.used(done.key), "AuthRequestCryptogram": told(done.cryptogram)}


def identity_of(attributes: Mapping[str, Any], option: str) -> CardIdentity:
    """The card that a request names; `option` is EMV_OPTION_A or _B."""
    return CardIdentity(
        pan=attributes["PrimaryAccountNumber"],
        sequence=attributes["PanSequenceNumber"],
        option=MasterKeyOption(option[-1]),
    )


def _card(members: Mapping[str, Any]) -> tuple[CardIdentity, CryptogramSession]:
    name, attributes = only_member(members["SessionKeyDerivationAttributes"])
    session = CryptogramSession(
        method=_METHODS[name],
        atc=bytes.fromhex(attributes.get("ApplicationTransactionCounter", "")),
        number=bytes.fromhex(attributes.get("UnpredictableNumber", "")),
    )
    return identity_of(attributes, members["MajorKeyDerivationMode"]), session


def _answer(attributes: Mapping[str, Any] | None) -> AnswerByCode | AnswerByStatus | None:
    if attributes is None:
        return None
    name, wanted = only_member(attributes)
    if name == "ArpcMethod1":
        return AnswerByCode(code=bytes.fromhex(wanted["AuthResponseCode"]))
    proprietary = wanted.get("ProprietaryAuthenticationData", "")
    return AnswerByStatus(
        status=bytes.fromhex(wanted["CardStatusUpdate"]),
        proprietary=octets_of(proprietary, "ProprietaryAuthenticationData"),
    )


def _by(attributes: Mapping[str, Any]) -> _By:
    name, wanted = only_member(attributes)
    match name:
        case "CardVerificationValue1":
            return ByCvv(expiry=wanted["CardExpiryDate"], service_code=wanted["ServiceCode"])
        case "CardVerificationValue2":
            return ByCvv(expiry=wanted["CardExpiryDate"], service_code=_CVV2_SERVICE_CODE)
        case "AmexCardSecurityCodeVersion1":
            return ByCsc(expiry=wanted["CardExpiryDate"])
        case "AmexCardSecurityCodeVersion2":
            expiry, code = wanted["CardExpiryDate"], wanted["ServiceCode"]
            return ByCsc(expiry=expiry, version=2, service_code=code)
        case "DynamicCardVerificationValue":
            return ByDcvv(
                expiry=wanted["CardExpiryDate"],
                service_code=wanted["ServiceCode"],
                atc=_counter(wanted),
                sequence=wanted["PanSequenceNumber"],
            )
        case "DynamicCardVerificationCode":
            return ByCvc3(
                track=octets_of(wanted["TrackData"], "TrackData"),
                number=_number(wanted),
                atc=_counter(wanted),
                sequence=wanted["PanSequenceNumber"],
            )
        case "CardHolderVerificationValue":
            sequence = wanted["PanSequenceNumber"]
            return ByCardholderValue(
                number=_number(wanted), atc=_counter(wanted), sequence=sequence
            )
        case _:
            expiry = wanted["CardExpiryDate"]
            return ByDiscover(expiry=expiry, number=_number(wanted), atc=_counter(wanted))


def _counter(wanted: Mapping[str, Any]) -> bytes:
    name = "ApplicationTransactionCounter"
    return octets_of(wanted[name], name, octets=2)


def _number(wanted: Mapping[str, Any]) -> bytes:
    return octets_of(wanted["UnpredictableNumber"], "UnpredictableNumber", octets=4)
