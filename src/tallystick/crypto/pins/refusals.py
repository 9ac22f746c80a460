"""What happens to a PIN that is not one, and to a question that the rules forbid.

Whoever asks about a PIN block learns one thing, that it was refused, whatever was wrong with it:
each further distinction answers a guesser's question (Clulow, "The design and analysis of
cryptographic APIs for security devices", 2003). The rules are no secret and are told in full.
"""

from __future__ import annotations

from tallystick.ground.errors import Refused


class PinRefused(Refused):
    """A PIN block, a PIN, a PVV or an offset that does not fit; one text for all of them.

    `reason` is one short word that stays inside: block, head, digits, fill, length, value, weak.
    """

    code, clause, public_code = "pin.refused", "8", "pin.refused"

    def __init__(self, reason: str = "block") -> None:
        super().__init__("the PIN was refused")
        self.reason = reason

    def __reduce__(self) -> tuple[type[PinRefused], tuple[str]]:
        return PinRefused, (self.reason,)


class PinRuleRefused(Refused):
    """Asked for what a standard forbids for any PIN; decided before the block is looked at."""

    code, clause = "pin.rule", "8"
