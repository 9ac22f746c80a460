"""What the endpoints of the wire answer in the clear: the types that the OpenAPI document is of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Base64url = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]+$")]
InstantMs = Annotated[int, msgspec.Meta(ge=0, description="Milliseconds since 1970 UTC.")]


class ServiceStatement(msgspec.Struct, frozen=True):
    """The signed service statement: keys, currency, audience, policy."""

    statement: Annotated[Base64url, msgspec.Meta(description="Canonical JSON.")]
    signature: Annotated[
        Base64url, msgspec.Meta(description="Ed25519 by the checkpoint key.", max_length=86)
    ]


class Challenge(msgspec.Struct, frozen=True):
    """A challenge for one enrolment or one session; single use."""

    challenge: Base64url
    expires_ms: InstantMs


class Session(msgspec.Struct, frozen=True):
    """A grant, and the highest message counter that the provider has seen of the device."""

    grant: Base64url
    expires_ms: InstantMs
    counter: Annotated[int, msgspec.Meta(ge=0)]


class Consistency(msgspec.Struct, frozen=True):
    """The path between two sizes of the evidence log (RFC 9162 §2.1.4)."""

    path: list[Base64url]


class Health(msgspec.Struct, frozen=True):
    """Orders can be decided and committed now."""

    status: Literal["open"]


class Problem(msgspec.Struct, frozen=True):
    """A refusal before the device was recognised (RFC 9457), and nothing else."""

    type: Literal["about:blank"]
    title: str
    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    code: str
