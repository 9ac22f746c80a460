"""PINs out of nothing: drawn at random, and those that policy does not want."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise

from tallystick.crypto.pins.formats import PIN_DIGITS_MAX, PIN_DIGITS_MIN, Random, check_pin
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused
from tallystick.ground.errors import Defect

_DRAWN_OCTETS = 8
_DRAWS_MAX = 1000

Unwanted = Callable[[str], bool]
"""Says of a PIN whether policy refuses it."""


def nothing_unwanted(pin: str) -> bool:
    """Every PIN is as good as any other; what a PIN drawn at random needs."""
    return False


def easily_guessed(pin: str) -> bool:
    """One digit over and over, or a run up or down.

    Source: ISO 9564-1:2017, 8.2 (selection of a PIN by the customer), as an example of guidance.

    >>> [easily_guessed(pin) for pin in ("1111", "1234", "9876", "0987", "2580")]
    [True, True, True, False, False]
    """
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    return steps in ({0}, {1}, {-1})


def unwanted(listed: Collection[str]) -> Unwanted:
    """Refuse the easily guessed ones and a list of policy's own."""
    names = frozenset(listed)
    return lambda pin: pin in names or easily_guessed(pin)


def draw_pin(count: int, *, random: Random, refuse: Unwanted = nothing_unwanted) -> str:
    """A PIN drawn uniformly among those that `refuse` lets pass.

    Takes: 4 to 12 digits.      Refuses: PinRuleRefused.

    >>> draw_pin(6, random=lambda n: bytes(n))
    '000000'
    """
    if not PIN_DIGITS_MIN <= count <= PIN_DIGITS_MAX:
        raise PinRuleRefused("a PIN is 4 to 12 digits")
    values = int(10**count)
    fair = (1 << 8 * _DRAWN_OCTETS) // values * values
    for _ in range(_DRAWS_MAX):
        drawn = int.from_bytes(random(_DRAWN_OCTETS))
        pin = f"{drawn % values:0{count}d}"
        if drawn < fair and not refuse(pin):
            return pin
    raise Defect("no PIN was found that policy wants")


def demand_wanted(pin: str, *, refuse: Unwanted) -> str:
    """The PIN that a customer chose, when policy has nothing against it. Refuses: PinRefused."""
    if refuse(check_pin(pin)):
        raise PinRefused("weak")
    return pin
