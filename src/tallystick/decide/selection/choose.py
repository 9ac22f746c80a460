"""The choice: least burden, then least expected loss, then fewest and first ids; each proven."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection.conflicts import explain_conflict
from tallystick.decide.selection.paths import PathCut, violated_paths
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.search import Search
from tallystick.ground.errors import Defect

EXACT, EXACT_BURDEN, BOUNDED = "exact", "exact burden", "bounded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The countermeasures chosen and the record of the choice.

    `burden` is in thousandths of a person-day a year; `bound` is what was proved: no choice that
    keeps every promise is lighter. They are equal when the `proof` is exact. When the worst years
    take too much work to be settled, the bound is lower ("bounded"), or choices of the same burden
    were not all compared ("exact burden"). `ties`: 1 when another choice had the same burden and
    loss, and the ids decided. `learnt`: sets of countermeasures of which every choice that keeps
    the worst years has one at least. `cuts`: the same for attack paths.
    """

    chosen: tuple[str, ...]
    burden: int
    bound: int
    shares: dict[str, float]
    after: AnnualLoss
    solves: int
    ties: int
    proof: str
    learnt: tuple[frozenset[str], ...] = ()
    cuts: tuple[PathCut, ...] = ()


def select_controls(problem: Problem, worst: WorstYears | None = None) -> Selection:
    """Choose the lightest countermeasures that keep every promise.

    Takes:    optionally what was learnt of the worst years for the same candidates.
    Refuses:  Clash when no choice keeps every promise, with those that clash; Unsettled when the
              work that is allowed shows neither a choice nor that there is none.
    """
    search = Search(problem, worst or WorstYears(problem))
    lightest = search.lightest()
    if lightest is None:
        raise explain_conflict(problem, search.worst, proven=not search.exhausted)
    chosen, ties = lightest.chosen, 0
    exact = lightest.bound == problem.burden(chosen)
    if exact:
        chosen, ties = search.settle(chosen)
    _check_promises(problem, chosen)
    if not search.keeps(chosen):
        raise Defect("the settled choice does not keep the portfolio appetite")
    return Selection(
        chosen=tuple(sorted(chosen)),
        burden=problem.burden(chosen),
        bound=lightest.bound,
        shares=remaining_shares(problem.analysis.scenarios, problem.controls(chosen)),
        after=search.worst.after(chosen),
        solves=search.solves,
        ties=ties,
        learnt=tuple(search.worst.learnt),
        cuts=tuple(search.cuts),
        proof=(EXACT_BURDEN if search.exhausted else EXACT) if exact else BOUNDED,
    )


def _check_promises(problem: Problem, chosen: Collection[str]) -> None:
    """Re-check the solver's answer in whole numbers; it is trusted for optimality only."""
    for name, controls in problem.mandatory.items():
        if not any(control in chosen for control in controls):
            raise Defect(f"the selection leaves {name} unmet")
    for name, need in problem.needs.items():
        if problem.cover(name, chosen) < need:
            raise Defect(f"the selection does not hold {name} down")
    for row in violated_paths(problem, chosen):
        raise Defect(f"the selection does not cut {row.name}")
    for name in chosen:
        control = problem.candidates[name].control
        if any(other not in chosen for other in control.requires):
            raise Defect(f"{name} was chosen without what it requires")
        if not problem.barred.get(name, frozenset()).isdisjoint(chosen):
            raise Defect(f"{name} was chosen with what it excludes")
