"""How one policy differs from another, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallystick.decide import Change

_FIGURES = "optimum"
_PROMISES: Mapping[str, str] = {
    "appetite_scenario_minor": "accepted loss of one scenario in a year",
    "appetite_95_minor": "accepted loss in the worst year of 20",
    "appetite_99_minor": "accepted loss in the worst year of 100",
}
_READS: Mapping[str, str] = {
    "expected_after_minor": "expected loss of a year",
    "var_95_after_minor": "loss in the worst year of 20",
    "burden_millidays": "burden, work and friction",
}


def in_words(change: Change, currency: str) -> str:
    """One difference as a person says it: `tier1 per transaction: 3000.00 -> 2000.00 KES`."""
    kind, _, rest = change.path.partition(".")
    before, after = change.before, change.after
    if kind == "controls":
        return f"{rest} {'now in force' if after else 'no longer in force'}: {after or before}"
    if kind == "tiers":
        name, limit = rest.rsplit(".", 1)
        return f"{name} {limit.replace('_', ' ')}: {_arrow(before, after)} {currency}"
    if kind == "operations":
        return _operation(rest, before, after, currency)
    if kind == "requirements":
        return _requirement(rest, before, after)
    if kind == "typologies":
        name, number = rest.rsplit(".", 1)
        return f"pattern {name} {number.replace('_', ' ')}: {_arrow(before, after)}"
    if kind == "critical":
        return f"{rest} {'is now critical' if after else 'is critical no longer'}"
    if kind in ("acceptances", "exceptions"):
        what = "accepted" if kind == "acceptances" else "exception from"
        return f"{what} {rest}: {_arrow(before, after)}"
    if kind == _FIGURES:
        return _figure(rest, before, after, currency)
    return f"{rest or kind}: {_arrow(before, after)}"


def _requirement(name: str, before: str, after: str) -> str:
    """Without anything on one side it does not apply there; `nothing` answers what does."""
    if not after:
        return f"{name} applies no longer"
    if not before:
        return f"{name} now applies, answered by {after}"
    return f"{name} answered by: {before} -> {after}"


def _operation(rest: str, before: str, after: str, currency: str) -> str:
    mode, verb, what, *more = [*rest.split("."), ""]
    operation, name = f"{mode}.{verb}", ".".join(filter(None, more))
    if what == "facts":
        return f"{operation} {'now demands' if after else 'no longer demands'} {name}"
    if what == "roles":
        return f"{operation} {'opened to' if after else 'closed to'} {name}"
    if what == "step_up":
        return f"{operation} PIN: {_arrow(before, after)} {currency}"
    if what == "amount_max":
        return f"{operation} at most, keys in {name}: {_arrow(before, after)} {currency}"
    return f"{operation}: {_arrow(before, after)}"


def _figure(name: str, before: str, after: str, currency: str) -> str:
    from tallystick.ground.money import format_minor

    told = _READS.get(name) or _PROMISES.get(name, name)
    if name.endswith("_millidays"):
        days = [f"{int(one) / 1000:,.1f}" if one else "" for one in (before, after)]
        return f"{told}: {_arrow(*days)} person-days a year"
    if not name.endswith("_minor"):
        return f"{told}: {_arrow(before, after)}"
    amounts = [format_minor(int(one), currency) if one else "" for one in (before, after)]
    return f"{told}: {_arrow(*amounts)} {currency}"


def _arrow(before: str, after: str) -> str:
    return f"{before or 'none'} -> {after or 'none'}"
