"""What is refused of keys that come from others."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class KeyTokenRefused(Refused):
    """A key token, cryptogram or transport that we do not take. Outsiders get one answer.

    `reason` is one short word of ours for the fact, never a part of what was refused.
    """

    code, clause = "key-token.refused", "8"

    def __init__(self, reason: str = "refused") -> None:
        super().__init__("the key token was refused")
        self.reason = reason

    def __reduce__(self) -> tuple[type[KeyTokenRefused], tuple[str]]:
        return KeyTokenRefused, (self.reason,)
