"""Data plane: MACs made and verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.cards import ScriptMethod
from tallystick.crypto.payment import (
    ByKey,
    ByTransaction,
    GeneratedMac,
    GeneratedScriptMac,
    GenerateMac,
    GenerateScriptMac,
    MacAlgorithm,
    ScriptSession,
    VerifiedMac,
    VerifyMac,
)
from tallystick.serve.payment_crypto.cards import identity_of
from tallystick.serve.payment_crypto.desk import Asked, Desk
from tallystick.serve.payment_crypto.errors import not_served
from tallystick.serve.payment_crypto.transactions import dukpt_use
from tallystick.serve.payment_crypto.values import only_member, told

_SCRIPT_OCTETS = 8
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
    if name == "EmvMac":
        return await _script_mac(desk, asked, attributes)
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
    if name == "EmvMac":
        raise not_served("MACs of scripts are made for cards, which verify them")
    call = VerifyMac(
        key=desk.handle(asked, "KeyIdentifier"),
        message=bytes.fromhex(members["MessageData"]),
        mac=bytes.fromhex(members["Mac"]),
        by=_by(name, attributes),
        octets=members.get("MacLength"),
    )
    return desk.used((await desk.ask(asked, call, VerifiedMac, places=_PLACES)).key)


async def _script_mac(desk: Desk, asked: Asked, attributes: Mapping[str, Any]) -> dict[str, Any]:
    call = GenerateScriptMac(
        key=desk.handle(asked, "KeyIdentifier"),
        card=identity_of(attributes, attributes["MajorKeyDerivationMode"]),
        script=_script(attributes),
        message=bytes.fromhex(asked.members["MessageData"]),
        octets=min(asked.members.get("MacLength") or _SCRIPT_OCTETS, _SCRIPT_OCTETS),
    )
    done = await desk.ask(asked, call, GeneratedScriptMac, places=_PLACES)
    return {**desk.used(done.key), "Mac": told(done.mac)}


def _script(attributes: Mapping[str, Any]) -> ScriptSession:
    """How the session key is derived: from the counter, or from the cryptogram."""
    name, value = only_member(attributes["SessionKeyDerivationValue"])
    by_counter = name == "ApplicationTransactionCounter"
    common = ScriptMethod.COMMON if by_counter else ScriptMethod.BY_CRYPTOGRAM
    method = _SCRIPTS.get(attributes["SessionKeyDerivationMode"], common)
    if by_counter:
        return ScriptSession(method=method, atc=bytes.fromhex(value))
    return ScriptSession(method=method, cryptogram=bytes.fromhex(value))


def _by(name: str, attributes: Any) -> ByKey | ByTransaction:
    if name == "Algorithm":
        return ByKey(algorithm=MacAlgorithm(attributes))
    use = dukpt_use(attributes, kind=attributes.get("DukptDerivationType"))
    return ByTransaction(algorithm=_BY_TRANSACTION[name], use=use)
