"""How sure the loss of a year is: the inputs drawn many times, the year reckoned for each draw.

Frequencies, numbers of events that shocks bring and medians of losses are drawn (inputs.py).
Not drawn: the effects of countermeasures (their low ends are reckoned with) and which threats
there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tallystick.analyse.risk.inputs import draw_inputs
from tallystick.analyse.risk.normal import Floats
from tallystick.analyse.risk.scenarios import Band, Scenario, rounded
from tallystick.analyse.risk.years import worst_years

DRAWS = 400
_DIGITS = 3
_DRIVERS = 10
_NOTHING = 1e-9
"""A relative spread below this is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A scenario whose inputs move the mean of a year: its share of that variance, in permille."""

    scenario: str
    threat: str
    share_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """The 5, 50 and 95 % points of what a year may cost, over the draws; minor units, three digits.

    `drivers` are the scenarios that move the mean most, the greatest first: to know them better
    narrows the interval most.
    """

    draws: int
    mean_minor: Band
    var_95_minor: Band
    var_99_minor: Band
    drivers: tuple[Driver, ...]

    def plain(self) -> dict[str, Any]:
        return {
            "draws": self.draws,
            "mean_minor": self.mean_minor.plain(),
            "var_95_minor": self.var_95_minor.plain(),
            "var_99_minor": self.var_99_minor.plain(),
            "drivers": [
                {
                    "scenario": driver.scenario,
                    "threat": driver.threat,
                    "share_permille": driver.share_permille,
                }
                for driver in self.drivers
            ],
        }


def weigh_uncertainty(
    scenarios: Sequence[Scenario], shares: Mapping[str, float], *, draws: int = DRAWS
) -> Uncertainty:
    """Reckon the year once for each draw of the inputs.

    Takes: scenario id -> share of its events that remains, as for `remaining_minor`.
    Pure: draws come from the scenarios' ids, so the same scenarios give the same intervals, and
    before and after countermeasures, or with one scenario more, the others are drawn alike.
    """
    inputs = draw_inputs(scenarios, shares, draws)
    costs = inputs.costs()
    means = costs.sum(axis=0)
    worst = worst_years(inputs, means)
    return Uncertainty(
        draws=draws,
        mean_minor=_band(means),
        var_95_minor=_band(worst[0]),
        var_99_minor=_band(worst[1]),
        drivers=_drivers(scenarios, costs, means),
    )


def _band(values: Floats) -> Band:
    low, mid, high = np.quantile(values, (0.05, 0.5, 0.95)).tolist()
    return Band(
        low=rounded(low, digits=_DIGITS),
        mid=rounded(mid, digits=_DIGITS),
        high=rounded(high, digits=_DIGITS),
    )


def _drivers(scenarios: Sequence[Scenario], costs: Floats, means: Floats) -> tuple[Driver, ...]:
    """Shares of the variance of the mean: covariance with the whole, so that they add up to one."""
    off = means - means.mean()
    whole = float(np.square(off).sum())
    if whole <= len(means) * (float(means.mean()) * _NOTHING) ** 2:
        return ()
    shares = ((costs * off).sum(axis=1) / whole * 1000).round().astype(int).tolist()
    ranked = sorted(zip(shares, scenarios, strict=True), key=lambda pair: (-pair[0], pair[1].id))
    return tuple(
        Driver(scenario=scenario.id, threat=scenario.threat, share_permille=share)
        for share, scenario in ranked[:_DRIVERS]
        if share > 0
    )
