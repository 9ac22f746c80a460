"""What key blocks refuse: one answer for every block, whatever is wrong with it."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class KeyBlockRefused(Refused):
    """A key block that we do not take or do not write. Outsiders get one answer.

    `reason` is one short word of ours, for the fact; never a part of the block or of a key.
    """

    code, clause = "key-block.refused", "8"

    def __init__(self, reason: str = "refused") -> None:
        super().__init__("the key block was refused")
        self.reason = reason

    def __reduce__(self) -> tuple[type[KeyBlockRefused], tuple[str]]:
        return KeyBlockRefused, (self.reason,)


class WeakerKey(Refused):
    """A key would be protected by a weaker one (ISO 11568: key hierarchy)."""

    code, clause = "key.weaker", "8"
