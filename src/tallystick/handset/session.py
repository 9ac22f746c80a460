"""The provider's plain answers before a message can be sent: challenge and grant."""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.ground.limits import GRANT_MAX
from tallystick.handset.reading import Strict, Whole, read_json

_Grant = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._~+/=-]+\Z", max_length=GRANT_MAX)]
_Challenge = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]+\Z", max_length=GRANT_MAX)]


class Challenge(Strict):
    """Single use; opaque to the handset."""

    challenge: _Challenge
    expires_ms: Whole


class Grant(Strict):
    """Lets this device send messages until it expires, with proofs by its session key."""

    grant: _Grant
    expires_ms: Whole
    counter: Whole


def read_challenge(octets: bytes) -> Challenge:
    """Refuses: Malformed."""
    return read_json(octets, Challenge)


def read_grant(octets: bytes) -> Grant:
    """Refuses: Malformed."""
    return read_json(octets, Grant)
