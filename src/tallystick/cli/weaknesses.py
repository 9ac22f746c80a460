"""Where a policy lets pass more than another, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallystick.decide.policy.tables import Counterexample, Span

_ORDER = {name: place for place, name in enumerate(("operation", "role", "environment", "tier"))}
_OF_ALL_OPERATIONS = ("process.roles", "application.facts")
_PREFIX = {"environment": "keys in ", "tier": "", "operation": "", "role": "", "records": ""}


def weakness_lines(found: Iterable[Counterexample], currency: str) -> list[str]:
    """One line for each exception, as `decide --diff` ends with."""
    return [f"weaker for: {told_weakness(one, currency)}" for one in found]


def told_weakness(found: Counterexample, currency: str) -> str:
    """One exception: `remote.pay, keys in software, tier1, 500.00 to 999.99 KES: PIN -> ...`."""
    names = sorted(found.inputs, key=lambda name: (_ORDER.get(name, len(_ORDER)), name))
    parts = [_part(found, name, currency) for name in names]
    return f"{', '.join(parts)}: {found.before} -> {found.after}"


def _part(found: Counterexample, name: str, currency: str) -> str:
    condition = found.inputs[name]
    if name in found.every:
        return _every(name, found.table)
    if isinstance(condition, tuple):
        return f"{_PREFIX.get(name, f'{name} ')}{_listed(condition)}"
    unit = found.units.get(name, "")
    if unit == "minor":
        return f"{_range(condition, currency, money=True)} {currency}{_of_total(found.table)}"
    return f"{name} {_range(condition, currency, money=False)} {unit}".rstrip()


def _every(name: str, table: str) -> str:
    if name == "environment":
        return "keys anywhere"
    if name == "operation" and table not in _OF_ALL_OPERATIONS:
        return "any payment"
    return f"any {name}"


def _of_total(table: str) -> str:
    return {
        "application.day": " on one day",
        "application.month": " in one month",
        "application.balance": " held",
    }.get(table, "")


def _listed(words: tuple[str, ...]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _range(span: Span, currency: str, *, money: bool) -> str:
    from tallystick.ground.money import format_minor

    def told(number: int) -> str:
        return format_minor(number, currency) if money else str(number)

    if span.most is None:
        return f"{told(span.least)} and more"
    if span.most == span.least:
        return told(span.least)
    return f"{told(span.least)} to {told(span.most)}"
