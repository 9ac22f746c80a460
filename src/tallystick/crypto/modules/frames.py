"""Frames between ModuleProcess and its process: four octets of length, then one msgpack message.

Both ends are ours, and both read as if the other were a stranger: unknown members, other types and
sizes beyond the limits are refused. One question, one answer, never two on the way.
"""

from __future__ import annotations

import socket
from typing import Annotated, TypeVar

import msgspec

from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.modules.kept import Kept, OwnKey
from tallystick.crypto.modules.ports import BATCH_MAX, PublicKeys
from tallystick.crypto.modules.purposes import SIGNED_OCTETS_MAX
from tallystick.ground.errors import Defect, Misconfigured, Refused
from tallystick.ground.limits import MESSAGE_MAX

FRAME_MAX = BATCH_MAX * (MESSAGE_MAX + 1024)
_LENGTH_OCTETS = 4
_CHUNK = 16 * 1024

_Name = Annotated[str, msgspec.Meta(max_length=256)]
_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Token = Annotated[str, msgspec.Meta(max_length=MESSAGE_MAX)]
_Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Small = Annotated[bytes, msgspec.Meta(max_length=1024)]
_Octets = Annotated[bytes, msgspec.Meta(max_length=SIGNED_OCTETS_MAX)]
_Digits = Annotated[int, msgspec.Meta(ge=0, le=64)]


class FrameRefused(Refused):
    """Octets between client and process that are not one well-formed frame."""

    code, clause = "frame.refused", "8"


class _Frame(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class Start(_Frame, tag="start"):
    """The key file, and its passphrase or the file that names its token."""

    path: _Text
    passphrase: _Small
    token: _Text = ""


class OpenMessage(_Frame, tag="open-message"):
    token: _Token
    typ: _Name


class EstablishPin(_Frame, tag="establish-pin"):
    sealed: _Token
    binding: _Hash
    customer: _Name
    digits_min: _Digits


class VerifyPin(_Frame, tag="verify-pin"):
    sealed: _Token
    binding: _Hash
    customer: _Name
    reference: _Small


class Sign(_Frame, tag="sign"):
    purpose: _Name
    octets: _Octets


class Together(_Frame, tag="together"):
    """Several questions in one frame, each answered on its own."""

    questions: Annotated[
        list[OpenMessage | VerifyPin], msgspec.Meta(min_length=1, max_length=BATCH_MAX)
    ]


class Admit(_Frame, tag="admit"):
    """Take another channel, which comes with this frame: an edge's."""


class OwnKeyFrame(_Frame):
    purpose: _Name
    mechanism: _Name
    created_ms: Annotated[int, msgspec.Meta(ge=0)]
    check_value: _Name
    place: _Name


class KeptFrame(_Frame):
    level: AssuranceLevel
    signs: AssuranceLevel
    statement: _Text
    keys: Annotated[list[OwnKeyFrame], msgspec.Meta(max_length=64)]


class Started(_Frame, tag="started"):
    message: dict[str, str]
    pin: dict[str, str]
    qr: _Hash
    checkpoint: _Hash
    certificate: _Hash
    level: _Name
    module: _Name
    kept: KeptFrame


class Done(_Frame, tag="done"):
    octets: _Octets


class Denied(_Frame, tag="denied"):
    """A refusal: its code and the reason that stays inside."""

    code: _Name
    reason: _Name


class Answers(_Frame, tag="answers"):
    """The answers to questions that came together, in their order."""

    answers: Annotated[list[Done | Denied], msgspec.Meta(max_length=BATCH_MAX)]


class Trouble(_Frame, tag="trouble"):
    """A process could not start. `kind` is misconfigured or defect; a token's keeper knows more."""

    kind: _Name
    problem: _Text
    where: _Text = ""
    allowed: _Text = ""


def trouble_of(error: Misconfigured | Defect) -> Trouble:
    """What a process that cannot start says of why."""
    if isinstance(error, Defect):
        return Trouble(kind="defect", problem=str(error))
    return Trouble(
        kind="misconfigured", problem=error.problem, where=error.where, allowed=error.allowed
    )


def error_of(trouble: Trouble) -> Misconfigured | Defect:
    """The same at the other end, to be raised there."""
    if trouble.kind == "misconfigured":
        return Misconfigured(trouble.problem, where=trouble.where, allowed=trouble.allowed)
    return Defect(trouble.problem)


Request = OpenMessage | EstablishPin | VerifyPin | Sign
Question = Start | Request | Together | Admit
Answer = Started | Done | Denied | Answers | Trouble

_Read = TypeVar("_Read")
_encoder = msgspec.msgpack.Encoder()
_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def read_question(body: bytes) -> Question:
    """Read what a client asks. Refuses: FrameRefused."""
    return read_body(_questions, body, "a question")


def read_answer(body: bytes) -> Answer:
    """Read what a process answers. Refuses: FrameRefused."""
    return read_body(_answers, body, "an answer")


def read_body(decoder: msgspec.msgpack.Decoder[_Read], body: bytes, what: str) -> _Read:
    """Read the body of a frame of any process. Refuses: FrameRefused, which names only `what`."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FrameRefused(f"not {what}") from None


def started_frame(public: PublicKeys) -> Started:
    """What a module that has started says of itself."""
    kept = KeptFrame(
        level=public.kept.level,
        signs=public.kept.signs,
        statement=public.kept.statement,
        keys=[
            OwnKeyFrame(**{name: getattr(key, name) for name in OwnKey.__slots__})
            for key in public.kept.keys
        ],
    )
    return Started(
        message=public.message,
        pin=public.pin,
        qr=public.qr,
        checkpoint=public.checkpoint,
        certificate=public.certificate,
        level=public.level,
        module=public.module,
        kept=kept,
    )


def read_started(started: Started) -> PublicKeys:
    """The same, as the other end sees it."""
    kept = Kept(
        level=started.kept.level,
        signs=started.kept.signs,
        statement=started.kept.statement,
        keys=tuple(
            OwnKey(**{name: getattr(key, name) for name in OwnKey.__slots__})
            for key in started.kept.keys
        ),
    )
    return PublicKeys(
        message=started.message,
        pin=started.pin,
        qr=started.qr,
        checkpoint=started.checkpoint,
        certificate=started.certificate,
        level=started.level,
        module=started.module,
        kept=kept,
    )


def frame_octets(message: msgspec.Struct) -> bytes:
    """Write one frame of any of our modules: length and body. Refuses: FrameRefused if too long."""
    body = _encoder.encode(message)
    if len(body) > FRAME_MAX:
        raise FrameRefused("the frame is too long")
    return len(body).to_bytes(_LENGTH_OCTETS, "big") + body


def receive_frame(channel: socket.socket) -> bytes:
    """Receive the body of one frame; empty once the other end is closed.

    Raises: OSError. Refuses: FrameRefused for a length beyond the limit, an end in the middle, and
    octets beyond the frame: nobody speaks before having been answered.
    """
    data = channel.recv(_CHUNK)
    if not data:
        return b""
    while len(data) < _LENGTH_OCTETS:
        data += _more(channel)
    end = _LENGTH_OCTETS + frame_length(data)
    while len(data) < end:
        data += _more(channel)
    if len(data) != end:
        raise FrameRefused("octets beyond the frame")
    return data[_LENGTH_OCTETS:]


def frame_length(data: bytes) -> int:
    """Read a frame's length: 1 to FRAME_MAX octets. Refuses: FrameRefused."""
    length = int.from_bytes(data[:_LENGTH_OCTETS], "big")
    if not 0 < length <= FRAME_MAX:
        raise FrameRefused("the frame has an impossible length")
    return length


def _more(channel: socket.socket) -> bytes:
    data = channel.recv(FRAME_MAX)
    if not data:
        raise FrameRefused("the frame ends in the middle")
    return data
