"""Attack paths as they are shown: the costliest chains, step by step, before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import AttackPath, paths_under
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report.words import money, often

_SHOWN = 8


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
    """The costliest paths before countermeasures; a service may have none."""
    left = {path.id: path.expected_minor for path in _remaining(plan)}
    ranked = sorted(plan.analysis.paths, key=lambda path: (-path.expected_minor, path.id))
    return tuple(show_path(path, plan, left) for path in ranked[:_SHOWN])


def show_path(path: AttackPath, plan: Plan, left: Mapping[str, int]) -> PathRow:
    """One path; `left` is what each costs under the countermeasures, where it is still known."""
    currency = plan.policy.currency
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
        after=money(left[path.id], currency) if path.id in left else "",
    )


def _remaining(plan: Plan) -> Sequence[AttackPath]:
    controls = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    return paths_under(plan.analysis, remaining_shares(plan.analysis.scenarios, controls))
