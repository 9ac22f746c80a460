"""One compound Poisson distribution on one grid, by the Fourier transform.

The transform of a year is exp(sum of rates * (transform of one event - 1)). The event of a common
shock is a sum itself: its own loss and, of each member, a Poisson number of events; its transform
is own * exp(sum of numbers * (transform of a member's event - 1)).

All sequences are tilted by exp(-TILT * k / CELLS), so that what lies beyond the grid does not fold
back onto it (Gruebel, Hermesmeier, "Computation of compound distributions I", ASTIN Bulletin 29,
1999). The variance and the skewness that the grid itself added are taken out again where they would
count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tallystick.analyse.risk.grid import CELLS, Laid
from tallystick.analyse.risk.normal import Floats
from tallystick.analyse.risk.severity import Severity

Complexes = NDArray[np.complex128]
Bursts = Mapping[int, Sequence[tuple[int, float]]]
"""Number of a shock among the scenarios -> its members' numbers, each with events per shock."""

_TILT = 8.0
"""What lies beyond the grid folds back by exp(-8), a third of a permille of it. Taking the tilt out
multiplies rounding by up to exp(8), so chances are good to about a billionth."""
EDGE = 64
"""The last cells hold what the correction of the variance puts below zero."""
USABLE = CELLS - EDGE
_COUNTS = 1e-4
"""Added variance below this share of the whole is left alone."""


class Tilt:
    """The tilted transform on a grid of so many cells."""

    def __init__(self, cells: int) -> None:
        self.cells, self.usable = cells, cells - EDGE
        places = np.arange(cells, dtype=np.float64)
        self._down = np.exp(-_TILT / cells * places)
        places[self.usable :] -= cells
        self._up = np.exp(_TILT / cells * places)
        z = np.exp(-_TILT / cells - 2j * math.pi / cells * np.arange(cells // 2 + 1))
        self.spread: Complexes = (z + 1 / z - 2) / 2
        """The transform of a variance of one squared step."""
        self.lean: Complexes = ((z**2 - 1 / z**2) / 2 - (z - 1 / z)) / 6
        """The transform of a third cumulant of one cubed step."""

    def transform(self, row: Floats) -> Complexes:
        """Of the chances of 0, 1, 2, ... steps; the rest is zero."""
        transform: Complexes = np.fft.rfft(row * self._down[: row.shape[-1]], self.cells)
        return transform

    def event(self, laid: Laid, one: int) -> Complexes:
        """Of one event, without what the grid added to its moments."""
        added = laid.excess[one] * self.spread + laid.skew[one] * self.lean
        transform: Complexes = self.transform(laid.rows[one]) - added
        return transform

    def below(self, exponent: Complexes) -> Floats:
        """From the logarithm of the transform of a year to its chances of at most 0, 1, ... steps.

        Takes: one or many, along the last axis; changes them.
        """
        # No transform of chances is larger than at zero; rounding and the correction might be.
        np.minimum(exponent.real, exponent.real[..., :1], out=exponent.real)
        chances = np.fft.irfft(np.exp(exponent, out=exponent), self.cells)
        chances *= self._up
        chances[..., 0] += chances[..., self.usable :].sum(axis=-1)
        below = np.cumsum(chances[..., : self.usable], axis=-1)
        np.maximum.accumulate(below, axis=-1, out=below)
        return np.minimum(below, 1.0, out=below)


tilt_of = cache(Tilt)


class Grid:
    """Severities on one grid, and the distribution of a year on it."""

    def __init__(self, severities: Sequence[Severity], step: int) -> None:
        self._laid = Laid(severities, step)
        self._squares = np.array([s.second_moment for s in severities]) / float(step) ** 2
        self._transforms: dict[int, Complexes] = {}
        self._tilt = tilt_of(CELLS)
        self.size = self._laid.size

    def below(self, rates: Floats, bursts: Bursts) -> Floats:
        """The chance of a loss of at most 0, 1, 2, ... steps in a year."""
        plain = rates.copy()
        plain[list(bursts)] = 0.0
        added = float((plain * self._laid.excess).sum())
        exponent = self._tilt.transform(self._laid.mixture(plain)) - math.fsum(plain.tolist())
        if added > _COUNTS * float((plain * self._squares).sum()):
            exponent -= added * self._tilt.spread
            exponent -= float((plain * self._laid.skew).sum()) * self._tilt.lean
        for shock, members in bursts.items():
            if rates[shock]:
                burst = self._burst(shock, members)
                burst -= 1.0
                burst *= rates[shock]
                exponent += burst
        return self._tilt.below(exponent)

    def _burst(self, shock: int, members: Sequence[tuple[int, float]]) -> Complexes:
        """The transform of all that one shock brings."""
        exponent = np.zeros(CELLS // 2 + 1, dtype=np.complex128)
        part = np.empty_like(exponent)
        for member, count in members:
            exponent += np.multiply(self._transform(member), count, out=part)
        exponent -= math.fsum(count for _, count in members)
        burst: Complexes = np.exp(exponent, out=exponent)
        burst *= self._transform(shock)
        return burst

    def _transform(self, one: int) -> Complexes:
        """The transform of one event of one scenario."""
        if one not in self._transforms:
            self._transforms[one] = self._tilt.event(self._laid, one)
        return self._transforms[one]
