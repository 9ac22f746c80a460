"""What a policy that is read back must be besides well-shaped: it may come from anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.terms import Terms
from tallystick.ground.days import is_day
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.ground.money import EXPONENTS
from tallystick.standard import FEE_KINDS, PAID_BY, PARAMETERS

_WORDS = ("status", "proof")
"""What of the record of the selection is a word; all else is a whole number."""


def demand_sound(policy: SecurityPolicy) -> None:
    """Refuses: Misconfigured for the first value that no policy of ours can have."""
    if policy.currency not in EXPONENTS:
        raise _odd("currency", policy.currency, "a currency of ISO 4217")
    if not policy.tiers or not policy.controls:
        raise _odd("tiers or controls", "none", "at least one of each")
    _demand_once("controls", (control.id for control in policy.controls))
    _demand_once("typologies", (rule.id for rule in policy.typologies))
    for rule in policy.operations.values():
        for fact in rule.facts:
            if fact not in PAYMENT_FACTS:
                raise _odd(f"operations.{rule.operation}.facts", fact, ", ".join(PAYMENT_FACTS))
    for name, number in policy.parameters.items():
        if name not in PARAMETERS or number < 0:
            raise _odd(f"parameters.{name}", number, "a known parameter, not below 0")
    for name, value in policy.optimum.items():
        if isinstance(value, str) != (name in _WORDS):
            raise _odd(f"optimum.{name}", value, "a whole number")
    _demand_terms(policy.terms)
    ends = (one.until for one in policy.acceptances), (one.until for one in policy.exceptions)
    for until in chain.from_iterable(ends):
        _demand_day(until)


def _demand_terms(terms: Terms) -> None:
    for name, fee in terms.fees.items():
        numbers = (fee.flat_minor, fee.permille, fee.minimum_minor, fee.agent_permille)
        shares = max(fee.permille, fee.agent_permille)
        known = name == fee.operation and name in FEE_KINDS and fee.paid_by in PAID_BY
        if not known or min(numbers) < 0 or shares > 1000:
            raise _odd(f"terms.fees.{name}", fee.paid_by, "a fee that a service file can state")
    for pair in terms.pairs:
        _demand_day(pair.until)
        if {pair.base, pair.quote} - EXPONENTS.keys() or pair.base == pair.quote:
            raise _odd("terms.pairs", f"{pair.base} {pair.quote}", "two currencies of ISO 4217")
        if min(pair.numerator, pair.denominator) <= 0 or not 0 <= pair.spread_permille <= 500:
            raise _odd("terms.pairs", pair.numerator, "a rate above zero, a spread up to 500")


def _demand_once(where: str, names: Iterable[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise _odd(where, twice[0], "each of them once")


def _demand_day(text: str) -> None:
    if not is_day(text):
        raise _odd("until", text, "a day, such as 2027-06-30")


def _odd(where: str, value: object, allowed: str) -> Misconfigured:
    said = "".join(letter if letter.isprintable() else "?" for letter in str(value))[:60]
    return Misconfigured(f"{where} is {said!r}", where="policy", allowed=allowed)
