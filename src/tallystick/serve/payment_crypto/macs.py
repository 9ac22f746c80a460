"""Data plane: MACs made and verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.cards import ScriptMethod
from tallystick.crypto.payment import (
    ByKey,
    ByScript,
    ByTransaction,
    GeneratedMac,
    GenerateMac,
    MacAlgorithm,
    ScriptSession,
    VerifiedMac,
    VerifyMac,
)
from tallystick.serve.payment_crypto.cards import identity_of
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.transactions import dukpt_use
from tallystick.serve.payment_crypto.values import only_member, told

_BY_TRANSACTION = {
    "DukptIso9797Algorithm1": MacAlgorithm.ISO9797_ALGORITHM1,
    "DukptIso9797Algorithm3": MacAlgorithm.ISO9797_ALGORITHM3,
    "DukptCmac": MacAlgorithm.CMAC,
}
_SCRIPTS = {
    "EMV2000": ScriptMethod.EMV_2000,
    "AMEX": ScriptMethod.BY_COUNTER,
    "VISA": ScriptMethod.BY_COUNTER,
    "MASTERCARD_SESSION_KEY": ScriptMethod.BY_CRYPTOGRAM,
    "UNION_PAY": ScriptMethod.UNIONPAY,
}
_PLACES = {"key": "KeyIdentifier", "message": "MessageData", "octets": "MacLength"}


async def generate_mac(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    name, attributes = only_member(members["GenerationAttributes"])
    call = GenerateMac(
        key=desk.handle(asked, "KeyIdentifier"),
        message=bytes.fromhex(members["MessageData"]),
        by=_by(name, attributes),
        octets=members.get("MacLength"),
    )
    done = await desk.ask(asked, call, GeneratedMac, places=_PLACES)
    return {**desk.used(done.key), "Mac": told(done.mac)}


async def verify_mac(desk: Desk, asked: Asked) -> dict[str, Any]:
    members = asked.members
    name, attributes = only_member(members["VerificationAttributes"])
    call = VerifyMac(
        key=desk.handle(asked, "KeyIdentifier"),
        message=bytes.fromhex(members["MessageData"]),
        mac=bytes.fromhex(members["Mac"]),
        by=_by(name, attributes),
        octets=members.get("MacLength"),
    )
    return desk.used((await desk.ask(asked, call, VerifiedMac, places=_PLACES)).key)


def _script(attributes: Mapping[str, Any]) -> ScriptSession:
    """How the session key is derived: from the counter, or from the cryptogram."""
    name, value = only_member(attributes["SessionKeyDerivationValue"])
    by_counter = name == "ApplicationTransactionCounter"
    common = ScriptMethod.COMMON if by_counter else ScriptMethod.BY_CRYPTOGRAM
    method = _SCRIPTS.get(attributes["SessionKeyDerivationMode"], common)
    if by_counter:
        return ScriptSession(method=method, atc=bytes.fromhex(value))
    return ScriptSession(method=method, cryptogram=bytes.fromhex(value))


def _by(name: str, attributes: Any) -> ByKey | ByTransaction | ByScript:
    if name == "Algorithm":
        return ByKey(algorithm=MacAlgorithm(attributes))
    if name == "EmvMac":
        card = identity_of(attributes, attributes["MajorKeyDerivationMode"])
        return ByScript(card=card, script=_script(attributes))
    use = dukpt_use(attributes, kind=attributes.get("DukptDerivationType"))
    return ByTransaction(algorithm=_BY_TRANSACTION[name], use=use)
