"""Short-lived stamps that the platform makes and later recognises: challenges and grants.

Both are an HMAC over what they say, under a secret that lives only as long as the process, so they
need no storage to be issued and none survives a restart.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

import msgspec

from tallystick.crypto.mechanisms import hmac_sha256
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import (
    DeviceId,
    NotAnIdentifier,
    from_base64url,
    to_base64url,
)
from tallystick.ground.limits import GRANT_MAX
from tallystick.ground.secret import Secret
from tallystick.protect.enforcement import Mark, Register

_MAC_OCTETS = 32


class ChallengeRefused(Refused):
    """Foreign, expired or used before."""

    code, clause, public_code = "challenge.refused", "7.2", "enrolment.refused"


class GrantRefused(Refused):
    """Missing, foreign or expired: the handset opens a new session."""

    code, clause, public_code = "grant.refused", "7.2", "grant.refused"


CHALLENGES: Register[int] = Register(
    "challenge", lambda used: b"%d" % used, lambda octets: int(octets), proven=False
)
"""Used challenges: token -> the instant at which it expired anyway."""


def _stamp(secret: Secret, purpose: bytes, body: bytes) -> str:
    return to_base64url(hmac_sha256(secret, purpose + body) + body)


def _unstamp(secret: Secret, purpose: bytes, token: str) -> bytes | None:
    try:
        octets = from_base64url(token)
    except NotAnIdentifier:
        return None
    mac, body = octets[:_MAC_OCTETS], octets[_MAC_OCTETS:]
    return body if hmac.compare_digest(mac, hmac_sha256(secret, purpose + body)) else None


class ChallengeDesk:
    """Issues single-use challenges and recognises them once."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def issue(self, *, nonce: bytes, expires_ms: int) -> str:
        """Takes: 16 octets of chance. Gives: an opaque token."""
        return _stamp(self._secret, b"challenge", nonce + expires_ms.to_bytes(8, "big"))

    def redeem(self, token: str, *, used: bool, now_ms: int) -> Mark[int]:
        """Accept a challenge; the mark burns it in the same commit as its effect.

        `used` says whether the register CHALLENGES already holds the token.
        Refuses: ChallengeRefused.
        """
        body = _unstamp(self._secret, b"challenge", token)
        if body is None or len(body) != 24:
            raise ChallengeRefused("not a challenge of ours")
        expires_ms = int.from_bytes(body[16:], "big")
        if now_ms >= expires_ms:
            raise ChallengeRefused("the challenge has expired")
        if used:
            raise ChallengeRefused("the challenge was used before")
        return Mark(CHALLENGES, token, expires_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a session proved: which device, which session key, until when, which application."""

    device: DeviceId
    thumbprint: str
    expires_ms: int
    version: int


class GrantDesk:
    """Issues grants to devices that proved themselves and recognises them afterwards."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def issue(self, grant: Grant) -> str:
        body = (grant.device, grant.thumbprint, grant.expires_ms, grant.version)
        return _stamp(self._secret, b"grant", msgspec.msgpack.encode(body))

    def recognise(self, token: str, *, now_ms: int) -> Grant:
        """Refuses: GrantRefused."""
        body = _unstamp(self._secret, b"grant", token) if len(token) <= GRANT_MAX else None
        if body is None:
            raise GrantRefused("not a grant of ours")
        device, thumbprint, expires_ms, version = msgspec.msgpack.decode(body)
        if now_ms >= expires_ms:
            raise GrantRefused("the grant has expired")
        return Grant(
            device=DeviceId(device), thumbprint=thumbprint, expires_ms=expires_ms, version=version
        )
