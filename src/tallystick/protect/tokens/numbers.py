"""Account numbers: what one looks like, its check digit, and what may be shown of it."""

from __future__ import annotations

from tallystick.ground.secret import Secret
from tallystick.protect.tokens.refusals import PanRefused

PAN_MIN, PAN_MAX = 12, 19
SHOWN_FIRST, SHOWN_LAST = 6, 4
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class Pan(Secret):
    """A primary account number, hidden from `repr`, logs and `==`; reach its digits with `digits`.

    Refuses: PanRefused unless it is 12 to 19 digits with a right check digit.
    Source:  ISO/IEC 7812-1 (length, check digit).

    >>> Pan("4111111111111111")
    Pan(16 octets, hidden)
    """

    __slots__ = ()

    def __init__(self, digits: str) -> None:
        if not (PAN_MIN <= len(digits) <= PAN_MAX and digits.isascii() and digits.isdecimal()):
            raise PanRefused("an account number is 12 to 19 digits")
        if not luhn_holds(digits):
            raise PanRefused("the check digit is wrong")
        super().__init__(digits.encode("ascii"))

    @property
    def digits(self) -> str:
        return self.reveal().decode("ascii")


def luhn_digit(payload: str) -> str:
    """The check digit of digits that have none yet (ISO/IEC 7812-1, annex B).

    >>> luhn_digit("411111111111111")
    '1'
    """
    total = 0
    for place, digit in enumerate(reversed(payload)):
        total += int(digit) if place % 2 else _DOUBLED[int(digit)]
    return str(-total % 10)


def luhn_holds(number: str) -> bool:
    """Whether the last digit is the check digit of the ones before it."""
    return luhn_digit(number[:-1]) == number[-1:]


def mask_pan(digits: str) -> str:
    """What may be shown of an account number: the first six and the last four digits at most.

    A short one shows less: at least six digits are hidden (PCI DSS v4.0, 3.4.1, allows no more than
    the issuer's digits and the last four).

    >>> mask_pan("4111111111111111"), mask_pan("411111111112")
    ('411111******1111', '41******1112')
    """
    hidden = max(6, len(digits) - SHOWN_FIRST - SHOWN_LAST)
    first = len(digits) - hidden - SHOWN_LAST
    return digits[:first] + "*" * hidden + digits[first + hidden :]
