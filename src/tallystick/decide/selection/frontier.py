"""What a budget buys: the least expected loss for each burden, and what breaks when it is small."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from tallystick.decide.controls import expected_after, remaining_shares
from tallystick.decide.selection.conflicts import (
    PATHS,
    PORTFOLIO,
    keeping,
    kept_by,
    promises_of,
    soften,
)
from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.search import Search
from tallystick.ground.errors import Misconfigured

POINTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierPoint:
    """The least expected loss for a burden, requirements met. `kept`: the appetites are too."""

    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    controls: int
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What would be chosen for another budget. `unmet`: requirements, threats and "portfolio"."""

    chosen: tuple[str, ...]
    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    unmet: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Whole numbers, strings and lists only."""
        return {
            "chosen": list(self.chosen),
            "burden_millidays": self.burden_millidays,
            "expected_after_minor": self.expected_after_minor,
            "var_95_after_minor": self.var_95_after_minor,
            "unmet": list(self.unmet),
        }


def efficient_frontier(
    problem: Problem, worst: WorstYears, points: int = POINTS
) -> tuple[FrontierPoint, ...]:
    """From the lightest choice that meets the requirements to the one of least expected loss.

    Budgets are spread evenly between. Points that no larger budget improves are left out.
    """
    demanded = problem.keeping(requirements=problem.mandatory, scenarios=(), portfolio=False)
    search = Search(demanded, worst)
    lightest, mildest = search.lightest(), search.mildest(search.form)
    if lightest is None or mildest is None:
        return ()
    low, high = problem.burden(lightest.chosen), problem.burden(mildest)
    budgets = [low + (high - low) * n // max(points - 1, 1) for n in range(points)]
    found: list[FrontierPoint] = []
    for chosen in _mildest_within(search, budgets):
        point = _point(problem, worst, chosen)
        if not found or point.expected_after_minor < found[-1].expected_after_minor:
            found.append(point)
    return tuple(found)


def best_alternative(problem: Problem, worst: WorstYears, burden_millidays: int) -> Alternative:
    """Within a budget: as few broken promises as possible, then the least expected loss.

    Refuses:  Misconfigured for a negative budget.
    """
    if burden_millidays < 0:
        raise Misconfigured("a budget is not negative", where="budget", allowed="0 or more days")
    search = Search(problem, worst)
    lightest = search.lightest()
    if lightest is not None and problem.burden(lightest.chosen) <= burden_millidays:
        row = search.form.programme.at_most(
            search.form.burden(), burden_millidays - search.form.burden_sure + 0.5
        )
        chosen = search.mildest(search.form) or lightest.chosen
        search.form.programme.lift(row)
        return _alternative(problem, worst, chosen)
    return _alternative(problem, worst, _least_broken(problem, worst, burden_millidays))


def _mildest_within(search: Search, budgets: Iterable[int]) -> Iterable[frozenset[str]]:
    form = search.form
    row = form.programme.at_most(form.burden(), 0)
    for budget in budgets:
        form.programme.move(row, budget - form.burden_sure + 0.5)
        chosen = search.mildest(form)
        if chosen is not None:
            yield chosen


def _least_broken(problem: Problem, worst: WorstYears, budget: int) -> frozenset[str]:
    search = Search(keeping(problem, ()), worst)
    form = search.form
    form.programme.at_most(form.burden(), budget + 0.5)
    broken = dict.fromkeys(soften(form, problem, ()), 1.0)
    form.programme.minimise(broken)
    fewest = search.within(form)
    if fewest is None:
        return frozenset()
    count = _broken(form, problem, worst, fewest)
    form.programme.at_most(broken, count + 0.5)
    return search.mildest(form) or fewest


def _broken(form: Formulation, problem: Problem, worst: WorstYears, chosen: Collection[str]) -> int:
    """How many promises that the programme knows a choice breaks."""
    linear = set(promises_of(problem)) - {PORTFOLIO, PATHS}
    return len(linear - kept_by(problem, worst, chosen))


def _alternative(problem: Problem, worst: WorstYears, chosen: frozenset[str]) -> Alternative:
    broken = [n for n in promises_of(problem) if n not in kept_by(problem, worst, chosen)]
    return Alternative(
        chosen=tuple(sorted(chosen)),
        burden_millidays=problem.burden(chosen),
        expected_after_minor=_expected(problem, chosen),
        var_95_after_minor=worst.after(chosen).var_95_minor,
        unmet=tuple(problem.scenarios[n].threat if n in problem.scenarios else n for n in broken),
    )


def _point(problem: Problem, worst: WorstYears, chosen: frozenset[str]) -> FrontierPoint:
    return FrontierPoint(
        burden_millidays=problem.burden(chosen),
        expected_after_minor=_expected(problem, chosen),
        var_95_after_minor=worst.after(chosen).var_95_minor,
        controls=len(chosen),
        kept=kept_by(problem, worst, chosen).issuperset(promises_of(problem)),
    )


def _expected(problem: Problem, chosen: Collection[str]) -> int:
    scenarios = problem.analysis.scenarios
    return round(expected_after(scenarios, remaining_shares(scenarios, problem.controls(chosen))))
