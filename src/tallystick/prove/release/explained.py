"""Which weaker answers follow from a weaker change that is stated, and which need their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product

from tallystick.decide.policy.tables import Counterexample

_SPENT: Mapping[str, str] = {
    "application.tier": "per_transaction",
    "application.day": "per_day",
    "application.month": "per_month",
    "application.balance": "balance",
}
_CAPPED = ("operations.{operation}.amount_max.{environment}",)
_ASKED = (
    "operations.{operation}.step_up",
    "operations.{operation}.facts.customer.authenticated",
)
_UNLIMITED = "operations.{operation}.facts.tier.within"


def unexplained(found: Iterable[Counterexample], paths: Collection[str]) -> list[Counterexample]:
    """The first weaker answer of each table that no weaker change at one of the paths explains.

    A change explains a question when it is about the same operation, role, device or tier and
    about what the old answer rested on. Every combination of words must be explained. Numbers are
    not looked at: a change of an amount explains every amount.
    """
    first: dict[str, Counterexample] = {}
    for one in found:
        if not _explained(one, paths):
            first.setdefault(one.table, one)
    return [one for _, one in sorted(first.items())]


def _explained(found: Counterexample, paths: Collection[str]) -> bool:
    words = {name: value for name, value in found.inputs.items() if isinstance(value, tuple)}
    changes = _changes(found)
    for combination in product(*words.values()):
        named = dict(zip(words, combination, strict=True))
        if not any(_told(change, named) <= set(paths) for change in changes):
            return False
    return True


def _told(change: tuple[str, ...], named: Mapping[str, str]) -> set[str]:
    return {path.format_map(named) for path in change}


def _changes(found: Counterexample) -> list[tuple[str, ...]]:
    """What may have made an answer weaker: the paths of each change that is enough by itself."""
    if found.table in ("application.payment", "application.handset"):
        return _of_payment(found)
    if found.table in _SPENT:
        limit = (f"tiers.{{tier}}.{_SPENT[found.table]}",)
        return [limit, *([(_UNLIMITED,)] if "operation" in found.inputs else [])]
    if found.table == "process.roles":
        return [("operations.{operation}.roles.{role}",)]
    if found.table == "application.facts":
        missing = found.before.removeprefix("with ").split(", ")
        return [tuple(f"operations.{{operation}}.facts.{fact}" for fact in missing)]
    return [(f"parameters.{found.table.partition('.')[2]}",)]


def _of_payment(found: Counterexample) -> list[tuple[str, ...]]:
    """Who was refused was over a cap or a limit; who was asked for the PIN was over its amount."""
    if found.before != "refused":
        return [(path,) for path in _ASKED]
    of_tier = [("tiers.{tier}.per_transaction",), (_UNLIMITED,)] if "tier" in found.inputs else []
    return [_CAPPED, *of_tier]
