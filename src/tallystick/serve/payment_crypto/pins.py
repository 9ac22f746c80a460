"""Data plane: PINs translated, verified, made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.payment import (
    ByOffset,
    ByPvv,
    Chosen,
    Drawn,
    ForOffset,
    ForPvv,
    FromOffset,
    GeneratedPin,
    GeneratePin,
    Natural,
    PinPlace,
    TranslatedPin,
    TranslatePin,
    VerifiedPin,
    VerifyPin,
)
from tallystick.crypto.pins import AccountField, PinFormat
from tallystick.serve.payment_crypto.agreements import Carried, carried_key
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import not_served, unfit
from tallystick.serve.payment_crypto.transactions import dukpt_use
from tallystick.serve.payment_crypto.values import only_member

DIGITS = 4
"""The length of a PIN when the request does not say."""
_FORMATS = {
    "IsoFormat0": PinFormat.ISO_0,
    "IsoFormat1": PinFormat.ISO_1,
    "IsoFormat3": PinFormat.ISO_3,
    "IsoFormat4": PinFormat.ISO_4,
}
_ENCRYPTION = "EncryptionKeyIdentifier"
_TRANSLATED = {"incoming": "IncomingKeyIdentifier", "outgoing": "OutgoingKeyIdentifier"}
_VERIFIED = {"key": "VerificationKeyIdentifier", "presented": "EncryptionKeyIdentifier"}
_GENERATED = {"key": "GenerationKeyIdentifier", "outgoing": "EncryptionKeyIdentifier"}


async def translate_pin_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    if "IncomingAs2805Attributes" in members:
        raise not_served("PIN keys of AS 2805 are not derived here")
    call = TranslatePin(
        block=bytes.fromhex(members["EncryptedPinBlock"]),
        incoming=_side(desk, asked, "Incoming"),
        outgoing=_side(desk, asked, "Outgoing"),
        account_bound=True,  # the wire has no word for it: the module's policy decides
    )
    done = await desk.ask(asked, call, TranslatedPin, places=_TRANSLATED)
    return {"PinBlock": done.block.hex().upper(), **desk.used(done.outgoing)}


async def verify_pin_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    call = VerifyPin(
        block=bytes.fromhex(members["EncryptedPinBlock"]),
        presented=_place(desk, asked, dukpt=members.get("DukptAttributes")),
        key=desk.handle(asked, "VerificationKeyIdentifier"),
        by=_verification(members),
    )
    done = await desk.ask(asked, call, VerifiedPin, places=_VERIFIED)
    return {**desk.used(done.key, "VerificationKey"), **desk.used(done.presented, "EncryptionKey")}


async def generate_pin_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    how, wanted = _generation(asked.members)
    call = GeneratePin(
        key=desk.handle(asked, "GenerationKeyIdentifier"),
        outgoing=_place(desk, asked, dukpt=None),
        how=how,
        verified_by=wanted,
    )
    done = await desk.ask(asked, call, GeneratedPin, places=_GENERATED)
    value = "VerificationValue" if isinstance(wanted, ForPvv) else "PinOffset"
    return {
        **desk.used(done.key, "GenerationKey"),
        **desk.used(done.outgoing, "EncryptionKey"),
        "EncryptedPinBlock": done.block.hex().upper(),
        "PinData": {value: done.value},
    }


def _side(desk: Desk, asked: Asked, way: str) -> PinPlace:
    """One side of a translation."""
    name, attributes = only_member(asked.members[f"{way}TranslationAttributes"])
    if name not in _FORMATS:
        raise not_served("PIN blocks of AS 2805 are not translated here")
    return place_of(
        desk.handle(asked, f"{way}KeyIdentifier"),
        form=_FORMATS[name],
        account=attributes.get("PrimaryAccountNumber", ""),
        dukpt=asked.members.get(f"{way}DukptAttributes"),
        carried=carried_key(desk, asked, f"{way}WrappedKey", beside=f"{way}KeyIdentifier"),
    )


def _place(desk: Desk, asked: Asked, *, dukpt: Mapping[str, Any] | None) -> PinPlace:
    """The block of a verification or generation."""
    return place_of(
        desk.handle(asked, _ENCRYPTION),
        form=PinFormat(int(asked.members["PinBlockFormat"][-1])),
        account=asked.members.get("PrimaryAccountNumber", ""),
        dukpt=dukpt,
        carried=carried_key(desk, asked, "EncryptionWrappedKey", beside=_ENCRYPTION),
    )


def place_of(
    key: str,
    *,
    form: PinFormat,
    account: str,
    dukpt: Mapping[str, Any] | None = None,
    carried: Carried = ("", None),
) -> PinPlace:
    """A PIN block's key, format and account. Format 4 has the account's twelve digits, as the
    service has it.
    """
    use = None
    if dukpt is not None:
        kind = dukpt.get("DukptKeyDerivationType") or dukpt.get("DukptDerivationType")
        use = dukpt_use(dukpt, kind=kind)
    return PinPlace(
        key=key,
        form=form,
        account=account,
        field=AccountField.TWELVE,
        dukpt=use,
        wrapped=carried[0],
        agreement=carried[1],
    )


def _verification(members: Mapping[str, Any]) -> ByPvv | ByOffset:
    name, told = only_member(members["VerificationAttributes"])
    if name == "VisaPin":
        return ByPvv(pvv=told["VerificationValue"], key_index=told["PinVerificationKeyIndex"])
    if members.get("PinDataLength") not in (None, len(told["PinOffset"])):
        raise unfit("an offset is as long as the PIN", path="PinDataLength")
    return ByOffset(
        offset=told["PinOffset"],
        validation=told["PinValidationData"],
        table=told["DecimalizationTable"],
        pad=told["PinValidationDataPadCharacter"],
    )


def _generation(
    members: Mapping[str, Any],
) -> tuple[Drawn | Chosen | Natural | FromOffset, ForPvv | ForOffset]:
    """How the PIN comes about, and what verifies it later."""
    name, told = only_member(members["GenerationAttributes"])
    digits = members.get("PinDataLength") or DIGITS
    if name in ("VisaPin", "VisaPinVerificationValue"):
        wanted: ForPvv | ForOffset = ForPvv(key_index=told["PinVerificationKeyIndex"])
    else:
        wanted = ForOffset(
            validation=told["PinValidationData"],
            table=told["DecimalizationTable"],
            pad=told["PinValidationDataPadCharacter"],
        )
    match name:
        case "VisaPinVerificationValue" | "Ibm3624PinOffset":
            return Chosen(block=bytes.fromhex(told["EncryptedPinBlock"])), wanted
        case "Ibm3624NaturalPin":
            return Natural(digits=digits), wanted
        case "Ibm3624PinFromOffset":
            return FromOffset(offset=told["PinOffset"]), wanted
        case _:
            return Drawn(digits=digits), wanted
