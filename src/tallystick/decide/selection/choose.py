"""The choice: least burden, then least expected loss, then fewest and first ids; each proven."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection.conflicts import explain_conflict
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.search import Search, Unsettled, within_loss_budget
from tallystick.ground.errors import Defect

EXACT = "exact"
WITHIN_BUDGET = "within loss budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The countermeasures chosen and the record of the choice.

    `burden` is in thousandths of a person-day a year; `bound` is what was proved: no choice that
    keeps every promise is lighter. They are equal when the `proof` is exact. When the worst years
    could not be settled exactly, the choice is the lightest whose expected loss is within `budget`
    millionths of that before countermeasures, and `bound` is lower. `ties`: 1 when another choice
    had the same burden and loss, and the ids decided.
    """

    chosen: tuple[str, ...]
    burden: int
    bound: int
    shares: dict[str, float]
    after: AnnualLoss
    budget: int | None
    solves: int
    ties: int

    @property
    def proof(self) -> str:
        return EXACT if self.budget is None else WITHIN_BUDGET


def select_controls(problem: Problem, worst: WorstYears | None = None) -> Selection:
    """Choose. Refuses: Misconfigured when no choice keeps every promise, with those that clash.

    Takes:    optionally what was learnt of the worst years for the same candidates.
    """
    search = Search(problem, worst or WorstYears(problem))
    budget: float | None = None
    try:
        lightest = search.lightest()
    except Unsettled as unsettled:
        lightest, budget = within_loss_budget(search)
        bound = unsettled.bound
    else:
        bound = 0 if lightest is None else problem.burden(lightest)
    if lightest is None:
        raise explain_conflict(problem, search.worst)
    chosen, ties = search.settle(lightest, budget=budget)
    _check_promises(problem, chosen)
    if not search.keeps(chosen):
        raise Defect("the settled choice does not keep the portfolio appetite")
    return Selection(
        chosen=tuple(sorted(chosen)),
        burden=problem.burden(chosen),
        bound=bound,
        shares=remaining_shares(problem.analysis.scenarios, problem.controls(chosen)),
        after=search.worst.after(chosen),
        budget=None if budget is None else round(budget),
        solves=search.solves,
        ties=ties,
    )


def _check_promises(problem: Problem, chosen: Collection[str]) -> None:
    """Re-check the solver's answer in whole numbers; it is trusted for optimality only."""
    for name, controls in problem.mandatory.items():
        if not any(control in chosen for control in controls):
            raise Defect(f"the selection leaves {name} unmet")
    for name, need in problem.needs.items():
        if problem.cover(name, chosen) < need:
            raise Defect(f"the selection does not hold {name} down")
    for name in chosen:
        control = problem.candidates[name].control
        if any(other not in chosen for other in control.requires):
            raise Defect(f"{name} was chosen without what it requires")
        if not problem.barred.get(name, frozenset()).isdisjoint(chosen):
            raise Defect(f"{name} was chosen with what it excludes")
