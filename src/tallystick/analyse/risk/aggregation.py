"""The loss of a year: all scenarios added up exactly, as one compound Poisson distribution.

Independent compound Poisson sums are one compound Poisson sum whose event loss is the mixture of
theirs, so one Fourier transform serves all. Event losses are laid on the grid so that each keeps
its mean (local moment matching: Klugman, Panjer, Willmot, *Loss Models*). Poisson, not
"at most once a year": many small losses a year are the rule here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.analyse.risk.scenarios import PPM, Scenario, rounded
from tallystick.analyse.risk.severity import Floats, Severity

CELLS = 1 << 15
"""Cells of the loss grid; the transform takes twice as many, so that nothing folds back."""
_DEVIATIONS = 6
CURVE_PPM = (500_000, 200_000, 100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000)
"""Chances, in ppm, for which the exceedance curve says which loss is exceeded."""
_HAIR = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualLoss:
    """What a year may cost, in minor units.

    `var_95_minor` is exceeded in one year of 20, `var_99_minor` in one of 100; `es_95_minor` is the
    mean of the worst year in 20. `curve` pairs a chance in ppm with the loss that is exceeded so
    often. `step_minor` is the grid's step: quantiles are known to within it.
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


class Portfolio:
    """Scenarios on one loss grid; tells the annual loss for any frequencies, fast."""

    def __init__(self, severities: Sequence[Severity], *, step_minor: int) -> None:
        self.step_minor = step_minor
        self._severities = tuple(severities)
        self._means = [severity.mean for severity in severities]
        self._events = [_on_grid(severity, step_minor) for severity in severities]

    def annual_loss(self, frequencies: Sequence[float]) -> AnnualLoss:
        """Takes: events a year of each scenario, in the order in which they came."""
        chances = self._distribution(frequencies)
        below = np.minimum(np.cumsum(chances), 1.0)
        mean = math.fsum(f * m for f, m in zip(frequencies, self._means, strict=True))
        return AnnualLoss(
            mean_minor=rounded(mean),
            var_95_minor=self._exceeded(below, 50_000),
            var_99_minor=self._exceeded(below, 10_000),
            es_95_minor=rounded(self._shortfall(chances, below, 50_000)),
            curve=tuple((chance, self._exceeded(below, chance)) for chance in CURVE_PPM),
            step_minor=self.step_minor,
        )

    def _distribution(self, frequencies: Sequence[float]) -> Floats:
        """Chance of each multiple of the step as the loss of a year."""
        total = math.fsum(frequencies)
        if total == 0:
            return np.concatenate(([1.0], np.zeros(2 * CELLS - 1)))
        mixture = np.zeros(2 * CELLS, dtype=np.float64)
        for frequency, event in zip(frequencies, self._events, strict=True):
            mixture[: len(event)] += (frequency / total) * event
        transform = np.exp(total * (np.fft.rfft(mixture) - 1.0))
        chances: Floats = np.maximum(np.fft.irfft(transform, 2 * CELLS), 0.0)
        return chances

    def _index(self, below: Floats, chance_ppm: int) -> int:
        index = int(np.searchsorted(below, 1 - chance_ppm / PPM - _HAIR))
        return min(index, len(below) - 1)

    def _exceeded(self, below: Floats, chance_ppm: int) -> int:
        return self._index(below, chance_ppm) * self.step_minor

    def _shortfall(self, chances: Floats, below: Floats, chance_ppm: int) -> float:
        """Mean of the losses in the worst share of years."""
        share, at = chance_ppm / PPM, self._index(below, chance_ppm)
        cells = np.arange(at + 1, len(chances), dtype=np.float64)
        beyond = float(np.dot(cells, chances[at + 1 :]))
        inside = max(float(below[at]) - (1 - share), 0.0) * at
        return (beyond + inside) / share * self.step_minor


def portfolio_of(scenarios: Sequence[Scenario], *, step_minor: int | None = None) -> Portfolio:
    """Lay scenarios on a grid; without a step, on one wide enough for their high figures."""
    severities = [scenario.severity for scenario in scenarios]
    if step_minor is None:
        high = [scenario.frequency_ppm.high / PPM for scenario in scenarios]
        step_minor = fitting_step(severities, high)
    return Portfolio(severities, step_minor=step_minor)


def fitting_step(severities: Sequence[Severity], frequencies: Sequence[float]) -> int:
    """A round step with which the grid reaches six deviations beyond the mean of a year."""
    pairs = list(zip(severities, frequencies, strict=True))
    mean = math.fsum(f * s.mean for s, f in pairs)
    deviation = math.sqrt(math.fsum(f * s.second_moment for s, f in pairs))
    least = max((mean + _DEVIATIONS * deviation) / CELLS, 1.0)
    unit = int(10 ** math.floor(math.log10(least)))
    return next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= least)


def _on_grid(severity: Severity, step: int) -> Floats:
    """Chances of 0, 1, 2, ... steps as the loss of one event, with the mean kept."""
    last = min(math.ceil(severity.reach / step) + 1, CELLS - 1)
    limited = severity.limited_means(np.arange(last + 1, dtype=np.float64) * step)
    limited[0] = 0.0
    risen = np.diff(limited) / step
    event: Floats = np.concatenate(([1.0], risen)) - np.concatenate((risen, [0.0]))
    return event.clip(min=0.0)
