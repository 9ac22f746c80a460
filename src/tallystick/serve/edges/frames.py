"""Frames between an edge and the sequencer: four octets of length, then a list in msgpack.

Both ends are ours, and both read as if the other were a stranger: other types, unknown kinds and
sizes beyond the limits end the link.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.ground.errors import Refused
from tallystick.ground.limits import MESSAGE_MAX

FRAME_MAX = 64 * 1024 * 1024
LENGTH_OCTETS = 4

_Name = Annotated[str, msgspec.Meta(max_length=256)]
_Text = Annotated[str, msgspec.Meta(max_length=MESSAGE_MAX)]
_Point = Annotated[bytes, msgspec.Meta(min_length=65, max_length=65)]
_Reference = Annotated[bytes, msgspec.Meta(max_length=1024)]


class FrameRefused(Refused):
    """Octets between an edge and the sequencer that are not one well-formed frame."""

    code, clause = "frame.refused", "7.1"


class _Item(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """One item of a frame; `number` is chosen by the edge and comes back with the answer."""

    number: int


class Proof(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A session proof that an edge verified."""

    name: _Name
    until_ms: int


class SignedIntent(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """A transaction object that an edge verified."""

    key: _Point
    signature: _Name
    payee_id: _Name
    payee_name: _Name
    minor: int
    currency: _Name
    instruction: _Name
    fee_minor: int
    refunds: _Name | None
    receives: tuple[int, _Name] | None


class PinWord(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What the crypto module said of a PIN; `refused` is None when it was right."""

    reference: _Reference
    refused: _Name | None


class Order(_Item, tag="o"):
    """A vetted message."""

    device: _Name
    audience: _Name
    url: _Name
    issued_s: int
    request: _Name
    counter: int
    operation: _Name
    body: Annotated[bytes, msgspec.Meta(max_length=MESSAGE_MAX)]
    order: _Name
    version: int
    proof: Proof
    key: _Point
    intent: SignedIntent | None
    pin: PinWord | None


class Refusal(_Item, tag="r"):
    """A message that the edge refused; `proof` when it had been verified before."""

    reason: _Name
    why: _Name
    outside: _Name
    proof: Proof | None


class Who(_Item, tag="w"):
    """What must be known of a device to vet its messages?"""

    device: _Name


class Other(_Item, tag="e"):
    """Another endpoint of the wire."""

    endpoint: _Name
    arguments: Annotated[list[_Text], msgspec.Meta(max_length=4)]


Asked = Order | Refusal | Who | Other


class Answered(_Item, tag="a"):
    """A committed answer; `stale` when the edge's knowledge of the device's PIN is an old one."""

    leaf: bytes
    data: bytes | None
    index: int
    size: int
    path: list[bytes]
    checkpoint: str
    to: _Point
    stale: bool


class Denied(_Item, tag="d"):
    """A refusal, by its outside code."""

    code: _Name


class Stale(_Item, tag="s"):
    """The edge knew another device than there is now: nothing was decided."""


class Device(_Item, tag="k"):
    """What is known of a device."""

    customer: _Name
    session_key: _Point
    signature_key: _Point
    agreement_key: _Point
    reference: _Reference


class Said(_Item, tag="p"):
    """The whole answer of another endpoint."""

    status: int
    media: _Name
    octets: bytes


class Welcome(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag="h"):
    """The first thing that an edge is told: what it needs to vet as the sequencer would."""

    grants: bytes
    currency: _Name
    window_s: int
    public_url: _Text

    def __repr__(self) -> str:
        return "Welcome(hidden)"


class Ready(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag="y"):
    """The first thing that an edge says: it takes connections."""


Told = Answered | Denied | Stale | Device | Said | Welcome
Heard = Asked | Ready

_encoder = msgspec.msgpack.Encoder()
_heard: msgspec.msgpack.Decoder[list[Heard]] = msgspec.msgpack.Decoder(list[Heard])
_told: msgspec.msgpack.Decoder[list[Told]] = msgspec.msgpack.Decoder(list[Told])


def frame_octets(items: list[Heard] | list[Told]) -> bytes:
    """Write one frame. Refuses: FrameRefused when it would be too long."""
    body = _encoder.encode(items)
    if len(body) > FRAME_MAX:
        raise FrameRefused("the frame is too long")
    return len(body).to_bytes(LENGTH_OCTETS, "big") + body


def read_heard(body: bytes) -> list[Heard]:
    """Read what an edge says. Refuses: FrameRefused."""
    try:
        return _heard.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FrameRefused("not what an edge says") from None


def read_told(body: bytes) -> list[Told]:
    """Read what the sequencer tells. Refuses: FrameRefused."""
    try:
        return _told.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FrameRefused("not what a sequencer tells") from None


class Splitter:
    """Cuts octets as they come into the bodies of frames."""

    __slots__ = ("_octets",)

    def __init__(self) -> None:
        self._octets = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are whole now. Refuses: FrameRefused for an impossible length."""
        octets, bodies, start = self._octets, [], 0
        octets += data
        while len(octets) - start >= LENGTH_OCTETS:
            length = int.from_bytes(octets[start : start + LENGTH_OCTETS], "big")
            if not 0 < length <= FRAME_MAX:
                raise FrameRefused("the frame has an impossible length")
            end = start + LENGTH_OCTETS + length
            if len(octets) < end:
                break
            bodies.append(bytes(octets[start + LENGTH_OCTETS : end]))
            start = end
        del octets[:start]
        return bodies
