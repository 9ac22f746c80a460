"""The choice: least burden, then least expected loss, then fewest and first ids; each proven."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tallystick.analyse import AnnualLoss
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection.conflicts import explain_conflict, explain_portfolio
from tallystick.decide.selection.formulation import Formulation, count_of
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.solver import solve
from tallystick.ground.errors import Defect

_LOSS_EXACT = 1e-3
"""Expected losses that differ by less than a billionth of the whole are the same."""
_TIES_MAX = 32
_HALVINGS = 5
_CUTS_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The countermeasures chosen and the record of the choice.

    `burden` is the optimum in thousandths of a person-day a year and `bound` what the solver
    proved: no choice is lighter. `budget` is the expected loss, in millionths of that before
    countermeasures, that the portfolio appetite came to; None when it was kept without.
    """

    chosen: tuple[str, ...]
    burden: int
    bound: int
    shares: dict[str, float]
    after: AnnualLoss
    budget: int | None
    solves: int
    ties: int


def select_controls(problem: Problem) -> Selection:
    """Choose. Refuses: Misconfigured when no choice keeps every promise, with those that clash."""
    chooser = _Chooser(problem)
    chosen, budget = chooser.within_portfolio()
    burden = problem.burden(chosen)
    chosen, ties = chooser.settle(chosen, burden=burden, budget=budget)
    _check_promises(problem, chosen)
    shares = remaining_shares(problem.analysis.scenarios, problem.controls(chosen))
    after = problem.analysis.residual(shares)
    if not chooser.accepted(after):
        raise Defect("the settled choice does not keep the portfolio appetite")
    return Selection(
        chosen=tuple(sorted(chosen)),
        burden=burden,
        bound=burden,
        shares=shares,
        after=after,
        budget=None if budget is None else round(budget),
        solves=chooser.solves,
        ties=ties,
    )


class _Chooser:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.solves = 0

    def accepted(self, after: AnnualLoss) -> bool:
        appetite = self.problem.service.appetite
        return (
            after.var_95_minor <= appetite.annual_95_minor
            and after.var_99_minor <= appetite.annual_99_minor
        )

    def within_portfolio(self) -> tuple[frozenset[str], float | None]:
        """The lightest choice that keeps everything; the portfolio by a budget for expected loss.

        The worst year of 20 is no linear matter, so the budget is narrowed by halving between the
        lightest choice and the safest one until the worst years are within the appetite.
        """
        lightest = self._lightest()
        if lightest is None:
            raise explain_conflict(self.problem)
        if self.accepted(self._after(lightest)):
            return lightest, None
        safest = self._safest()
        if not self.accepted(self._after(safest)):
            raise explain_portfolio(self.problem, self._after(safest))
        return self._narrowed(lightest, safest)

    def _narrowed(
        self, lightest: frozenset[str], safest: frozenset[str]
    ) -> tuple[frozenset[str], float]:
        form = Formulation(self.problem)
        form.minimise(form.burden())
        low, high = form.loss_of(safest), form.loss_of(lightest)
        row = form.programme.at_most(form.loss(), high)
        best: tuple[frozenset[str], float] = (safest, low + 2 * _LOSS_EXACT)
        for _ in range(_HALVINGS):
            budget = (low * high) ** 0.5
            form.programme.move(row, budget)
            chosen = self._within(form, budget)
            if chosen is not None and self.accepted(self._after(chosen)):
                low, best = budget, (chosen, budget)
            else:
                high = budget
        return best

    def settle(
        self, chosen: frozenset[str], *, burden: int, budget: float | None
    ) -> tuple[frozenset[str], int]:
        """Among choices of the same burden: least expected loss, then fewest, then first ids."""
        form = self._bounded(burden=burden, budget=budget)
        milder = self._least_loss(form)
        if milder is None or not self.accepted(self._after(milder)):
            return chosen, 0
        chosen = milder
        least = form.loss_of(chosen) + _LOSS_EXACT
        form.programme.at_most(form.loss(), least)
        form.minimise(count_of(form.chosen.values()))
        found = [chosen]
        form.forbid(chosen)
        while len(found) < _TIES_MAX:
            other = self._solve(form)
            if other is None:
                break
            form.forbid(other)
            if form.loss_of(other) > least:
                form.sharpen(other)
            elif self.accepted(self._after(other)):
                found.append(other)
        return min(found, key=lambda names: (len(names), sorted(names))), len(found) - 1

    def _lightest(self) -> frozenset[str] | None:
        form = Formulation(self.problem)
        form.minimise(form.burden())
        return self._solve(form)

    def _within(self, form: Formulation, budget: float) -> frozenset[str] | None:
        """The lightest choice whose expected loss is within the budget."""
        for _ in range(_CUTS_MAX):
            chosen = self._solve(form)
            if chosen is None or form.loss_of(chosen) <= budget + _LOSS_EXACT:
                return chosen
            form.sharpen(chosen)
        raise Defect("the expected loss of the selection did not settle")

    def _safest(self) -> frozenset[str]:
        chosen = self._least_loss(Formulation(self.problem))
        if chosen is None:
            raise Defect("a choice existed and is gone")
        return chosen

    def _least_loss(self, form: Formulation) -> frozenset[str] | None:
        """The choice of least expected loss: tangents are added until the bound meets it."""
        form.minimise(form.loss())
        best: frozenset[str] | None = None
        for _ in range(_CUTS_MAX):
            optimum = solve(form.programme)
            self.solves += 1
            if optimum is None:
                return best
            chosen = form.taken(optimum)
            if best is None or form.loss_of(chosen) < form.loss_of(best):
                best = chosen
            if form.loss_of(best) <= optimum.objective + _LOSS_EXACT:
                return best
            form.sharpen(chosen)
        raise Defect("the expected loss of the selection did not settle")

    def _bounded(self, *, burden: int, budget: float | None) -> Formulation:
        form = Formulation(self.problem)
        form.programme.at_most(form.burden(), burden + 0.5)
        if budget is not None:
            form.programme.at_most(form.loss(), budget)
        return form

    def _solve(self, form: Formulation) -> frozenset[str] | None:
        optimum = solve(form.programme)
        self.solves += 1
        return None if optimum is None else form.taken(optimum)

    def _after(self, chosen: Collection[str]) -> AnnualLoss:
        analysis = self.problem.analysis
        return analysis.residual(
            remaining_shares(analysis.scenarios, self.problem.controls(chosen))
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
        if any(other in chosen for other in control.excludes):
            raise Defect(f"{name} was chosen with what it excludes")
