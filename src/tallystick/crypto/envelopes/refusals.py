"""The one refusal of every envelope."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class EnvelopeRefused(Refused):
    """An envelope that we do not take. Outsiders get one answer; `reason` goes into the fact.

    `reason` is one short word of ours, never a part of the envelope.
    """

    code, clause = "message.refused", "8"

    def __init__(self, reason: str = "refused") -> None:
        super().__init__("the envelope was refused")
        self.reason = reason

    def __reduce__(self) -> tuple[type[EnvelopeRefused], tuple[str]]:
        return EnvelopeRefused, (self.reason,)
