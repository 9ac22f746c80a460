"""The worst years for many draws of the inputs at once, on a coarse grid that all draws share.

Of the dearest scenarios, and of shocks, the whole loss of an event moves with its drawn median; of
the others, which matter by their mean alone, the mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.analyse.risk.compound import EDGE, Complexes, tilt_of
from tallystick.analyse.risk.grid import Laid
from tallystick.analyse.risk.inputs import NODES, Inputs, moved
from tallystick.analyse.risk.normal import Floats
from tallystick.analyse.risk.severity import Severity

_DEAREST = 20
_CELLS = 1024
_CHUNK = 50
"""So many draws are reckoned side by side; more would not stay near the processor."""
_BLOCK = 250_000
_DEVIATIONS = 4
_COVERED = 0.98


def worst_years(inputs: Inputs, means: Floats) -> Floats:
    """For each draw the loss that is exceeded in one year of 20, and in one of 100."""
    step = _step(inputs, means)
    atoms, tilt = _Atoms(inputs, step), tilt_of(_CELLS)
    worst = np.empty((2, len(means)))
    for start in range(0, len(means), _CHUNK):
        draws = slice(start, start + _CHUNK)
        below = tilt.below(atoms.year(draws))
        worst[:, draws] = [_quantiles(below, level) * step for level in (0.95, 0.99)]
    return worst


def _step(inputs: Inputs, means: Floats) -> int:
    """A step with which nearly all draws have their worst years on the grid."""
    spreads = np.array([s.second_moment / max(s.mean, 1e-9) ** 2 for s in inputs.severities])
    squares = spreads[:, None] * inputs.means**2 if len(spreads) else inputs.means
    for shock, members in inputs.brought.items():
        once = sum((count * inputs.means[member] for member, count in members), start=0.0)
        squares[shock] += 2 * inputs.means[shock] * once + np.square(once)
    deviation = np.sqrt((inputs.rates * squares).sum(axis=0))
    reach = float(np.quantile(means + _DEVIATIONS * deviation, _COVERED))
    return max(math.ceil(reach / (_CELLS - EDGE)), 1)


class _Atoms:
    """The transforms of one event: of dear scenarios at every node, of the others in the middle."""

    def __init__(self, inputs: Inputs, step: int) -> None:
        self._inputs = inputs
        cost = inputs.costs().mean(axis=1) if len(inputs.severities) else np.empty(0)
        for members in inputs.brought.values():
            for member, count in members:
                cost[member] += float((count * inputs.means[member]).mean())
        dear = {*np.argsort(-cost, kind="stable")[:_DEAREST].tolist(), *inputs.brought}
        self._rows: dict[int, list[int]] = {}
        laid: list[Severity] = []
        for place, severity in enumerate(inputs.severities):
            nodes = NODES if place in dear else (0.0,)
            self._rows[place] = list(range(len(laid), len(laid) + len(nodes)))
            laid += [moved(severity, errors) for errors in nodes]
        self._means = [severity.mean for severity in laid]
        self._transforms = _transforms(laid, step)
        rates, shocks = inputs.rates, inputs.brought
        self._single = self._sum([(p, rates[p]) for p in self._rows if p not in shocks])
        self._shocks = [
            (rates[shock], self._sum(members), self._sum([(shock, np.ones_like(rates[shock]))]))
            for shock, members in shocks.items()
        ]

    def year(self, draws: slice) -> Complexes:
        """The logarithm of the transform of a year, one row for each draw."""
        exponent = self._single.part(draws)
        for rates, members, own in self._shocks:
            burst = members.part(draws)
            np.exp(burst, out=burst)
            burst *= own.part(draws) + 1.0
            burst -= 1.0
            burst *= rates[draws, None]
            exponent += burst
        return exponent

    def _sum(self, parts: Sequence[tuple[int, Floats]]) -> _Sum:
        """Sum of numbers of events times (transform of one event - 1), for each draw."""
        weights = np.zeros((self._inputs.rates.shape[1], len(self._means)))
        for place, events in parts:
            self._weigh(weights, place, events)
        used = np.flatnonzero(weights.any(axis=0))
        transforms = np.ascontiguousarray(self._transforms[used])
        return _Sum(np.ascontiguousarray(weights[:, used]), transforms.view(np.float64))

    def _weigh(self, weights: Floats, place: int, events: Floats) -> None:
        """Share events between the two nodes around the drawn location so that the mean is kept."""
        rows, wanted = self._rows[place], self._inputs.means[place]
        if len(rows) == 1:
            weights[:, rows[0]] += events * wanted / max(self._means[rows[0]], 1e-9)
            return
        means = np.array([self._means[row] for row in rows])
        below = np.clip(np.searchsorted(means, wanted) - 1, 0, len(rows) - 2)
        gap = np.maximum(means[below + 1] - means[below], 1e-9)
        upper = np.clip((wanted - means[below]) / gap, 0.0, 1.0)
        draws = np.arange(len(events))
        weights[draws, rows[0] + below] += events * (1 - upper)
        weights[draws, rows[0] + below + 1] += events * upper


@dataclass(frozen=True, slots=True)
class _Sum:
    """Weights, one row for each draw, of transforms, which are seen as pairs of real numbers."""

    weights: Floats
    transforms: Floats

    def part(self, draws: slice) -> Complexes:
        weights = self.weights[draws]
        total: Complexes = _product(weights, self.transforms).view(np.complex128)
        total -= weights.sum(axis=1)[:, None]
        return total


def _product(left: Floats, right: Floats) -> Floats:
    """A product of matrices in blocks so small that the library does not share them out: its
    threads cost more than they give, most of all when other work keeps the processors busy."""
    product = np.empty((left.shape[0], right.shape[1]))
    width = max(_BLOCK // max(left.size, 1), 8)
    for start in range(0, right.shape[1], width):
        columns = slice(start, start + width)
        product[:, columns] = left @ right[:, columns]
    return product


def _transforms(severities: Sequence[Severity], step: int) -> Complexes:
    tilt, laid = tilt_of(_CELLS), Laid(severities, step, cells=_CELLS)
    transforms = np.empty((len(severities), _CELLS // 2 + 1), dtype=np.complex128)
    for place in range(len(severities)):
        transforms[place] = tilt.event(laid, place)
    return transforms


def _quantiles(below: Floats, level: float) -> Floats:
    """Where each row reaches the level, in steps, between the middles of cells."""
    at = (below < level).sum(axis=1).clip(max=below.shape[1] - 1)
    draws = np.arange(len(below))
    here = below[draws, at]
    before = np.where(at > 0, below[draws, np.maximum(at - 1, 0)], 0.0)
    part = np.clip((level - before) / np.maximum(here - before, 1e-12), 0.0, 1.0)
    return np.where(at > 0, at - 0.5 + part, 0.0)
