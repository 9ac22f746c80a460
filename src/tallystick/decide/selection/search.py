"""The search behind the choice: programmes solved to optimum, with rows added as they are needed.

Two things are no rows from the start: the worst years (see portfolio) and the expected loss where
it is not linear (see formulation). The programme is solved without; what the optimum breaks becomes
a row that cuts off nothing allowed, and it is solved again. An optimum that breaks nothing is the
optimum of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.solver import Optimum, solve
from tallystick.ground.errors import Defect

LOSS_EXACT = 1e-3
"""Expected losses that differ by less than a billionth of the whole are the same."""
_LEARNT_MAX = 60
_SHARPENED_MAX = 400
_HALVINGS = 8
BLOCK = 20
"""Ids are settled so many at a time, weighed by powers of two."""


@dataclass(eq=False)
class Unsettled(Exception):
    """The worst years were not settled exactly; `bound` is the burden proved so far."""

    bound: int


class Search:
    """One problem, solved stage after stage."""

    def __init__(self, problem: Problem, worst: WorstYears) -> None:
        self.problem, self.worst = problem, worst
        self.solves = 0
        self.form = self.formulated()

    def formulated(self) -> Formulation:
        """The promises as a programme, with what is known of the worst years."""
        form = Formulation(self.problem)
        for outside in self.worst.learnt if self.problem.portfolio else ():
            form.demand_one_of(outside)
        return form

    def keeps(self, chosen: frozenset[str]) -> bool:
        """Whether a choice keeps the portfolio appetite, when that is promised."""
        return not self.problem.portfolio or self.worst.within(self.worst.after(chosen))

    def lightest(self) -> frozenset[str] | None:
        """The least burdensome choice that keeps every promise; None when there is none.

        Refuses:  Unsettled when too many rows would be needed for the worst years.
        """
        form = self.form
        form.programme.minimise(form.burden())
        bound = 0
        for _ in range(_LEARNT_MAX):
            optimum = self._solve(form)
            if optimum is None:
                return None
            chosen = form.taken(optimum)
            bound = self.problem.burden(chosen)
            if self.keeps(chosen):
                return chosen
            form.demand_one_of(self.worst.learn(chosen))
        raise Unsettled(bound)

    def settle(
        self, lightest: frozenset[str], *, budget: float | None = None
    ) -> tuple[frozenset[str], int]:
        """Among choices of the same burden: least expected loss, then fewest, then first ids."""
        form = self.form
        burden = self.problem.burden(lightest) - form.burden_sure
        form.programme.at_most(form.burden(), burden + 0.5)
        if budget is None and self._is_only(form, lightest):
            return lightest, 0
        if budget is not None:
            form.programme.at_most(form.loss(), budget - form.loss_sure)
        mildest = self.mildest(form)
        if mildest is None:
            return lightest, 0
        most = form.loss_of(mildest) + LOSS_EXACT
        form.programme.at_most(form.loss(), most - form.loss_sure)
        if self._is_only(form, mildest, most):
            return mildest, 0
        return self._first(form, most), 1

    def mildest(self, form: Formulation) -> frozenset[str] | None:
        """The accepted choice of least expected loss; None when there is none."""
        form.programme.minimise(form.loss())
        for _ in range(_SHARPENED_MAX):
            optimum = self._solve(form)
            if optimum is None:
                return None
            chosen = form.taken(optimum)
            if form.loss_of(chosen) > optimum.objective + form.loss_sure + LOSS_EXACT:
                form.sharpen(chosen)
            elif self.keeps(chosen):
                return chosen
            else:
                form.demand_one_of(self.worst.learn(chosen))
        raise Defect("the expected loss of the selection did not settle")

    def within(self, form: Formulation, most: float | None) -> frozenset[str] | None:
        """The optimum of the objective among choices whose expected loss is at most this."""
        for _ in range(_SHARPENED_MAX):
            optimum = self._solve(form)
            if optimum is None:
                return None
            chosen = form.taken(optimum)
            if most is None or form.loss_of(chosen) <= most + LOSS_EXACT:
                return chosen
            form.sharpen(chosen)
        raise Defect("the expected loss of the selection did not settle")

    def accepted(self, form: Formulation, most: float | None = None) -> frozenset[str] | None:
        """The optimum of the objective that keeps the worst years too, and such a loss."""
        for _ in range(_SHARPENED_MAX):
            chosen = self.within(form, most)
            if chosen is None or self.keeps(chosen):
                return chosen
            form.demand_one_of(self.worst.learn(chosen))
        raise Defect("the worst years of the selection did not settle")

    def _is_only(
        self, form: Formulation, chosen: frozenset[str], most: float | None = None
    ) -> bool:
        """Whether nothing else is allowed by the rows as they stand."""
        form.programme.minimise({})
        row = form.forbid(chosen)
        other = self.accepted(form, most)
        form.programme.lift(row)
        return other is None

    def _first(self, form: Formulation, most: float) -> frozenset[str]:
        """The fewest, then the first ids: settled in blocks, each by one optimum."""
        columns = list(form.chosen.values())
        form.programme.minimise(dict.fromkeys(columns, 1.0))
        chosen = self._demand(form, most)
        count = sum(name in chosen for name in form.chosen)
        form.programme.at_most(dict.fromkeys(columns, 1.0), count)
        names = list(form.chosen)
        for start in range(0, len(names), BLOCK):
            block = names[start : start + BLOCK]
            form.programme.minimise(
                {form.chosen[name]: -(2.0 ** (len(block) - n)) for n, name in enumerate(block, 1)}
            )
            chosen = self._demand(form, most)
            for name in block:
                form.programme.settle(form.chosen[name], float(name in chosen))
        return chosen

    def _demand(self, form: Formulation, most: float) -> frozenset[str]:
        chosen = self.accepted(form, most)
        if chosen is None:
            raise Defect("a choice existed and is gone")
        return chosen

    def _solve(self, form: Formulation) -> Optimum | None:
        if form.impossible:
            return None
        self.solves += 1
        return solve(form.programme)


def within_loss_budget(search: Search) -> tuple[frozenset[str] | None, float]:
    """The lightest choice within a budget for the expected loss that keeps the worst years.

    The way out when the worst years cannot be settled exactly: the budget is narrowed by halving
    between the safest choice and the one that is refused.
    """
    form = search.formulated()
    safest = search.mildest(form)
    if safest is None:
        return None, 0.0
    form = search.formulated()
    form.programme.minimise(form.burden())
    refused = search.within(form, None)
    if refused is None:
        raise Defect("a choice existed and is gone")
    low, high = form.loss_of(safest), form.loss_of(refused)
    best: tuple[frozenset[str], float] = (safest, low + 2 * LOSS_EXACT)
    row = form.programme.at_most(form.loss(), high - form.loss_sure)
    for _ in range(_HALVINGS):
        budget = (low * high) ** 0.5
        form.programme.move(row, budget - form.loss_sure)
        chosen = search.within(form, budget)
        if chosen is not None and search.keeps(chosen):
            low, best = budget, (chosen, budget)
        else:
            high = budget
    return best
