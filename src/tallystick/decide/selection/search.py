"""The search behind the choice: programmes solved to optimum, with rows added as they are needed.

Two things are no rows from the start: the worst years (see portfolio) and the expected loss where
it is not linear (see formulation). The programme is solved without; what the optimum breaks becomes
a row that cuts off nothing allowed, and it is solved again. An optimum that breaks nothing is the
optimum of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.paths import PathCut, cut_of, violated_paths
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.solver import INFINITE, Optimum, relax, solve
from tallystick.ground.errors import Defect

LOSS_EXACT = 1e-3
"""Expected losses that differ by less than a billionth of the whole are the same."""
ROUNDS_MAX = 12
"""So often the worst years are tried before a guess is made, and so often guessed."""
_LEARNT_MAX = 60
"""Rows about the worst years that one stage may need; a year that takes more is given up."""
_NARROW_EACH = 8
WORK_MAX = 600
"""Steps of the simplex method after which the search for something lighter is given up."""
_HAIR = 0.01
_EQUALS_MAX = 4
"""So many choices of the same burden are compared one by one; more are left to the programme."""
_SHARPENED_MAX = 400
BLOCK = 20
"""Ids are settled so many at a time, weighed by powers of two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lightest:
    """A choice that keeps every promise, and the burden below which there is provably none."""

    chosen: frozenset[str]
    bound: int


class Search:
    """One problem, solved stage after stage."""

    def __init__(
        self,
        problem: Problem,
        worst: WorstYears,
        *,
        work_max: int = WORK_MAX,
        rounds_max: int = ROUNDS_MAX,
    ) -> None:
        self.problem, self.worst = problem, worst
        self.work_max, self.rounds_max = work_max, rounds_max
        self.solves = self.work = 0
        self.exhausted = False
        self.cuts: list[PathCut] = []
        self.form = self.formulated()

    def formulated(self, *, sure: Collection[str] = (), never: Collection[str] = ()) -> Formulation:
        """The promises as a programme, with what is known of the worst years."""
        form = Formulation(self.problem, sure=sure, never=never)
        for outside in self.worst.learnt if self.problem.portfolio else ():
            form.demand_one_of(outside)
        for cut in self.cuts:
            form.demand_one_of(cut.outside)
        form.programme.minimise(form.burden())
        return form

    def keeps(self, chosen: frozenset[str]) -> bool:
        """Whether a choice keeps the portfolio appetite, when that is promised."""
        return not self.problem.portfolio or self.worst.within(self.worst.after(chosen))

    def lightest(self) -> Lightest | None:
        """The least burdensome choice that keeps every promise.

        None when there is none, or none was found with the work that is allowed: see `exhausted`.

        Mostly a few rows about the worst years are enough. If not, a good choice is found with a
        guess of what helps them, and whatever may be lighter is searched through; when that takes
        too much work, the bound stays below.
        """
        for _ in range(self.rounds_max):
            optimum = self._solve(self.form)
            if optimum is None:
                return None
            chosen = self.form.taken(optimum)
            bound = self.problem.burden(chosen)
            if self.keeps(chosen):
                return Lightest(chosen=chosen, bound=bound)
            self.form.demand_one_of(self.worst.learn(chosen))
        found = self._approach()
        return None if found is None else self._prove(found, bound)

    def _approach(self) -> frozenset[str] | None:
        """A choice that keeps the worst years, light if the guess is good; None like `lightest`.

        What the worst years would be near the last choice is guessed, as rows; the next choice is
        the lightest that they allow. From one that is accepted on, the next must be lighter.
        """
        form = self.formulated()
        best: frozenset[str] | None = None
        limit = form.programme.at_most(form.burden(), INFINITE)
        guessed: list[int] = []
        for _ in range(self.rounds_max):
            chosen = self.within(form)
            if chosen is None:
                break
            if self.keeps(chosen):
                best = chosen
                form.programme.move(limit, self.problem.burden(best) - form.burden_sure - 0.5)
                for row in guessed:
                    form.programme.lift(row)
            else:
                form.demand_one_of(self.worst.learn(chosen))
            guessed += self._guess(form, chosen)
        return best or self.mildest(self.formulated())

    def _guess(self, form: Formulation, chosen: frozenset[str]) -> list[int]:
        rows = []
        for eases, missing in self.worst.near(chosen, form.chosen):
            free = {
                form.chosen[name]: share for name, share in eases.items() if name in form.chosen
            }
            kept = math.fsum(
                share for name, share in eases.items() if name in form.chosen.keys() & chosen
            )
            rows.append(form.programme.at_least(free, missing + kept))
        return rows

    def _prove(self, found: frozenset[str], bound: int) -> Lightest:
        """Search through what is lighter than a choice until there is nothing left."""
        limit = self.problem.burden(found) - 1
        for round_ in range(_LEARNT_MAX):
            if round_ % _NARROW_EACH == 0:
                self.narrow(limit)
                row = self.form.programme.at_most(
                    self.form.burden(), limit - self.form.burden_sure + 0.5
                )
            chosen = self.within(self.form)
            if chosen is None:
                self.form.programme.lift(row)
                return Lightest(chosen=found, bound=self.problem.burden(found))
            bound = self.problem.burden(chosen)
            if self.keeps(chosen):
                return Lightest(chosen=chosen, bound=bound)
            if self.work > self.work_max:
                break
            self.form.demand_one_of(self.worst.learn(chosen))
        self.form.programme.lift(row)
        return Lightest(chosen=found, bound=bound)

    def narrow(self, limit: int) -> None:
        """Settle each candidate that no choice within this burden can have, or be without.

        The relaxed programme bounds the burden from below; a candidate that would move the bound
        beyond the limit is settled.
        """
        form = self.formulated()
        relaxed = None if form.impossible else relax(form.programme)
        if relaxed is not None:
            spare = limit - form.burden_sure - relaxed.objective + _HAIR
            costs = {name: relaxed.costs[column] for name, column in form.chosen.items()}
            form = self.formulated(
                sure=[name for name, cost in costs.items() if -cost > spare],
                never=[name for name, cost in costs.items() if cost > spare],
            )
        self.form = form

    def settle(self, lightest: frozenset[str]) -> tuple[frozenset[str], int]:
        """Among choices of the same burden: least expected loss, then fewest, then first ids."""
        burden = self.problem.burden(lightest)
        self.narrow(burden)
        form = self.form
        form.programme.at_most(form.burden(), burden - form.burden_sure + 0.5)
        if (equals := self._equals(form, lightest)) is not None:
            return _least(form, equals)
        mildest = self.mildest(form)
        if mildest is None:
            return lightest, 0
        most = form.loss_of(mildest) + LOSS_EXACT
        form.programme.at_most(form.loss(), most - form.loss_sure)
        if self._is_only(form, mildest, most):
            return mildest, 0
        return self._first(form, most, mildest), 1

    def mildest(self, form: Formulation) -> frozenset[str] | None:
        """The accepted choice of least expected loss; None like `accepted`."""
        form.programme.minimise(form.loss())
        learnt = 0
        for _ in range(_SHARPENED_MAX):
            optimum = self._solve(form)
            if optimum is None:
                return None
            chosen = form.taken(optimum)
            if form.loss_of(chosen) > optimum.objective + form.loss_sure + LOSS_EXACT:
                form.sharpen(chosen)
            elif self.keeps(chosen):
                return chosen
            elif learnt == _LEARNT_MAX:
                self.exhausted = True
                return None
            else:
                learnt += 1
                form.demand_one_of(self.worst.learn(chosen))
        raise Defect("the expected loss of the selection did not settle")

    def within(self, form: Formulation, most: float | None = None) -> frozenset[str] | None:
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
        """The optimum of the objective that keeps the worst years too, and such a loss.

        None when there is none, or none was found with the work that is allowed: see `exhausted`.
        """
        for _ in range(_LEARNT_MAX):
            chosen = self.within(form, most)
            if chosen is None or self.keeps(chosen):
                return chosen
            form.demand_one_of(self.worst.learn(chosen))
        self.exhausted = True
        return None

    def _equals(self, form: Formulation, chosen: frozenset[str]) -> list[frozenset[str]] | None:
        """All that the rows allow, when that is little; None when it is more."""
        form.programme.minimise(form.burden())
        found, rows = [chosen], [form.forbid(chosen)]
        while len(found) <= _EQUALS_MAX:
            other = self.accepted(form)
            if other is None:
                return found
            found.append(other)
            rows.append(form.forbid(other))
        for row in rows:
            form.programme.lift(row)
        return None

    def _is_only(
        self, form: Formulation, chosen: frozenset[str], most: float | None = None
    ) -> bool:
        """Whether nothing else is allowed by the rows as they stand."""
        form.programme.minimise({})
        row = form.forbid(chosen)
        other = self.accepted(form, most)
        form.programme.lift(row)
        return other is None

    def _first(self, form: Formulation, most: float, mildest: frozenset[str]) -> frozenset[str]:
        """The fewest, then the first ids: settled in blocks, each by one optimum."""
        columns = list(form.chosen.values())
        form.programme.minimise(dict.fromkeys(columns, 1.0))
        chosen = self.accepted(form, most) or mildest
        count = sum(name in chosen for name in form.chosen)
        form.programme.at_most(dict.fromkeys(columns, 1.0), count)
        names = list(form.chosen)
        for start in range(0, len(names), BLOCK):
            block = names[start : start + BLOCK]
            form.programme.minimise(
                {form.chosen[name]: -(2.0 ** (len(block) - n)) for n, name in enumerate(block, 1)}
            )
            chosen = self.accepted(form, most) or chosen
            for name in block:
                form.programme.settle(form.chosen[name], float(name in chosen))
        return chosen

    def _solve(self, form: Formulation) -> Optimum | None:
        """The optimum that cuts every attack path as well; see `paths`."""
        while not form.impossible:
            self.solves += 1
            optimum = solve(form.programme)
            self.work += optimum.work if optimum else 0
            if optimum is None or not self._learn_paths(form, form.taken(optimum)):
                return optimum
        return None

    def _learn_paths(self, form: Formulation, chosen: frozenset[str]) -> bool:
        """Demand what the paths that a choice breaks ask for; gives whether there are any."""
        rows = violated_paths(self.problem, chosen)
        for row in rows:
            self.cuts.append(cut_of(self.problem, row, chosen))
            form.demand_one_of(self.cuts[-1].outside)
        return bool(rows)


def _least(form: Formulation, choices: list[frozenset[str]]) -> tuple[frozenset[str], int]:
    """The least expected loss, the fewest, the first ids."""
    losses = [form.loss_of(names) for names in choices]
    mild = [n for n, lost in zip(choices, losses, strict=True) if lost <= min(losses) + LOSS_EXACT]
    return min(mild, key=lambda names: (len(names), sorted(names))), int(len(mild) > 1)
