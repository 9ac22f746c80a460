"""When no choice keeps every promise: which promises clash, and the best that can be reached."""

from __future__ import annotations

import math
from collections.abc import Collection

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import COVER_UNIT
from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.solver import solve
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount

_NAMED_MAX = 8


def explain_conflict(problem: Problem) -> Misconfigured:
    """The refusal that names what cannot be kept; nothing is relaxed silently."""
    unmet = [name for name, controls in problem.mandatory.items() if not controls]
    if unmet:
        return Misconfigured(
            f"no countermeasure for this service meets {_some(unmet)}",
            where=problem.service.id,
            allowed="a service to which the requirement's countermeasures apply",
        )
    reach = {name: _best_cover(problem, name) for name, need in problem.needs.items() if need}
    beyond = [name for name, cover in reach.items() if cover is None or cover < problem.needs[name]]
    if beyond:
        return _out_of_reach(problem, {name: reach[name] or 0 for name in beyond})
    return _clash(problem)


def explain_portfolio(problem: Problem, best: AnnualLoss) -> Misconfigured:
    """The refusal when even the safest choice loses too much in the worst years."""
    appetite = problem.service.appetite
    return Misconfigured(
        f"the safest choice still loses {_money(problem, best.var_95_minor)} in the worst year of "
        f"20 and {_money(problem, best.var_99_minor)} in the worst of 100; accepted are "
        f"{_money(problem, appetite.annual_95_minor)} and "
        f"{_money(problem, appetite.annual_99_minor)}",
        where="appetite",
        allowed="a higher appetite, lower limits, or a stronger catalogue",
    )


def _out_of_reach(problem: Problem, reach: dict[str, int]) -> Misconfigured:
    scenarios = sorted(
        (problem.scenarios[name] for name in reach),
        key=lambda scenario: (reach[scenario.id] - problem.needs[scenario.id], scenario.id),
    )
    told = [
        f"{scenario.threat} (best reachable "
        f"{_money(problem, _held(scenario.expected_minor.mid, reach[scenario.id]))} a year)"
        for scenario in scenarios
    ]
    accepted = _money(problem, problem.service.appetite.scenario_minor)
    return Misconfigured(
        f"no countermeasures bring these scenarios down to {accepted}: {_some(told)}",
        where="appetite.scenario_expected_loss",
        allowed="a higher appetite, lower limits, or a stronger catalogue",
    )


def _clash(problem: Problem) -> Misconfigured:
    """Each promise can be kept alone, not all together: leave out what the clash does not need."""
    held = [name for name, need in problem.needs.items() if need]
    kept = list(problem.mandatory)
    for name in sorted(kept):
        if _impossible(problem, held, [other for other in kept if other != name]):
            kept.remove(name)
    for name in sorted(held):
        if _impossible(problem, [other for other in held if other != name], kept):
            held.remove(name)
    names = kept + [problem.scenarios[name].threat for name in held]
    return Misconfigured(
        f"these cannot be kept together: {_some(names)}",
        where=problem.service.id,
        allowed="dropping or easing one of them",
    )


def _impossible(problem: Problem, held: Collection[str], kept: Collection[str]) -> bool:
    return solve(Formulation(problem, held=held, kept=kept).programme) is None


def _best_cover(problem: Problem, scenario: str) -> int | None:
    """The greatest cover of one scenario that the requirements leave possible."""
    form = Formulation(problem, held=())
    form.minimise({column: -cover for column, cover in form.counted(scenario).items()})
    optimum = solve(form.programme)
    return None if optimum is None else problem.cover(scenario, form.taken(optimum))


def _held(expected_minor: int, cover: int) -> int:
    return round(expected_minor * math.exp(-cover / COVER_UNIT))


def _money(problem: Problem, minor: int) -> str:
    return str(Amount(minor=minor, currency=problem.service.currency))


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED_MAX
    return ", ".join(names[:_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
