"""Frames of the payment module: what its owner says first, then batches of calls and answers.

The same four octets of length as in frames.py, and the same rule: both ends read as if the other
were a stranger.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tallystick.crypto.modules import FrameRefused, Trouble, read_body
from tallystick.crypto.payment import ANSWER_TYPE, BATCH_MAX, CALL_TYPE, Call, Denied, ModulePolicy

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


class Ask(_Frame, tag="ask"):
    """How are you?"""


class Perform(_Frame, tag="perform"):
    """Calls to be done in their order."""

    calls: Annotated[list[CALL_TYPE], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]


class Batch(_Frame, tag="perform"):
    """What a Perform is read as when a call in it is none: each by itself."""

    calls: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]

    def each(self) -> list[Call | Denied]:
        """The calls, and a refusal in the place of what is none."""
        return [_read_call(octets) for octets in self.calls]


class Performed(_Frame, tag="performed"):
    """Their answers, in that order."""

    answers: Annotated[list[ANSWER_TYPE], msgspec.Meta(max_length=BATCH_MAX)]


Question = Start | Ask | Perform
Read = Question | Batch
Reply = State | Trouble | Performed

_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_batches: msgspec.msgpack.Decoder[Batch] = msgspec.msgpack.Decoder(Batch)
_calls: Any = msgspec.msgpack.Decoder(CALL_TYPE)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def read_question(body: bytes) -> Read:
    """Read what a client asks. Refuses: FrameRefused.

    One call that is malformed is refused in its place: it must not end the module for all others.
    """
    try:
        return read_body(_questions, body, "a question")
    except FrameRefused:
        return read_body(_batches, body, "a question")


def _read_call(octets: msgspec.Raw) -> Call | Denied:
    try:
        found: Call = _calls.decode(octets)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        _, _, where = str(error).partition("`$.")
        member = where.partition("`")[0].partition(".")[0].partition("[")[0]
        return Denied(code="call.malformed", text="not what this operation takes", where=member)
    return found


def read_reply(body: bytes) -> Reply:
    """Read what a module answers. Refuses: FrameRefused."""
    return read_body(_replies, body, "an answer")
