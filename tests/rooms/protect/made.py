"""What a handset would send, with any part of it replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tallystick.crypto.mechanisms import PublicKey, public_key_from_jwk
from tallystick.ground.identifiers import AccountId, CustomerId, DeviceId
from tallystick.handset.jose import sign
from tallystick.handset.keys import DeviceKey, HandsetKeys
from tallystick.handset.messages import prove_possession
from tallystick.protect.devices import Device, DeviceState

NOW_MS = 1_700_000_000_000
NOW_S = NOW_MS // 1000
AUDIENCE = "tallystick:example-wallet"
DEVICE = DeviceId("dev-0123456789abcdef")
REQUEST = "request-0000-0001"


def public(key: DeviceKey) -> PublicKey:
    return public_key_from_jwk(key.jwk)


def device_of(keys: HandsetKeys, **changes: Any) -> Device:
    members: dict[str, Any] = {
        "id": DEVICE,
        "customer": CustomerId("cus-1"),
        "account": AccountId("acc-1"),
        "role": "customer",
        "state": DeviceState.BOUND,
        "session_key": public(keys.session),
        "signature_key": public(keys.signature),
        "agreement_key": public(keys.agreement),
        "platform": "android",
        "environment": "tee",
        "vouched": "software",
        "bound_at_ms": NOW_MS,
    }
    return Device(**members | changes)


def altered(plain: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one member replaced; `a.b` names a member of a member."""
    name, _, rest = path.partition(".")
    return {**plain, name: altered(plain[name], rest, value) if rest else value}


def without(plain: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A copy with one member left out."""
    name, _, rest = path.partition(".")
    if not rest:
        return {key: member for key, member in plain.items() if key != name}
    return {**plain, name: without(plain[name], rest)}


def paths(plain: Mapping[str, Any], before: str = "") -> list[str]:
    """Every member, by its path."""
    found = []
    for name, member in plain.items():
        found.append(before + name)
        if isinstance(member, Mapping):
            found += paths(member, f"{before}{name}.")
    return found


def twice(plain: Mapping[str, Any], path: str) -> bytes:
    """The JSON of a value in which one member is written twice, with the same value."""
    name, _, rest = path.partition(".")
    parts = []
    for key, member in plain.items():
        written = twice(member, rest) if key == name and rest else msgspec.json.encode(member)
        part = msgspec.json.encode(key) + b":" + written
        parts += [part, part] if key == name and not rest else [part]
    return b"{" + b",".join(parts) + b"}"


def enrolment_claims(keys: HandsetKeys, **changes: Any) -> dict[str, Any]:
    challenge = changes.get("challenge", "challenge-0")
    claims: dict[str, Any] = {
        "aud": AUDIENCE,
        "iat": NOW_S,
        "jti": REQUEST,
        "challenge": challenge,
        "activation": "ABCD-EFGH-JKLM",
        "keys": keys.jwks(),
        "possession": prove_possession(challenge=challenge, keys=keys),
        "attestation": {"platform": "android", "secure_environment": "tee", "evidence": "software"},
        "application": {"version": 3, "build": "sha256:0", "debuggable": False, "rooted": False},
        "pin": "sealed",
    }
    return claims | changes


def signed_enrolment(payload: bytes, keys: HandsetKeys, *, by: DeviceKey | None = None) -> bytes:
    key = by or keys.session
    header = {"alg": "ES256", "typ": "tallystick-enrolment+jws", "jwk": key.jwk}
    return sign(payload, header=header, key=key).encode("ascii")
