"""The inputs of a risk analysis, drawn from what is believed about them.

Drawn are, for each scenario, the frequency (lognormal, its interval the 5 % and 95 % point), the
number of events that a shock brings (likewise) and the median of one event's loss. The catalogue
gives one interval for the loss of an event; how well its middle is known it does not say. It is
taken to be known as ten seen events would tell it: a standard error of sigma / sqrt(10).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tallystick.analyse.risk.draws import normal_pairs
from tallystick.analyse.risk.normal import Floats
from tallystick.analyse.risk.scenarios import PPM, Scenario
from tallystick.analyse.risk.severity import Z_95, Severity

LOCATION_EVENTS = 10
"""The median of one event's loss is known as if from so many seen events."""
NODES = (-2.5, -1.25, 0.0, 1.25, 2.5)
"""Standard errors of the median between which a drawn one is looked up; beyond, the outermost."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was drawn; the first axis is the scenario, the second the draw.

    `means` is the mean loss of one event by itself, `location` how many standard errors its median
    lies off. `brought` pairs, for each shock, its members with the numbers of events they bring.
    """

    severities: list[Severity]
    rates: Floats
    location: Floats
    means: Floats
    brought: dict[int, list[tuple[int, Floats]]]

    def costs(self) -> Floats:
        """The expected loss of each scenario in a year, a shock with what it brings."""
        each = self.means.copy()
        for shock, members in self.brought.items():
            for member, count in members:
                each[shock] += count * self.means[member]
        return self.rates * each


def draw_inputs(scenarios: Sequence[Scenario], shares: Mapping[str, float], draws: int) -> Inputs:
    severities = [scenario.severity for scenario in scenarios]
    rates = np.zeros((len(scenarios), draws))
    location = np.zeros((len(scenarios), draws))
    places = {scenario.id: place for place, scenario in enumerate(scenarios)}
    brought: dict[int, list[tuple[int, Floats]]] = {}
    for place, scenario in enumerate(scenarios):
        often, where = normal_pairs(scenario.id, draws)
        band = scenario.frequency_ppm
        rates[place] = _events(band.low, band.high, often) * shares.get(scenario.id, 1.0)
        location[place] = np.clip(where, NODES[0], NODES[-1])
        if scenario.shock:
            brought[place] = [
                (
                    places[burst.scenario],
                    _events(
                        burst.low,
                        burst.high,
                        normal_pairs(f"{scenario.id} {burst.scenario}", draws)[0],
                    )
                    * shares.get(burst.scenario, 1.0),
                )
                for burst in scenario.shock
            ]
    return Inputs(severities, rates, location, _means(severities, location), brought)


def _events(low_ppm: int, high_ppm: int, z: Floats) -> Floats:
    """Numbers of events, lognormal between their 5 % and 95 % point."""
    if high_ppm == 0:
        return np.zeros_like(z)
    low, high = math.log(max(low_ppm, 1) / PPM), math.log(max(high_ppm, 1) / PPM)
    events: Floats = np.exp((low + high) / 2 + z * ((high - low) / (2 * Z_95)))
    return events


def moved(severity: Severity, errors: float) -> Severity:
    """The severity when its median lies so many standard errors off."""
    factor = math.exp(errors * severity.sigma / math.sqrt(LOCATION_EVENTS))
    low = max(round(severity.low * factor), 1)
    return Severity(low=low, high=max(round(severity.high * factor), low), cap=severity.cap)


def _means(severities: Sequence[Severity], location: Floats) -> Floats:
    """Mean loss of one event at each drawn location: between the nodes, along their logarithms."""
    means = np.zeros_like(location)
    for place, severity in enumerate(severities):
        nodes = [max(moved(severity, errors).mean, 1e-9) for errors in NODES]
        means[place] = np.exp(np.interp(location[place], NODES, np.log(nodes)))
    return means
