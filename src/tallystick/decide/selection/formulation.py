"""The selection as a mixed-integer programme.

One column for each candidate (chosen or not). A scenario counts, in each layer, one control only:
columns from 0 to 1 say which, at most 1 in a layer and none that is not chosen; at the optimum the
strongest. Covers then add up linearly, and the appetite of a scenario is one row.

The expected loss that remains is a sum of exponentials of covers: convex. It enters as tangents
that lie below it and are added where a solution needs them (outer approximation), so a bound on it
cuts off nothing that keeps the bound, and a minimum of it is proven.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from tallystick.decide.controls import COVER_MAX, COVER_UNIT
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.solver import Optimum, Programme
from tallystick.standard.model import Layer

LOSS_UNITS = 1_000_000
"""The expected loss before countermeasures is this many units; keeps coefficients small."""
_START = (0, 5_000, 10_000, 15_000, 20_000, 30_000, 40_000, 55_000, COVER_MAX)


class Formulation:
    """Columns and rows of one problem. `held`: the scenarios, `kept`: the requirements to keep."""

    def __init__(
        self,
        problem: Problem,
        *,
        held: Collection[str] | None = None,
        kept: Collection[str] | None = None,
    ) -> None:
        self.problem, self.programme = problem, Programme()
        self.chosen = {name: self.programme.column(whole=True) for name in problem.candidates}
        self._total = sum(s.expected_minor.mid for s in problem.scenarios.values()) or 1
        self._losses: dict[str, tuple[int, int]] = {}
        self._counted: dict[str, dict[int, float]] = {}
        self._links()
        for name, controls in problem.mandatory.items():
            if kept is None or name in kept:
                self.programme.at_least({self.chosen[control]: 1 for control in controls}, 1)
        for name, need in problem.needs.items():
            if need and (held is None or name in held):
                self.programme.at_least(self.counted(name), need)

    def _links(self) -> None:
        """Prerequisites and exclusions."""
        for name, candidate in self.problem.candidates.items():
            mine = self.chosen[name]
            for other in candidate.control.requires:
                self.programme.at_least({self.chosen[other]: 1, mine: -1}, 0)
            for other in candidate.control.excludes:
                if other in self.chosen and name < other:
                    self.programme.at_most({mine: 1, self.chosen[other]: 1}, 1)

    def counted(self, scenario: str) -> dict[int, float]:
        """The columns whose sum, weighted, is the cover of a scenario."""
        if scenario not in self._counted:
            terms: dict[int, float] = {}
            for layer in Layer:
                terms.update(self._counted_in(scenario, layer))
            self._counted[scenario] = terms
        return self._counted[scenario]

    def _counted_in(self, scenario: str, layer: Layer) -> dict[int, float]:
        covers = {
            name: cover
            for name, cover in self.problem.covers[scenario].items()
            if self.problem.candidates[name].control.layer is layer
        }
        if len(covers) <= 1:
            return {self.chosen[name]: cover for name, cover in covers.items()}
        counted = {name: self.programme.column() for name in covers}
        for name, column in counted.items():
            self.programme.at_least({self.chosen[name]: 1, column: -1}, 0)
        self.programme.at_most(dict.fromkeys(counted.values(), 1), 1)
        return {counted[name]: cover for name, cover in covers.items()}

    def burden(self) -> dict[int, float]:
        return {
            self.chosen[name]: candidate.burden
            for name, candidate in self.problem.candidates.items()
        }

    def loss(self) -> dict[int, float]:
        """The columns whose sum is the expected loss that remains, in units, from below."""
        if not self._losses:
            for name in self.problem.scenarios:
                if self.weight(name):
                    self._add_loss(name)
        return {loss: 1.0 for _, loss in self._losses.values()}

    def _add_loss(self, scenario: str) -> None:
        covered = self.programme.column(upper=COVER_MAX / COVER_UNIT)
        loss = self.programme.column(upper=self.weight(scenario))
        terms = {column: cover / COVER_UNIT for column, cover in self.counted(scenario).items()}
        self.programme.at_least({**terms, covered: -1}, 0)
        self._losses[scenario] = (covered, loss)
        for cover in _START:
            self._add_tangent(scenario, cover)

    def weight(self, scenario: str) -> float:
        """A scenario's expected loss before countermeasures, in units."""
        return self.problem.scenarios[scenario].expected_minor.mid / self._total * LOSS_UNITS

    def _add_tangent(self, scenario: str, cover: int) -> None:
        covered, loss = self._losses[scenario]
        at = cover / COVER_UNIT
        slope = self.weight(scenario) * math.exp(-at)
        self.programme.at_least({loss: 1, covered: slope}, slope * (1 + at))

    def sharpen(self, chosen: Collection[str]) -> None:
        """Make the expected loss of one solution exact by tangents at its covers."""
        for scenario in self._losses:
            self._add_tangent(scenario, min(self.problem.cover(scenario, chosen), COVER_MAX))

    def loss_of(self, chosen: Collection[str]) -> float:
        """The expected loss that remains, in units, exactly."""
        return math.fsum(
            self.weight(scenario)
            * math.exp(-min(self.problem.cover(scenario, chosen), COVER_MAX) / COVER_UNIT)
            for scenario in self.problem.scenarios
        )

    def forbid(self, chosen: Collection[str]) -> None:
        """Cut off exactly one solution."""
        terms = {column: -1.0 if name in chosen else 1.0 for name, column in self.chosen.items()}
        self.programme.at_least(terms, 1 - len(chosen))

    def minimise(self, terms: Mapping[int, float]) -> None:
        self.programme.objective = dict(terms)

    def taken(self, optimum: Optimum) -> frozenset[str]:
        return frozenset(name for name, column in self.chosen.items() if optimum.taken(column))


def count_of(columns: Iterable[int]) -> dict[int, float]:
    return dict.fromkeys(columns, 1.0)
