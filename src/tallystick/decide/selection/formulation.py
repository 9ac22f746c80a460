"""The selection as a mixed-integer programme over the candidates that are truly open.

One column for each free candidate (chosen or not), and rows that say "one of these at least". In
each layer of a scenario only the strongest control counts: a layer is a ladder whose rungs are the
covers that some control reaches. Whenever the layers stop at covers that fall short of the appetite
together, one of the controls that would reach more is needed; these rows say exactly what the
appetite says, and leave the solver a covering problem, which it is good at.

The expected loss needs a column for a rung, which says whether any control that reaches it is
chosen. It is then linear for a scenario with one open layer. With more it is a convex function of
the cover, and enters as tangents that lie below it; they are placed at every cover that can occur
or, when those are many, added where a solution needs them (outer approximation). A bound on the
loss so cuts off nothing that keeps it, and a minimum is proven.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from tallystick.decide.controls import COVER_MAX, COVER_UNIT
from tallystick.decide.selection.problem import Problem
from tallystick.decide.selection.reduction import reduce_problem
from tallystick.decide.selection.solver import Optimum, Programme

LOSS_UNITS = 1_000_000
"""The expected loss before countermeasures is this many units; keeps coefficients small."""
_COVERS_MAX = 16
"""With more possible covers than this a scenario's tangents are added when needed."""
_SPREAD = 6


@dataclass(frozen=True, slots=True)
class Ladder:
    """One layer of a scenario: the cover that is sure, and rungs above it, lowest first.

    A rung is a cover and the free controls that reach it.
    """

    base: int
    rungs: tuple[tuple[int, frozenset[str]], ...]

    @property
    def top(self) -> int:
        return self.rungs[-1][0] if self.rungs else self.base

    def steps(self) -> Iterable[tuple[int, frozenset[str]]]:
        """What each rung adds, and who reaches it."""
        below = self.base
        for cover, names in self.rungs:
            yield cover - below, names
            below = cover

    def stops(self) -> list[tuple[int, frozenset[str]]]:
        """Each cover that the layer can come to, and who would reach more."""
        covers = [self.base, *(cover for cover, _ in self.rungs)]
        beyond = [*(names for _, names in self.rungs), frozenset[str]()]
        return list(zip(covers, beyond, strict=True))


class Formulation:
    """Columns and rows of one problem; the empty programme is impossible when `impossible`."""

    def __init__(
        self, problem: Problem, *, sure: Collection[str] = (), never: Collection[str] = ()
    ) -> None:
        self.problem, self.programme = problem, Programme()
        self.reduction = reduce_problem(problem, sure=sure, never=never)
        self.impossible = self.reduction.impossible
        self.chosen = {n: self.programme.column(whole=True) for n in self.reduction.free}
        self._any: dict[frozenset[str], int] = {}
        self._ladders: dict[str, tuple[Ladder, ...]] = {}
        self._total = sum(s.expected_minor.mid for s in problem.scenarios.values()) or 1
        self._losses: dict[str, int] = {}
        self._tangents: set[tuple[str, int]] = set()
        self._links()
        for controls in self.reduction.open_requirements.values():
            self.demand(controls)
        for name, need in problem.needs.items():
            if need:
                self._hold(name, need)

    def _links(self) -> None:
        """Prerequisites and exclusions among the free; the others are settled."""
        for name, mine in self.chosen.items():
            for other in self.problem.candidates[name].control.requires:
                if other in self.chosen:
                    self.programme.at_least({self.chosen[other]: 1, mine: -1}, 0)
            for other in sorted(self.problem.barred.get(name, ())):
                if other in self.chosen and name < other:
                    self.programme.at_most({mine: 1, self.chosen[other]: 1}, 1)

    def _hold(self, scenario: str, need: int) -> None:
        """The appetite of one scenario."""
        ladders = self.ladders(scenario)
        if need > COVER_MAX or sum(ladder.top for ladder in ladders) < need:
            self.impossible = True
            return
        for names in demands(ladders, need):
            self.demand(names)

    def demand(self, names: Collection[str], *, unless: int | None = None) -> int:
        """One of these at least, unless a column says that this is given up."""
        terms = {self.chosen[name]: 1.0 for name in sorted(names)}
        return self.programme.at_least(terms if unless is None else {**terms, unless: 1.0}, 1)

    def ladders(self, scenario: str) -> tuple[Ladder, ...]:
        if scenario not in self._ladders:
            layers: dict[str, dict[str, int]] = {}
            for name, cover in self.problem.covers[scenario].items():
                layer = self.problem.candidates[name].control.layer
                layers.setdefault(layer, {})[name] = cover
            self._ladders[scenario] = tuple(self._ladder(layers[key]) for key in sorted(layers))
        return self._ladders[scenario]

    def _ladder(self, covers: Mapping[str, int]) -> Ladder:
        sure = self.reduction.sure
        base = max((cover for name, cover in covers.items() if name in sure), default=0)
        open_ = {n: cover for n, cover in covers.items() if cover > base and n in self.chosen}
        reached = sorted(set(open_.values()))
        return Ladder(
            base,
            tuple((rung, frozenset(n for n, c in open_.items() if c >= rung)) for rung in reached),
        )

    def any_of(self, names: frozenset[str]) -> int:
        """The column that can be 1 only when one of these is chosen."""
        if len(names) == 1:
            return self.chosen[next(iter(names))]
        if names not in self._any:
            column = self.programme.column()
            self.programme.at_least(
                {**{self.chosen[name]: 1 for name in sorted(names)}, column: -1}, 0
            )
            self._any[names] = column
        return self._any[names]

    def covering(self, scenario: str) -> dict[int, float]:
        """The terms that add up to the cover of a scenario beyond what is sure."""
        terms: dict[int, float] = {}
        for ladder in self.ladders(scenario):
            for gain, names in ladder.steps():
                column = self.any_of(names)
                terms[column] = terms.get(column, 0.0) + gain
        return terms

    def burden(self) -> dict[int, float]:
        """The burden of the free; that of the sure is `burden_sure`."""
        return {
            column: self.problem.candidates[name].burden for name, column in self.chosen.items()
        }

    @property
    def burden_sure(self) -> int:
        return self.problem.burden(self.reduction.sure)

    def loss(self) -> dict[int, float]:
        """The terms whose sum and `loss_sure` are the expected loss that remains, from below."""
        terms: dict[int, float] = {}
        for name in self.problem.scenarios:
            open_ = [ladder for ladder in self.ladders(name) if ladder.rungs]
            if not self.weight(name) or not open_:
                continue
            if len(open_) > 1:
                terms[self._loss_column(name)] = 1.0
                continue
            below = self._share(name)
            for cover, names in open_[0].rungs:
                column = self.any_of(names)
                share = self._share(name, cover - open_[0].base)
                terms[column] = terms.get(column, 0.0) - self.weight(name) * (below - share)
                below = share
        return terms

    @property
    def loss_sure(self) -> float:
        """What `loss` leaves out: scenarios with fewer than two open layers, nothing chosen."""
        return math.fsum(
            self.weight(name) * self._share(name)
            for name in self.problem.scenarios
            if sum(bool(ladder.rungs) for ladder in self.ladders(name)) < 2
        )

    def _share(self, scenario: str, more: int = 0) -> float:
        cover = sum(ladder.base for ladder in self.ladders(scenario)) + more
        return math.exp(-min(cover, COVER_MAX) / COVER_UNIT)

    def _loss_column(self, scenario: str) -> int:
        if scenario not in self._losses:
            weight = self.weight(scenario)
            lowest = weight * math.exp(-COVER_MAX / COVER_UNIT)
            self._losses[scenario] = self.programme.column(lower=lowest, upper=weight)
            for cover in _places(self.ladders(scenario)):
                self._add_tangent(scenario, cover)
        return self._losses[scenario]

    def weight(self, scenario: str) -> float:
        """A scenario's expected loss before countermeasures, in units."""
        return self.problem.scenarios[scenario].expected_minor.mid / self._total * LOSS_UNITS

    def _add_tangent(self, scenario: str, cover: int) -> None:
        if (scenario, cover) in self._tangents:
            return
        self._tangents.add((scenario, cover))
        slope = self.weight(scenario) * math.exp(-cover / COVER_UNIT)
        sure = sum(ladder.base for ladder in self.ladders(scenario))
        terms = {
            column: slope * gain / COVER_UNIT for column, gain in self.covering(scenario).items()
        }
        self.programme.at_least(
            {**terms, self._losses[scenario]: 1.0}, slope * (1 + (cover - sure) / COVER_UNIT)
        )

    def sharpen(self, chosen: Collection[str]) -> None:
        """Make the expected loss of one solution exact by tangents at its covers."""
        for scenario in self._losses:
            self._add_tangent(scenario, self.problem.cover(scenario, chosen))

    def loss_of(self, chosen: Collection[str]) -> float:
        """The expected loss that remains, in units, exactly."""
        return math.fsum(
            self.weight(scenario) * math.exp(-self.problem.cover(scenario, chosen) / COVER_UNIT)
            for scenario in self.problem.scenarios
        )

    def demand_one_of(self, names: Collection[str]) -> None:
        """Cut off every choice that has none of these."""
        if self.reduction.sure.isdisjoint(names):
            self.demand([name for name in names if name in self.chosen])

    def forbid(self, chosen: Collection[str]) -> int:
        """Cut off exactly one choice; gives the row."""
        terms = {column: -1.0 if name in chosen else 1.0 for name, column in self.chosen.items()}
        return self.programme.at_least(terms, 1 - sum(name in chosen for name in self.chosen))

    def taken(self, optimum: Optimum) -> frozenset[str]:
        free = (name for name, column in self.chosen.items() if optimum.taken(column))
        return self.reduction.sure.union(free)


def demands(ladders: Sequence[Ladder], need: int) -> list[frozenset[str]]:
    """Sets of controls of which each choice must have one, so that covers add up to the need.

    Stop each layer at some cover, so high that together they fall short: then one of those that
    would reach more is needed. These rows allow exactly what reaches the need.
    """
    stops = [ladder.stops() for ladder in ladders]
    found: set[frozenset[str]] = set()
    for short in product(*stops[:-1]):
        left = need - sum(cover for cover, _ in short)
        last = [stop for stop in stops[-1] if stop[0] < left]
        if last:
            found.add(last[-1][1].union(*(names for _, names in short)))
    least = [names for names in found if not any(other < names for other in found)]
    return sorted(least, key=lambda names: (len(names), sorted(names)))


def _places(ladders: Iterable[Ladder]) -> list[int]:
    """Where to lay tangents: at every cover that can occur, or spread over the range."""
    reached = [[ladder.base, *(cover for cover, _ in ladder.rungs)] for ladder in ladders]
    low, high = sum(one[0] for one in reached), sum(one[-1] for one in reached)
    if math.prod(len(one) for one in reached) <= _COVERS_MAX:
        return sorted({min(sum(covers), COVER_MAX) for covers in product(*reached)})
    high = min(high, COVER_MAX)
    return sorted({low + (high - low) * n // _SPREAD for n in range(_SPREAD + 1)})
