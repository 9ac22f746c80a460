"""Attack paths as they are shown: the costliest chains, step by step, before and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.analyse import AttackPath
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report.words import money, often

_SHOWN = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """One path: its steps as title and place, and what it costs in an average year."""

    id: str
    steps: tuple[tuple[str, str], ...]
    target: str
    often: str
    each: str
    before: str
    after: str


def list_paths(plan: Plan) -> tuple[PathRow, ...]:
    """The costliest paths before countermeasures; a service may have none.

    A countermeasure on any step cuts the path: the shares that remain of its steps multiply.
    """
    controls = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    shares = remaining_shares(plan.analysis.scenarios, controls)
    left = {one.threat: shares[one.id] for one in plan.analysis.scenarios}
    ranked = sorted(plan.analysis.paths, key=lambda path: (-path.expected_minor, path.id))
    return tuple(_row(path, plan, left) for path in ranked[:_SHOWN])


def _row(path: AttackPath, plan: Plan, left: Mapping[str, float]) -> PathRow:
    """One path; `left` is the share of each threat's events that remains."""
    currency = plan.policy.currency
    after = path.expected_minor * math.prod(left[step.threat] for step in path.steps)
    return PathRow(
        id=path.id,
        steps=tuple(
            (plan.catalogue.threats[step.threat].title, step.at.replace("-", " "))
            for step in path.steps
        ),
        target=path.target.replace("_", " "),
        often=often(path.frequency_ppm),
        each=money(path.event_minor, currency),
        before=money(path.expected_minor, currency),
        after=money(round(after), currency),
    )
