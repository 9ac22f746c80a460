"""Data plane: the command by which a card takes a new PIN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.cards import ScriptCipher, ScriptMethod
from tallystick.crypto.payment import (
    GeneratedPinChange,
    GeneratePinChange,
    ScriptLayout,
    ScriptSession,
    ShownPin,
    VisBlock,
)
from tallystick.crypto.pins import PinFormat
from tallystick.serve.payment_crypto.cards import identity_of
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.pins import place_of
from tallystick.serve.payment_crypto.values import only_member, told

_INTEGRITY = "SecureMessagingIntegrityKey"
_CONFIDENTIALITY = "SecureMessagingConfidentialityKey"
_PLACES = {
    "new": "NewPinPekIdentifier",
    "integrity": f"{_INTEGRITY}Identifier",
    "confidentiality": f"{_CONFIDENTIALITY}Identifier",
    "command": "MessageData",
    "vis": "DerivationMethodAttributes",
}
_METHODS = {
    "EmvCommon": ScriptMethod.BY_CRYPTOGRAM,
    "Mastercard": ScriptMethod.BY_CRYPTOGRAM,
    "Emv2000": ScriptMethod.EMV_2000,
    "Visa": ScriptMethod.BY_COUNTER,
    "Amex": ScriptMethod.BY_COUNTER,
}
_LAYOUTS = {
    "Mastercard": ScriptCipher.MASTERCARD,
    "Emv2000": ScriptCipher.EMV,
    "Visa": ScriptCipher.VISA,
    "Amex": ScriptCipher.VISA,
}


async def generate_pin_change(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    name, attributes = only_member(members["DerivationMethodAttributes"])
    call = GeneratePinChange(
        new=_shown(desk, asked, members["NewPinPekIdentifier"], members["NewEncryptedPinBlock"]),
        integrity=desk.handle(asked, f"{_INTEGRITY}Identifier"),
        confidentiality=desk.handle(asked, f"{_CONFIDENTIALITY}Identifier"),
        card=identity_of(attributes, attributes["MajorKeyDerivationMode"]),
        script=ScriptSession(
            method=_METHODS[name],
            atc=bytes.fromhex(attributes.get("ApplicationTransactionCounter", "")),
            cryptogram=bytes.fromhex(attributes.get("ApplicationCryptogram", "")),
        ),
        command=bytes.fromhex(members["MessageData"]),
        layout=_LAYOUTS.get(name) or _layout(attributes),
        vis=_vis(desk, asked, attributes),
    )
    done = await desk.ask(asked, call, GeneratedPinChange, places=_PLACES)
    return {
        **_keys(desk, done),
        "Mac": told(done.mac),
        "EncryptedPinBlock": told(done.block),
    }


def _keys(desk: Desk, done: GeneratedPinChange) -> dict[str, Any]:
    """The keys that were used, each by its part."""
    parts = {
        "NewPinPek": done.new,
        _INTEGRITY: done.integrity,
        _CONFIDENTIALITY: done.confidentiality,
    }
    shown: dict[str, Any] = {f"{part}Arn": desk.names.arn(key.key) for part, key in parts.items()}
    shown["NewPinPekKeyCheckValue"] = done.new.check_value
    for part in (_INTEGRITY, _CONFIDENTIALITY):
        shown[f"{part}CheckValue"] = parts[part].check_value
    if done.cryptograms is not None:
        derived = desk.used(done.cryptograms, "AuthorizationRequestKey")
        if done.current is not None:
            derived["CurrentPinPekArn"] = desk.names.arn(done.current.key)
            derived["CurrentPinPekKeyCheckValue"] = done.current.check_value
        shown["VisaAmexDerivationOutputs"] = derived
    return shown


def _layout(attributes: Mapping[str, Any]) -> ScriptLayout:
    """Each choice as the request says it (EMV common)."""
    return ScriptLayout(
        chained=attributes["Mode"] == "CBC",
        padded=attributes["PinBlockPaddingType"] == "ISO_IEC_7816_4",
        length_first=attributes["PinBlockLengthPosition"] == "FRONT_OF_PIN_BLOCK",
    )


def _vis(desk: Desk, asked: Asked, attributes: Mapping[str, Any]) -> VisBlock | None:
    if "AuthorizationRequestKeyIdentifier" not in attributes:
        return None
    current = attributes.get("CurrentPinAttributes")
    shown = None
    if current is not None:
        pek, block = current["CurrentPinPekIdentifier"], current["CurrentEncryptedPinBlock"]
        shown = _shown(desk, asked, pek, block)
    key = desk.named(asked, attributes["AuthorizationRequestKeyIdentifier"])
    return VisBlock(key=key, current=shown)


def _shown(desk: Desk, asked: Asked, identifier: str, block: str) -> ShownPin:
    """A PIN block of the card's account."""
    form = PinFormat(int(asked.members["PinBlockFormat"][-1]))
    _, attributes = only_member(asked.members["DerivationMethodAttributes"])
    account = attributes["PrimaryAccountNumber"] if form.binds_account else ""
    place = place_of(desk.named(asked, identifier), form=form, account=account)
    return ShownPin(place=place, block=bytes.fromhex(block))
