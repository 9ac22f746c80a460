"""The loss of a year: all scenarios added up exactly, as one compound Poisson distribution.

Independent compound Poisson sums are one compound Poisson sum whose event loss is the mixture of
theirs, so one Fourier transform serves all (compound.py). The grid follows the answer: wide enough
that one year in 1,000 lies on it, before its last cells, which are the least exact; and the worst
years of 20 and of 100 on a cell above 1,024, so that these are known to half a permille. Steps are
1, 5, 20, 100, 500, ... minor units: a few grids serve many questions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from tallystick.analyse.risk.compound import USABLE, Bursts, Grid
from tallystick.analyse.risk.normal import Floats
from tallystick.analyse.risk.scenarios import PPM, Scenario, rounded
from tallystick.analyse.risk.severity import Severity
from tallystick.ground.errors import Defect

CURVE_PPM = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000)
"""Chances, in ppm, for which the exceedance curve says which loss is exceeded."""
_HAIR = 1e-10
_STEPS: tuple[int, ...] = tuple(unit * 100**power for power in range(20) for unit in (1, 5, 20))
_DEVIATIONS = 5
_CELLS_LEAST = 1024
"""A worst year that lies on a lower cell is asked again on a finer grid."""
_ROOM, _ROOM_LEAST = 1.25, 1.005
"""A grid is made to reach so far beyond an answer; it must reach so far for the answer to count."""
_TRIES_MAX = 40
_CELLS_KEPT = 6_000_000
"""Grids are kept up to so many cells in all (48 MB); the one used longest ago goes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualLoss:
    """What a year may cost, in minor units.

    `var_95_minor` is exceeded in one year of 20, `var_99_minor` in one of 100; `es_95_minor` is the
    mean of the worst year in 20. `curve` pairs a chance in ppm with the loss that is exceeded so
    often. `step_minor` is the step of the grid that holds the whole curve; where that is too coarse
    for the worst years of 20 and of 100, these are read on a finer one.
    """

    mean_minor: int
    var_95_minor: int
    var_99_minor: int
    es_95_minor: int
    curve: tuple[tuple[int, int], ...]
    step_minor: int

    def plain(self) -> dict[str, Any]:
        return {
            "mean_minor": self.mean_minor,
            "var_95_minor": self.var_95_minor,
            "var_99_minor": self.var_99_minor,
            "es_95_minor": self.es_95_minor,
            "curve": [{"exceeded_ppm": chance, "loss_minor": loss} for chance, loss in self.curve],
            "step_minor": self.step_minor,
        }


@dataclass(frozen=True, slots=True)
class _Reading:
    """The distribution of a year on one grid: the chance of at most 0, 1, 2, ... steps."""

    step: int
    below: Floats

    def index(self, chance_ppm: int) -> int:
        index = np.searchsorted(self.below, 1 - chance_ppm / PPM - _HAIR)
        return min(int(index), len(self.below) - 1)

    def holds(self, chance_ppm: int) -> bool:
        """Whether the loss that is exceeded so often lies on the grid, well before its end."""
        return (self.index(chance_ppm) + 1) * _ROOM_LEAST <= len(self.below)

    def shortfall(self, mean: float, chance_ppm: int) -> float:
        """Mean of the losses in the worst share of years: what the others leave of the mean."""
        at = self.index(chance_ppm)
        limited = math.fsum((1.0 - self.below[:at]).tolist()) * self.step
        return at * self.step + max(mean - limited, 0.0) / (chance_ppm / PPM)


class Portfolio:
    """Scenarios whose losses add up; tells the annual loss for any frequencies, fast."""

    def __init__(self, severities: Sequence[Severity], *, step_minor: int | None = None) -> None:
        """`step_minor` holds every answer to one grid; without it the grid follows the answer.

        Refuses: Defect in annual_loss, when the grid that was asked for is too short.
        """
        self._severities = tuple(severities)
        self._fixed = step_minor
        self._means = np.array([severity.mean for severity in severities])
        self._squares = np.array([severity.second_moment for severity in severities])
        self._grids: dict[int, Grid] = {}

    def annual_loss(self, frequencies: Sequence[float], bursts: Bursts | None = None) -> AnnualLoss:
        """Takes: events a year of each scenario, in the order in which they came; for a shock,
        which other scenarios' events one of its events brings, and how many."""
        rates, bursts = np.array(frequencies, dtype=np.float64), bursts or {}
        mean, deviation = self.moments(rates, bursts)
        whole = self._whole(rates, bursts, mean + _DEVIATIONS * deviation)
        readings = [whole, *self._finer(whole, rates, bursts)]
        read = accumulate((_read(readings, chance) for chance in CURVE_PPM), max)
        losses = dict(zip(CURVE_PPM, read, strict=True))
        finest = min((r for r in readings if r.holds(50_000)), key=lambda r: r.step, default=whole)
        return AnnualLoss(
            mean_minor=rounded(mean),
            var_95_minor=losses[50_000],
            var_99_minor=losses[10_000],
            es_95_minor=rounded(finest.shortfall(mean, 50_000)),
            curve=tuple(losses.items()),
            step_minor=whole.step,
        )

    def moments(self, rates: Floats, bursts: Bursts) -> tuple[float, float]:
        """Mean and standard deviation of a year, by their closed forms."""
        means, squares = self._means.tolist(), self._squares.tolist()
        for shock, members in bursts.items():
            own = means[shock]
            brought = math.fsum(count * self._means[member] for member, count in members)
            spread = math.fsum(count * self._squares[member] for member, count in members)
            means[shock] = own + brought
            squares[shock] += 2 * own * brought + brought**2 + spread
        pairs = rates.tolist()
        mean = math.fsum(f * m for f, m in zip(pairs, means, strict=True))
        return mean, math.sqrt(math.fsum(f * s for f, s in zip(pairs, squares, strict=True)))

    def _whole(self, rates: Floats, bursts: Bursts, reach: float) -> _Reading:
        """On the finest grid that holds one year in 1,000."""
        rarest = CURVE_PPM[-1]
        if self._fixed is not None:
            reading = self._reading(self._fixed, rates, bursts)
            if not reading.holds(rarest):
                raise Defect(f"a grid with step {self._fixed} is too short for a year's losses")
            return reading
        reading = self._reading(_step_for(reach), rates, bursts)
        for _ in range(_TRIES_MAX):
            if not reading.holds(rarest):
                reading = self._reading(_step_for(reading.step * (USABLE + 1)), rates, bursts)
                continue
            step = _step_for((reading.index(rarest) + 1) * reading.step * _ROOM)
            if step >= reading.step:
                return reading
            finer = self._reading(step, rates, bursts)
            if not finer.holds(rarest):
                return reading
            reading = finer
        raise Defect("no grid holds the losses of a year")

    def _finer(self, whole: _Reading, rates: Floats, bursts: Bursts) -> list[_Reading]:
        """Finer grids for the worst years of 20 and of 100, where the whole one is too coarse."""
        finer: list[_Reading] = []
        silence = math.exp(-math.fsum(rates.tolist()))
        asked = (10_000, 50_000) if self._fixed is None else ()
        for chance in [one for one in asked if silence < 1 - one / PPM]:
            reading = min((r for r in (whole, *finer) if r.holds(chance)), key=lambda r: r.step)
            for _ in range(_TRIES_MAX):
                at = reading.index(chance)
                step = _step_for((at + 1) * reading.step * _ROOM)
                if at >= _CELLS_LEAST or step >= reading.step:
                    break
                reading = self._reading(step, rates, bursts)
                finer.append(reading)
        return finer

    def _reading(self, step: int, rates: Floats, bursts: Bursts) -> _Reading:
        return _Reading(step, self._grid(step).below(rates, bursts))

    def _grid(self, step: int) -> Grid:
        grid = self._grids.pop(step, None) or Grid(self._severities, step)
        self._grids[step] = grid
        while sum(one.size for one in self._grids.values()) > _CELLS_KEPT and len(self._grids) > 1:
            del self._grids[next(iter(self._grids))]
        return grid


def _read(readings: Sequence[_Reading], chance_ppm: int) -> int:
    """The loss that is exceeded so often, from the finest grid that holds it."""
    holding = [reading for reading in readings if reading.holds(chance_ppm)] or readings[:1]
    finest = min(holding, key=lambda reading: reading.step)
    return finest.index(chance_ppm) * finest.step


def _step_for(reach: float) -> int:
    """The finest step with which the grid reaches so far."""
    for step in _STEPS:
        if step * USABLE >= reach:
            return step
    raise Defect(f"no grid reaches {reach:g}")


def portfolio_of(scenarios: Sequence[Scenario], *, step_minor: int | None = None) -> Portfolio:
    """Scenarios in their order, ready to be added up."""
    return Portfolio([scenario.severity for scenario in scenarios], step_minor=step_minor)
