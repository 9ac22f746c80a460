"""What explain says about one attack path of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.cli.showing import money, rate

if TYPE_CHECKING:
    from tallystick.analyse import AttackPath, Step
    from tallystick.decide import Explanation, Plan

_LOOKED_AT = 1_000


def explain_path(plan: Plan, name: str) -> Explanation | None:
    """An attack path by its id, step after step; None when it is not among the costliest."""
    from tallystick.analyse import paths_under
    from tallystick.decide import Explanation

    if not name.startswith("P-"):
        return None
    for path in paths_under(plan.analysis, {}, most=_LOOKED_AT):
        if path.id == name:
            return Explanation(
                id=name,
                kind="attack path",
                title=f"a way to {path.target.replace('_', ' ')}",
                state=f"{len(path.steps)} steps",
                lines=tuple(_lines(plan, path)),
            )
    return None


def _lines(plan: Plan, path: AttackPath) -> list[tuple[str, str]]:
    currency, remains = plan.analysis.currency, 1.0
    for threat in path.threats:
        remains *= plan.selection.shares[plan.analysis.scenario(threat).id]
    steps = [("step", _step(plan, step)) for step in path.steps]
    return [
        *steps,
        ("happens", f"{rate(path.frequency_ppm)} times a year, {rate(_cut(path, remains))} now"),
        ("costs", f"{money(path.event_minor, currency)} each time, as the last step does"),
        ("before", f"{money(path.expected_minor, currency)} a year"),
        ("remains", f"{money(round(path.expected_minor * remains), currency)} a year"),
    ]


def _cut(path: AttackPath, remains: float) -> int:
    return round(path.frequency_ppm * remains)


def _step(plan: Plan, step: Step) -> str:
    from tallystick.standard import POSITIONS

    scenario = plan.analysis.scenario(step.threat)
    left = plan.selection.shares[scenario.id] * 100
    gains = POSITIONS[step.gains].means
    return (
        f"{step.threat} ({scenario.title}) at {step.at} gains {gains}; {left:.3g} % of tries left"
    )
