"""Frames between TokenKeeper and the process that has the token.

The same shape as the frames of the crypto module: four octets of length, one msgpack message. Both
ends read as if the other were a stranger. One question, one answer.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import Exportability, KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import STEPS_MAX
from tallystick.crypto.modules import Trouble, read_body

SEALED_MAX = 16 * 1024
BOUND_MAX = 256 * 1024
TOGETHER_MAX = 64
KEYS_MAX = 4096
_Short = Annotated[str, msgspec.Meta(max_length=256)]
_Text = Annotated[str, msgspec.Meta(max_length=4096)]
_Octets = Annotated[bytes, msgspec.Meta(max_length=SEALED_MAX)]
_Bound = Annotated[bytes, msgspec.Meta(max_length=BOUND_MAX)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]


class _Frame(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class StartKeeper(_Frame, tag="start"):
    """`create` draws the master key in the token; it is refused where one is already."""

    create: bool = False
    after_wrong_pin: bool = False


class Seal(_Frame, tag="seal"):
    octets: _Octets
    bound: _Bound


class Open(_Frame, tag="open"):
    sealed: _Octets
    bound: _Bound


class Mac(_Frame, tag="mac"):
    octets: _Bound


class Anchor(_Frame, tag="anchor"):
    at_least: _Count | None = None


class StepFrame(_Frame):
    algorithm: KeyAlgorithm
    data: Annotated[bytes, msgspec.Meta(min_length=16, max_length=32)]


_Steps = Annotated[list[StepFrame], msgspec.Meta(max_length=STEPS_MAX)]


class Attributes(_Frame):
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability
    version: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z]{2}$")] = "00"


class CreateKey(_Frame, tag="create-key"):
    attributes: Attributes
    label: _Short


class ListKeys(_Frame, tag="list-keys"):
    pass


class DestroyKey(_Frame, tag="destroy-key"):
    key: _Id


class WrapKey(_Frame, tag="wrap-key"):
    key: _Id
    wrapped: _Id


class UnwrapKey(_Frame, tag="unwrap-key"):
    key: _Id
    octets: _Octets
    attributes: Attributes
    label: _Short


class KeyMac(_Frame, tag="key-mac"):
    key: _Id
    octets: _Octets
    steps: _Steps = []


class KeyVerify(_Frame, tag="key-verify"):
    key: _Id
    octets: _Octets
    mac: Annotated[bytes, msgspec.Meta(max_length=64)]
    steps: _Steps = []


class KeySign(_Frame, tag="key-sign"):
    key: _Id
    octets: _Octets


class KeyCheck(_Frame, tag="key-check"):
    key: _Id
    steps: _Steps = []


class CreateSigner(_Frame, tag="create-signer"):
    label: _Short


class FindSigner(_Frame, tag="find-signer"):
    key: _Id


class SignWith(_Frame, tag="sign-with"):
    key: _Id
    octets: _Bound


OfKeys = CreateKey | ListKeys | DestroyKey | WrapKey | UnwrapKey
OfSigners = CreateSigner | FindSigner | SignWith
Request = (
    Seal | Open | Mac | Anchor | OfKeys | KeyMac | KeyVerify | KeySign | KeyCheck | OfSigners
)  # fmt: skip


class KeeperTogether(_Frame, tag="together"):
    """Several questions in one frame, each answered on its own."""

    questions: Annotated[list[Request], msgspec.Meta(min_length=1, max_length=TOGETHER_MAX)]


class KeeperStarted(_Frame, tag="started"):
    """What the keeper is: level, fingerprint of the master key, and a sentence about the token."""

    level: Annotated[str, msgspec.Meta(pattern="^S[0-4]$")]
    fingerprint: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    statement: _Text
    mechanisms: Annotated[list[_Count], msgspec.Meta(max_length=4096)] = []


class Done(_Frame, tag="done"):
    octets: _Octets = b""


class Counted(_Frame, tag="counted"):
    count: _Count


class KeyFrame(_Frame, tag="key"):
    id: _Id
    label: _Short
    attributes: Attributes
    public: Annotated[bytes, msgspec.Meta(max_length=1024)] = b""


class SignerFrame(_Frame, tag="signer"):
    id: _Id
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class KeyList(_Frame, tag="keys"):
    keys: Annotated[list[KeyFrame], msgspec.Meta(max_length=KEYS_MAX)]


class Denied(_Frame, tag="denied"):
    """A refusal: its code and the reason, which hold no secret."""

    code: _Short
    reason: _Short


OneAnswer = Done | Counted | KeyFrame | KeyList | SignerFrame | Denied


class KeeperAnswers(_Frame, tag="answers"):
    answers: Annotated[list[OneAnswer], msgspec.Meta(max_length=TOGETHER_MAX)]


Question = StartKeeper | Request | KeeperTogether
Answer = KeeperStarted | OneAnswer | KeeperAnswers | Trouble

_questions: msgspec.msgpack.Decoder[Question] = msgspec.msgpack.Decoder(Question)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def read_keeper_question(body: bytes) -> Question:
    """Read what a client asks. Refuses: FrameRefused."""
    return read_body(_questions, body, "a question")


def read_keeper_answer(body: bytes) -> Answer:
    """Read what a keeper answers. Refuses: FrameRefused."""
    return read_body(_answers, body, "an answer")
