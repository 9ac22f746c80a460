"""How one policy differs from another, in words; and which differences make it weaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallystick.decide import Change, SecurityPolicy
    from tallystick.standard import Catalogue

LOOSER = "looser"
_FIGURES = "optimum"
_LIMITS = ("per_transaction_minor", "per_day_minor", "per_month_minor", "balance_minor")
_PROMISES: Mapping[str, str] = {
    "appetite_scenario_minor": "accepted loss of one scenario in a year",
    "appetite_95_minor": "accepted loss in the worst year of 20",
    "appetite_99_minor": "accepted loss in the worst year of 100",
}
_READS: Mapping[str, str] = {
    "expected_after_minor": "expected loss of a year",
    "var_95_after_minor": "loss in the worst year of 20",
    "burden_millidays": "burden in thousandths of a person-day a year",
}


def compare(old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue) -> list[Change]:
    """Every difference, each with the direction that somebody who wants to be safe would give it.

    What the policy's own comparison leaves undecided is decided here: a pattern that catches less,
    a requirement that nothing answers any more, a tier that may do more than any before, a greater
    accepted loss. A countermeasure that gives way to a stronger one is no loss.
    """
    from tallystick.decide import diff_policies

    found = [_judged(change, old, new, catalogue) for change in diff_policies(old, new)]
    return found + _promises(old, new)


def weaker(changes: list[Change]) -> list[Change]:
    """The differences by which a policy protects less. Estimates of loss are not among them."""
    return [
        change
        for change in changes
        if change.direction == LOOSER
        and (not change.path.startswith(f"{_FIGURES}.") or _last(change) in _PROMISES)
    ]


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
        return f"{rest} answered by: {_arrow(before, after)}"
    if kind == "typologies":
        name, number = rest.rsplit(".", 1)
        return f"pattern {name} {number.replace('_', ' ')}: {_arrow(before, after)}"
    if kind == _FIGURES:
        return _figure(rest, before, after, currency)
    return f"{rest or kind}: {_arrow(before, after)}"


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
    if not name.endswith("_minor"):
        return f"{told}: {_arrow(before, after)}"
    amounts = [format_minor(int(one), currency) if one else "" for one in (before, after)]
    return f"{told}: {_arrow(*amounts)} {currency}"


def _arrow(before: str, after: str) -> str:
    return f"{before or 'none'} -> {after or 'none'}"


def _last(change: Change) -> str:
    return change.path.rpartition(".")[2]


def _judged(
    change: Change, old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue
) -> Change:
    kind, _, rest = change.path.partition(".")
    if kind == "controls" and not change.after and _surpassed(rest, old, new, catalogue):
        return replace(change, direction="other")
    if change.direction != "other":
        return change
    if kind == "typologies" and _catches_less(rest, change):
        return replace(change, direction=LOOSER)
    if kind == "requirements" and change.before and change.after == "nothing":
        return replace(change, direction=LOOSER)
    if kind == "parameters" and not change.after:
        return replace(change, direction=LOOSER)
    if kind == "tiers" and not change.before and _exceeds(rest, old, new):
        return replace(change, direction=LOOSER)
    return change


def _surpassed(name: str, old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue) -> bool:
    """Whether a countermeasure that went gave way to one that it excludes and that does more."""
    gone = catalogue.countermeasures.get(name)
    if gone is None:
        return False
    before = {control.id for control in old.controls}
    arrived = (
        catalogue.countermeasures[control.id]
        for control in new.controls
        if control.id not in before
    )
    return any(
        (other.id in gone.excludes or name in other.excludes)
        and all(
            threat in other.effects and other.effects[threat].low >= effect.low
            for threat, effect in gone.effects.items()
        )
        for other in arrived
    )


def _catches_less(rest: str, change: Change) -> bool:
    """Every number of a pattern is a threshold that lets pass what lies below it."""
    if not change.before:
        return False
    number = rest.rpartition(".")[2]
    if not change.after or number == "action":
        return change.after != "refuse"
    if number == "window_s":
        return int(change.after) < int(change.before)
    return int(change.after) > int(change.before)


def _exceeds(rest: str, old: SecurityPolicy, new: SecurityPolicy) -> bool:
    tier, limit = rest.rsplit(".", 1)
    name = f"{limit}_minor"
    most: int = max((getattr(one, name) for one in old.tiers.values()), default=0)
    return bool(getattr(new.tiers[tier], name) > most)


def _promises(old: SecurityPolicy, new: SecurityPolicy) -> list[Change]:
    from tallystick.decide import Change

    found = []
    for name in _PROMISES:
        before, after = old.optimum.get(name), new.optimum.get(name)
        if isinstance(before, int) and isinstance(after, int) and before != after:
            direction = LOOSER if after > before else "tighter"
            path = f"{_FIGURES}.{name}"
            found.append(
                Change(path=path, before=str(before), after=str(after), direction=direction)
            )
    return found
