"""Calls to the crypto module and their answers, as they cross from process to process.

Both ends are ours, and the module reads every call as a stranger's. A call names keys by handle and
carries ciphertexts; `repr` of a call or an answer shows its kind alone, because half of what they
hold is worth something to somebody.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Handle = Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{24}$")]
"""The handle of a managed key."""
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Text = Annotated[str, msgspec.Meta(max_length=256)]
Digits = Annotated[str, msgspec.Meta(pattern="^[0-9]{1,64}$")]
Pan = Annotated[str, msgspec.Meta(pattern="^[0-9]{12,19}$")]
Octets = Annotated[bytes, msgspec.Meta(max_length=8192)]
Instant = Annotated[int, msgspec.Meta(ge=0, le=2**52)]

BATCH_MAX = 1_000
"""Calls that go to the module together at most."""


class Call(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One operation that is asked for."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class Answer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an operation gave."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"


class KeyUsed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A key that an operation used, by handle and check value (hex)."""

    key: str
    check_value: str


class Denied(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag="denied"):
    """A refusal as it crosses: its code, its text, and the member that is to blame.

    `reason` stays inside the house: it goes into facts, and to no outsider.
    """

    code: Text
    text: Text
    where: Text = ""
    reason: Text = ""
