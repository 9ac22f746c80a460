"""Why a policy came out differently: what changed in the risks that it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tallystick.cli.showing import counted, rough_money

if TYPE_CHECKING:
    from tallystick.analyse import Scenario
    from tallystick.decide import Plan

_MOST = 5
_NOTICED_PERMILLE = 10
"""A scenario that changed by less is no cause worth a line."""


def cause_lines(old: Plan, new: Plan) -> list[str]:
    """Scenarios that came, went or changed most, before any countermeasure; the greatest first."""
    before = {one.threat: one for one in old.analysis.scenarios}
    after = {one.threat: one for one in new.analysis.scenarios}
    names = sorted(
        (name for name in before.keys() | after.keys() if _differs(before, after, name)),
        key=lambda name: (-abs(_loss(after, name) - _loss(before, name)), name),
    )
    lines = [_told(before.get(name), after.get(name), new) for name in names[:_MOST]]
    more = len(names) - _MOST
    return [*lines, *([f"and {counted(more, 'scenario')} more"] if more > 0 else [])]


def _differs(before: dict[str, Scenario], after: dict[str, Scenario], name: str) -> bool:
    if name not in before or name not in after:
        return True
    one, two = _loss(before, name), _loss(after, name)
    return abs(two - one) * 1000 > _NOTICED_PERMILLE * max(one, two)


def _loss(scenarios: dict[str, Scenario], name: str) -> int:
    return scenarios[name].expected_minor.mid if name in scenarios else 0


def _told(before: Scenario | None, after: Scenario | None, plan: Plan) -> str:
    return " ".join(_words(before, after, plan))


def _words(before: Scenario | None, after: Scenario | None, plan: Plan) -> Iterator[str]:
    one = after or before
    if one is None:
        return
    currency = plan.policy.currency
    yield f"because  {one.threat} ({one.title})"
    if after is None:
        yield "cannot happen any longer"
        return
    cost = rough_money(after.expected_minor.mid, currency)
    if before is None:
        yield f"can happen now: {cost} a year before any countermeasure"
    else:
        was = rough_money(before.expected_minor.mid, currency)
        yield f"went from {was} to {cost} a year before any countermeasure"
