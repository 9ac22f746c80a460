"""What stands behind a selection: prices, what binds, what a budget buys, how firm it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from tallystick.decide.selection.choose import Selection
from tallystick.decide.selection.conflicts import PORTFOLIO
from tallystick.decide.selection.corners import Swing, chosen_at_corners, core_of, swings_of
from tallystick.decide.selection.frontier import (
    Alternative,
    FrontierPoint,
    best_alternative,
    efficient_frontier,
)
from tallystick.decide.selection.paths import violated_paths
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.proportion import Declined, declined_controls
from tallystick.decide.selection.search import Search

_WORK_MAX, _ROUNDS_MAX = 60, 4
"""Effort for the proof of one price; see search."""


class Chosen(Protocol):
    """What was chosen from, and the choice; a Plan is one."""

    @property
    def problem(self) -> Problem: ...
    @property
    def selection(self) -> Selection: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a requirement costs: the burden with it minus the burden without it.

    `instead`: the chosen countermeasures that would go. They may be none that answers it, when the
    lighter choice is another one altogether. Where the worst years bind and take too much work to
    be settled, it is the saving that was found, and may be less than the whole.
    """

    requirement: str
    title: str
    burden_millidays: int
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A selection, studied.

    `prices`: one for each requirement that must be met, the dearest first.
    `binding`: chosen countermeasure -> what would break without it, everything else kept: ids of
    requirements, of threats, of countermeasures that need it, "portfolio", and "path:" with the id
    of an attack path. Empty for one that is there for a smaller loss at no burden.
    `core`: chosen at low, middle and high effects alike; `swing`: chosen at some of them.
    """

    prices: tuple[Price, ...]
    binding: Mapping[str, tuple[str, ...]]
    frontier: tuple[FrontierPoint, ...]
    core: tuple[str, ...]
    swing: tuple[Swing, ...]
    declined: tuple[Declined, ...]

    def plain(self) -> dict[str, Any]:
        """Whole numbers, strings, lists and tables only."""
        return {
            "prices": [_plain(one) for one in self.prices],
            "binding": {name: list(broken) for name, broken in self.binding.items()},
            "frontier": [_plain(one) for one in self.frontier],
            "core": list(self.core),
            "swing": [_plain(one) for one in self.swing],
            "declined": [_plain(one) for one in self.declined],
        }


def _plain(one: Price | FrontierPoint | Swing | Declined) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(one).items()
    }


def study_selection(plan: Chosen) -> Study:
    """Study the selection of a plan. Pure; the same plan gives the same study."""
    problem, selection = plan.problem, plan.selection
    worst = WorstYears(problem)
    worst.learnt += selection.learnt
    corners = chosen_at_corners(problem, selection.chosen)
    return Study(
        prices=requirement_prices(problem, selection, worst),
        binding=what_binds(problem, selection.chosen, worst),
        frontier=efficient_frontier(problem, worst),
        core=core_of(corners),
        swing=swings_of(corners),
        declined=declined_controls(problem, selection),
    )


def best_within(plan: Chosen, burden_millidays: int) -> Alternative:
    """What would be chosen within a budget: as few broken promises as possible, then the least
    expected loss. Refuses: Misconfigured for a negative budget."""
    return best_alternative(plan.problem, WorstYears(plan.problem), burden_millidays)


def what_binds(
    problem: Problem,
    chosen: Collection[str],
    worst: WorstYears | None = None,
    names: Collection[str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """For each chosen countermeasure, or these of them, what would break without it; see Study."""
    worst = worst or WorstYears(problem)
    asked = sorted(chosen if names is None else names)
    return {name: _broken_without(problem, chosen, worst, name) for name in asked}


def _broken_without(
    problem: Problem, chosen: Collection[str], worst: WorstYears, name: str
) -> tuple[str, ...]:
    rest = frozenset(chosen) - {name}
    requirements = [
        requirement
        for requirement, options in problem.mandatory.items()
        if name in options and rest.isdisjoint(options)
    ]
    threats = [
        problem.scenarios[scenario].threat
        for scenario, need in problem.needs.items()
        if need and name in problem.covers[scenario] and problem.cover(scenario, rest) < need
    ]
    carried = [one for one in rest if name in problem.candidates[one].control.requires]
    portfolio = [] if worst.within(worst.after(rest)) else [PORTFOLIO]
    paths = [row.name for row in violated_paths(problem, rest)]
    return (*sorted(requirements), *sorted(threats), *sorted(carried), *portfolio, *paths)


def requirement_prices(
    problem: Problem, selection: Selection, worst: WorstYears
) -> tuple[Price, ...]:
    """The price of each requirement that must be met, the dearest first."""
    prices = [_price(problem, selection, worst, name) for name in problem.mandatory]
    return tuple(sorted(prices, key=lambda price: (-price.burden_millidays, price.requirement)))


def _price(problem: Problem, selection: Selection, worst: WorstYears, name: str) -> Price:
    titles = {requirement.id: requirement.title for requirement in problem.requirements}
    follows = _follows(problem, name)
    saved, instead = (0, ()) if follows else _without(problem, selection, worst, name)
    return Price(
        requirement=name, title=titles.get(name, ""), burden_millidays=saved, instead=instead
    )


def _follows(problem: Problem, name: str) -> bool:
    """Whether another requirement, answered by no more controls, demands as much."""
    options = set(problem.mandatory[name])
    return any(
        options.issuperset(others) for other, others in problem.mandatory.items() if other != name
    )


def _without(
    problem: Problem, selection: Selection, worst: WorstYears, name: str
) -> tuple[int, tuple[str, ...]]:
    others = [other for other in problem.mandatory if other != name]
    eased = problem.keeping(
        requirements=others,
        scenarios=problem.needs,
        portfolio=problem.portfolio,
        paths=problem.paths,
    )
    known = len(worst.learnt)
    lightest = Search(eased, worst, work_max=_WORK_MAX, rounds_max=_ROUNDS_MAX).lightest()
    del worst.learnt[known:]
    if lightest is None:
        return 0, ()
    saved = selection.burden - problem.burden(lightest.chosen)
    if saved <= 0:
        return 0, ()
    return saved, tuple(sorted(set(selection.chosen) - lightest.chosen))
