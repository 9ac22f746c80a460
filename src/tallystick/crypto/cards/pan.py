"""Primary account numbers: their check digit, how much of one may be shown, and one that hides."""

from __future__ import annotations

from typing import Any, NoReturn

from tallystick.crypto.cards.refusals import CardDataMalformed
from tallystick.ground.errors import Defect

DIGITS_MIN, DIGITS_MAX = 12, 19
_LONG = 16
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_LAST_SHOWN = 4
_FIRST_SHOWN, _FIRST_SHOWN_LONG = 6, 8


class Pan:
    """A primary account number (ISO/IEC 7812-1) that shows only its mask; `reveal` gives all of it.

    Takes:   12 to 19 decimal digits. The check digit is not demanded: test cards and tokens of
             some domains have none; ask `luhn_valid`.
    Refuses: CardDataMalformed.

    >>> Pan("4012345678901234")
    Pan(40123456****1234)
    """

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        self._digits = demand_digits(digits, "account number", DIGITS_MIN, DIGITS_MAX)

    def reveal(self) -> str:
        """All digits, for the one computation that needs them."""
        return self._digits

    @property
    def luhn_valid(self) -> bool:
        return luhn_digit(self._digits[:-1]) == self._digits[-1]

    @property
    def masked(self) -> str:
        return mask_pan(self._digits)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pan) and self._digits == other._digits

    def __hash__(self) -> int:
        return hash((Pan, self._digits))

    def __repr__(self) -> str:
        return f"Pan({self.masked})"

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __reduce__(self) -> NoReturn:
        raise Defect("an account number is not serialised")

    def __copy__(self) -> Pan:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Pan:
        return self


def luhn_digit(digits: str) -> str:
    """The check digit that belongs behind these digits (ISO/IEC 7812-1, annex B).

    >>> luhn_digit("7992739871")
    '3'
    """
    plain = sum(int(digit) for digit in digits[-2::-2])
    doubled = sum(_DOUBLED[int(digit)] for digit in digits[::-2])
    return str(-(plain + doubled) % 10)


def mask_pan(digits: str) -> str:
    """At most the first six digits (eight of 16 and more) and the last four.

    Less is shown of numbers so short that fewer than six digits would be hidden.
    Source: PCI DSS v4.0, requirement 3.4.1, with the eight-digit BIN of ISO/IEC 7812-1:2017.

    >>> mask_pan("378282246310005"), mask_pan("4111111111111111")
    ('378282*****0005', '41111111****1111')
    """
    first = _FIRST_SHOWN_LONG if len(digits) >= _LONG else _FIRST_SHOWN
    first = max(0, min(first, len(digits) - _LAST_SHOWN - 4))
    last = _LAST_SHOWN if first else 0
    return digits[:first] + "*" * (len(digits) - first - last) + digits[len(digits) - last :]


def demand_digits(text: str, name: str, shortest: int, longest: int | None = None) -> str:
    """The text if it is so many ASCII digits. Refuses: CardDataMalformed, which names the field."""
    if (
        shortest <= len(text) <= (longest or shortest)
        and text.isascii()
        and (text.isdecimal() or not text)
    ):
        return text
    raise CardDataMalformed(f"not a valid {name}")


def demand_octets(octets: bytes, name: str, shortest: int, longest: int | None = None) -> bytes:
    """The octets if there are so many. Refuses: CardDataMalformed, which names the field."""
    if shortest <= len(octets) <= (longest or shortest):
        return octets
    raise CardDataMalformed(f"not a valid {name}")


def demand_between(value: int, name: str, lowest: int, highest: int) -> int:
    """The number if it lies between the two. Refuses: CardDataMalformed, which names the field."""
    if lowest <= value <= highest:
        return value
    raise CardDataMalformed(f"not a valid {name}")
