"""Data plane: data enciphered, deciphered, re-enciphered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.payment import (
    Asymmetric,
    DataMode,
    DecryptData,
    DecryptedData,
    EncryptData,
    EncryptedData,
    OfCard,
    OfTransaction,
    ReEncryptData,
    ReEncryptedData,
    RsaPadding,
    Symmetric,
)
from tallystick.serve.payment_crypto.agreements import carried_key
from tallystick.serve.payment_crypto.cards import identity_of
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import unfit
from tallystick.serve.payment_crypto.transactions import dukpt_use
from tallystick.serve.payment_crypto.values import only_member, told

_By = Symmetric | Asymmetric | OfTransaction | OfCard
_PLACES = {"key": "KeyIdentifier", "plaintext": "PlainText", "ciphertext": "CipherText"}
_BOTH = {
    "incoming_key": "IncomingKeyIdentifier",
    "outgoing_key": "OutgoingKeyIdentifier",
    "ciphertext": "CipherText",
    "plaintext": "CipherText",
}
_INSIDE = {
    "iv": "InitializationVector",
    "mode": "Mode",
    "padding": "PaddingType",
    "serial": "KeySerialNumber",
    "kind": "DukptKeyDerivationType",
    "card": "MajorKeyDerivationMode",
}
"""Members of the ways to encipher, as the module and as clients call them."""


async def encrypt_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    wrapped, agreement = carried_key(desk, asked, "WrappedKey", beside="KeyIdentifier")
    call = EncryptData(
        key=desk.handle(asked, "KeyIdentifier"),
        plaintext=bytes.fromhex(asked.members["PlainText"]),
        by=_by(asked.members["EncryptionAttributes"]),
        wrapped=wrapped,
        agreement=agreement,
    )
    places = _PLACES | _places_inside(asked, "EncryptionAttributes")
    done = await desk.ask(asked, call, EncryptedData, places=places)
    return {**desk.used(done.key), "CipherText": told(done.ciphertext)}


async def decrypt_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    wrapped, agreement = carried_key(desk, asked, "WrappedKey", beside="KeyIdentifier")
    call = DecryptData(
        key=desk.handle(asked, "KeyIdentifier"),
        ciphertext=bytes.fromhex(asked.members["CipherText"]),
        by=_by(asked.members["DecryptionAttributes"]),
        wrapped=wrapped,
        agreement=agreement,
    )
    places = _PLACES | _places_inside(asked, "DecryptionAttributes")
    done = await desk.ask(asked, call, DecryptedData, places=places)
    return {**desk.used(done.key), "PlainText": told(done.plaintext)}


async def re_encrypt_data(desk: Desk, asked: Asked) -> dict[str, Any]:
    coming = carried_key(desk, asked, "IncomingWrappedKey", beside="IncomingKeyIdentifier")
    going = carried_key(desk, asked, "OutgoingWrappedKey", beside="OutgoingKeyIdentifier")
    call = ReEncryptData(
        incoming_key=desk.handle(asked, "IncomingKeyIdentifier"),
        ciphertext=bytes.fromhex(asked.members["CipherText"]),
        incoming=_by(asked.members["IncomingEncryptionAttributes"]),
        outgoing_key=desk.handle(asked, "OutgoingKeyIdentifier"),
        outgoing=_by(asked.members["OutgoingEncryptionAttributes"]),
        incoming_wrapped=coming[0],
        incoming_agreement=coming[1],
        outgoing_wrapped=going[0],
        outgoing_agreement=going[1],
    )
    sides = ("IncomingEncryptionAttributes", "OutgoingEncryptionAttributes")
    places = _BOTH | _places_inside(asked, *sides)
    done = await desk.ask(asked, call, ReEncryptedData, places=places)
    return {**desk.used(done.outgoing), "CipherText": told(done.ciphertext)}


def _places_inside(asked: Asked, *sides: str) -> dict[str, str]:
    """Where the ways to encipher are in a request; only the name of what both sides have."""
    ways = {side: only_member(asked.members[side]) for side in sides}
    places = {}
    for ours, name in _INSIDE.items():
        found = [f"{side}.{way}.{name}" for side, (way, has) in ways.items() if name in has]
        places[ours] = found[0] if len(found) == 1 else name
    return places


def _by(attributes: Mapping[str, Any]) -> _By:
    """How data are enciphered; block ciphers add no padding."""
    name, wanted = only_member(attributes)
    iv = wanted.get("InitializationVector")
    start = None if iv is None else bytes.fromhex(iv)
    match name:
        case "Symmetric":
            if "PaddingType" in wanted:
                raise unfit("a block cipher takes no padding type", path="PaddingType")
            return Symmetric(mode=DataMode(wanted["Mode"]), iv=start)
        case "Asymmetric":
            padding = RsaPadding(wanted.get("PaddingType") or RsaPadding.OAEP_SHA256)
            return Asymmetric(padding=padding)
        case "Dukpt":
            use = dukpt_use(wanted, kind=wanted.get("DukptKeyDerivationType"))
            return OfTransaction(use=use, mode=DataMode(wanted.get("Mode") or "CBC"), iv=start)
    card = identity_of(wanted, wanted["MajorKeyDerivationMode"])
    diversifier = bytes.fromhex(wanted["SessionDerivationData"])
    mode = DataMode(wanted.get("Mode") or "CBC")
    return OfCard(card=card, diversifier=diversifier, mode=mode, iv=start)
