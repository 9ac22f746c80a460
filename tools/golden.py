"""The plans of the example services as texts that a person reviews: `write` or `check` them.

A change of the catalogue, the arithmetic or the choice shows here as a difference that somebody has
to find right. Figures are in whole units of the currency.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from tallystick.analyse import remaining_minor
from tallystick.decide import Plan, plan_service
from tallystick.describe import load_service
from tallystick.ground.money import EXPONENTS

ROOT = Path(__file__).parents[1]
EXAMPLES = tuple(sorted((ROOT / "examples").glob("*.toml")))
FOLDER = ROOT / "tests" / "golden"
_DEAREST = 12


def golden_of(file: Path) -> Path:
    return FOLDER / f"{file.stem}.txt"


def tell_plan(plan: Plan) -> str:
    """What a reviewer reads: figures, the dearest scenarios, every choice, the policy's numbers."""
    parts = [
        [f"{plan.service.name} ({plan.service.id}), {plan.service.provider.jurisdiction}"],
        _figures(plan),
        _scenarios(plan),
        _controls(plan),
        _requirements(plan),
        _operations(plan),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _units(plan: Plan, minor: int) -> str:
    return f"{round(minor / 10 ** EXPONENTS[plan.service.currency]):,}"


def _figures(plan: Plan) -> list[str]:
    before, after, appetite = plan.analysis.loss, plan.selection.after, plan.service.appetite
    rows = [
        ("an average year", before.mean_minor, after.mean_minor, None),
        ("worst year of 20", before.var_95_minor, after.var_95_minor, appetite.annual_95_minor),
        ("worst year of 100", before.var_99_minor, after.var_99_minor, appetite.annual_99_minor),
    ]
    lines = [f"loss in {plan.service.currency}: before -> after (accepted)"]
    for name, one, two, accepted in rows:
        bound = "" if accepted is None else f" ({_units(plan, accepted)})"
        lines.append(f"  {name}: {_units(plan, one)} -> {_units(plan, two)}{bound}")
    lines.append(
        f"burden: {plan.selection.burden / 1000:.1f} person-days a year, friction included"
    )
    return lines


def _scenarios(plan: Plan) -> list[str]:
    scenarios = sorted(plan.analysis.scenarios, key=lambda s: (-s.expected_minor.mid, s.id))
    lines = [f"{len(scenarios)} scenarios; the dearest, before -> after"]
    for scenario in scenarios[:_DEAREST]:
        after = round(remaining_minor(scenario, plan.selection.shares))
        before = _units(plan, scenario.expected_minor.mid)
        lines.append(f"  {scenario.threat}: {before} -> {_units(plan, after)}")
    return lines


def _controls(plan: Plan) -> list[str]:
    chosen = plan.policy.controls
    lines = [f"{len(chosen)} countermeasures chosen of {len(plan.problem.candidates)} candidates"]
    return lines + [f"  {control.id}" for control in chosen]


def _requirements(plan: Plan) -> list[str]:
    counts = {"requirement": 0, "recommendation": 0}
    for one in plan.policy.requirements:
        counts[one.nature] += 1
    unanswered = [one.id for one in plan.policy.requirements if not one.controls]
    lines = [f"{counts['requirement']} requirements, {counts['recommendation']} recommendations"]
    return [*lines, "  without a countermeasure: " + (", ".join(unanswered) or "none")]


def _operations(plan: Plan) -> list[str]:
    lines = ["operations that are open, with their facts"]
    for rule in plan.policy.operations.values():
        if rule.roles:
            lines.append(f"  {rule.operation}: {', '.join(rule.facts)}")
    if plan.policy.not_run:
        lines.append(f"  planned, not run: {', '.join(plan.policy.not_run)}")
    return lines + [f"  {name} = {n}" for name, n in plan.policy.parameters.items()]


def main(words: Iterable[str]) -> int:
    write = list(words) == ["write"]
    FOLDER.mkdir(exist_ok=True)
    stale = []
    for file in EXAMPLES:
        told, path = tell_plan(plan_service(load_service(file))), golden_of(file)
        if not path.exists() or path.read_text(encoding="utf-8") != told:
            stale.append(path.name)
            if write:
                path.write_text(told, encoding="utf-8")
    print(f"{'written' if write else 'out of step'}: {', '.join(stale) or 'none'}")
    return int(bool(stale) and not write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
