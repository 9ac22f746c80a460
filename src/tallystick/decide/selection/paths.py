"""The promise about attack paths: none may cost more in a year than a scenario may.

A path is cut by what holds down any of its steps, so the covers of its scenarios add up:

    sum of the covers of its steps  >=  ln(expected loss of the path / appetite)

There are far too many paths for a row each. The programme is solved without them; the paths that
its optimum breaks are found by a search for the likeliest ones under it, and it is solved again
with what was learnt: the choice is made as large as it can be with the path still too costly, and
one control outside that set is needed. That holds for every choice that keeps the promise, so an
optimum that breaks none is the optimum of all.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tallystick.analyse.paths import AttackPath, Shares, before_controls, dearest_to, likeliest_to
from tallystick.decide.controls import COVER_UNIT, needed_cover
from tallystick.decide.selection.problem import Problem
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount

_ROWS_MAX = 3
"""So many broken paths to one goal become rows at a time."""
_HAIR = 1e-5
"""Figures of paths have six digits; what is closer to the appetite is counted, not guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRow:
    """A path as a promise: the scenarios of its steps, none twice, and the cover that they need
    together. `path` is as it was before any countermeasure."""

    path: AttackPath
    scenarios: tuple[str, ...]
    need: int

    @property
    def name(self) -> str:
        return f"path:{self.path.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCut:
    """A path that was broken, and controls of which every choice that keeps it has one at least."""

    row: PathRow
    outside: frozenset[str]


def cut_of(problem: Problem, row: PathRow, chosen: Collection[str]) -> PathCut:
    """What a choice that breaks a path teaches. The least helpful controls are added first."""
    wide = set(chosen)
    left = sorted(
        problem.candidates.keys() - wide, key=lambda name: (_most(problem, row, name), name)
    )
    for name in left:
        if path_cover(problem, row, wide | {name}) < row.need:
            wide.add(name)
    return PathCut(row=row, outside=frozenset(problem.candidates.keys() - wide))


def _most(problem: Problem, row: PathRow, name: str) -> int:
    """The most that one control can add to the cover of a path."""
    return sum(problem.covers[scenario].get(name, 0) for scenario in row.scenarios)


def violated_paths(problem: Problem, chosen: Collection[str]) -> list[PathRow]:
    """The costliest paths to each goal that a choice leaves above the appetite, sorted by id."""
    if not problem.paths:
        return []
    shares = _covered(problem, chosen)
    found = [
        row
        for goal in problem.analysis.graph.goals()
        for row in _broken(problem, chosen, goal.threat, shares)
    ]
    return sorted(found, key=lambda row: row.path.id)


def row_of(problem: Problem, path: AttackPath) -> PathRow:
    """The promise about one path, given as it was before any countermeasure."""
    by_threat = {scenario.threat: name for name, scenario in problem.scenarios.items()}
    scenarios = tuple(by_threat[threat] for threat in path.threats)
    appetite = _appetite(problem, scenarios[-1])
    need = needed_cover(expected_minor=path.expected_minor, appetite_minor=appetite)
    return PathRow(path=path, scenarios=scenarios, need=need)


def explain_paths(problem: Problem, rows: Collection[PathRow]) -> Misconfigured:
    """The refusal when everything else can be kept, and the paths cannot be cut as well."""
    told = "; ".join(path_told(problem, row) for row in rows)
    least = min(_appetite(problem, row.scenarios[-1]) for row in rows)
    accepted = Amount(minor=least, currency=problem.service.currency)
    return Misconfigured(
        f"what keeps the rest does not bring these attack paths down to {accepted}: {told}",
        where="appetite.scenario_expected_loss",
        allowed="a higher appetite, lower limits, or a stronger catalogue",
    )


def path_told(problem: Problem, row: PathRow) -> str:
    """The name of a promise about a path, and the path in words."""
    titles = {scenario.threat: scenario.title for scenario in problem.scenarios.values()}
    return f"{row.name}: {row.path.in_words(titles)}"


def path_cover(problem: Problem, row: PathRow, chosen: Collection[str]) -> int:
    """The cover of all steps of a path together."""
    return sum(problem.cover(scenario, chosen) for scenario in row.scenarios)


def paths_matter(problem: Problem) -> bool:
    """Whether any path costs more than the appetite before any countermeasure."""
    graph = problem.analysis.graph
    return any(
        dearest_to(graph, goal.threat) > _appetite(problem, goal.scenario) for goal in graph.goals()
    )


def _appetite(problem: Problem, scenario: str) -> int:
    """What the scenario at the end of a path may cost in a year; its events are the path's."""
    return problem.appetites[scenario]


def _covered(problem: Problem, chosen: Collection[str]) -> Shares:
    """Shares of events as the rows count them: by covers, which are whole numbers."""
    return {name: math.exp(-problem.cover(name, chosen) / COVER_UNIT) for name in problem.scenarios}


def _broken(
    problem: Problem, chosen: Collection[str], goal: str, shares: Shares
) -> Iterator[PathRow]:
    graph = problem.analysis.graph
    appetite = _appetite(problem, problem.analysis.scenario(goal).id)
    if dearest_to(graph, goal) <= appetite:
        return
    rows = 0
    least = appetite * (1 - _HAIR)
    for path in likeliest_to(graph, goal, shares, least_minor=least):
        if path.expected_minor < least or rows == _ROWS_MAX:
            return
        row = row_of(problem, before_controls(graph, path))
        if path_cover(problem, row, chosen) < row.need:
            rows += 1
            yield row
