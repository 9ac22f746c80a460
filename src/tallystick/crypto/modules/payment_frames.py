"""Frames of the payment module: what its owner says first, then batches of calls and answers.

The same four octets of length as in frames.py, and the same rule: both ends read as if the other
were a stranger.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tallystick.crypto.modules.frames import FRAME_MAX, FrameRefused
from tallystick.crypto.payment import ANSWER_TYPE, BATCH_MAX, CALL_TYPE, ModulePolicy

_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Small = Annotated[bytes, msgspec.Meta(max_length=1024)]


class _Frame(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class Start(_Frame, tag="start"):
    """Where the module's home is, what opens its master key, and which policy holds; None for
    the one that it keeps.

    `listen` is the path of a socket on which others are served, empty for none.
    """

    home: _Text
    passphrase: _Small
    policy: ModulePolicy | None = None
    listen: _Text = ""


class State(_Frame, tag="state"):
    """How the module is; also its answer to Start. Asked for with Ask."""

    level: _Text
    master: _Text
    policy: _Text
    sequence: int
    healthy: bool
    statement: _Text = ""


class Trouble(_Frame, tag="trouble"):
    """The module could not start. `kind` is misconfigured or defect."""

    kind: _Text
    problem: _Text
    where: _Text
    allowed: _Text


class Ask(_Frame, tag="ask"):
    """How are you?"""


class Perform(_Frame, tag="perform"):
    """Calls to be done in their order."""

    calls: Annotated[list[CALL_TYPE], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class Performed(_Frame, tag="performed"):
    """Their answers, in that order."""

    answers: Annotated[list[ANSWER_TYPE], msgspec.Meta(max_length=BATCH_MAX)]


Question = Start | Ask | Perform
Reply = State | Trouble | Performed

_encoder = msgspec.msgpack.Encoder()
_questions: Any = msgspec.msgpack.Decoder(Question)
_replies: Any = msgspec.msgpack.Decoder(Reply)


def read_question(body: bytes) -> Question:
    """Read what a client asks. Refuses: FrameRefused."""
    try:
        found: Question = _questions.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FrameRefused("not a question") from None
    return found


def read_reply(body: bytes) -> Reply:
    """Read what a module answers. Refuses: FrameRefused."""
    try:
        found: Reply = _replies.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise FrameRefused("not an answer") from None
    return found


def frame(message: Question | Reply) -> bytes:
    """Write one frame. Refuses: FrameRefused when it would be too long."""
    body = _encoder.encode(message)
    if len(body) > FRAME_MAX:
        raise FrameRefused("the frame is too long")
    return len(body).to_bytes(4, "big") + body
