"""Common shocks: one event that brings many others at once.

Scenarios are independent of each other; what makes losses come together is written down as a
threat of its own (a campaign, a breach, an outage) that says how many events of which others one of
its events brings. No correlation is guessed. In a year a shock happens a Poisson number of times;
each time it costs its own severity and, of each member, a Poisson number of events.

Countermeasures against the shock make it rarer. Countermeasures against a member stop the same
share of the events that a shock brings as of those that come one by one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tallystick.analyse.risk.scenarios import (
    PPM,
    Band,
    Burst,
    Scenario,
    make_scenario,
    rounded,
    scaled_events,
)
from tallystick.describe import Service
from tallystick.standard.model import Threat


def make_scenarios(threats: Iterable[Threat], service: Service) -> tuple[Scenario, ...]:
    """Each threat met by this service. What a shock would bring that cannot happen here is left
    out."""
    met = {threat.id: threat for threat in threats}
    plain = {name: make_scenario(threat, service) for name, threat in met.items()}
    return tuple(
        _with_bursts(plain[name], _bursts(threat, met, plain, service))
        if threat.shock
        else plain[name]
        for name, threat in met.items()
    )


def remaining_minor(scenario: Scenario, shares: Mapping[str, float]) -> float:
    """Expected loss of a year when of each scenario only a share of its events remains.

    Takes: scenario id -> share from 0 to 1; a scenario that is not named keeps all its events.
    The share of a shock makes it rarer, those of its members make it smaller.
    """
    left = scenario.expected_minor.mid * shares.get(scenario.id, 1.0)
    if not scenario.shock:
        return left
    own = scenario.severity.mean
    whole = own + math.fsum(burst.mean_minor for burst in scenario.shock)
    kept = own + math.fsum(
        burst.mean_minor * shares.get(burst.scenario, 1.0) for burst in scenario.shock
    )
    return left * min(kept / whole, 1.0) if whole else left


def bursts_under(
    scenarios: Sequence[Scenario], shares: Mapping[str, float], belief: str
) -> dict[int, list[tuple[int, float]]]:
    """What the shocks bring, by the places of the scenarios, for Portfolio.annual_loss.

    Takes: `belief`, which of low, mid and high is reckoned with.
    """
    places = {scenario.id: place for place, scenario in enumerate(scenarios)}
    return {
        places[scenario.id]: [
            (places[burst.scenario], getattr(burst, belief) / PPM * shares.get(burst.scenario, 1.0))
            for burst in scenario.shock
        ]
        for scenario in scenarios
        if scenario.shock
    }


def _bursts(
    threat: Threat, met: Mapping[str, Threat], plain: Mapping[str, Scenario], service: Service
) -> tuple[Burst, ...]:
    found = []
    for name in sorted(threat.shock.keys() & met.keys()):
        events = scaled_events(met[name], threat.shock[name], service)
        if events.high:
            member = plain[name]
            found.append(
                Burst(name, events.low, events.mid, events.high, member.id, member.event_minor)
            )
    return tuple(found)


def _with_bursts(scenario: Scenario, bursts: tuple[Burst, ...]) -> Scenario:
    own = scenario.severity.mean

    def each(belief: str) -> float:
        return own + math.fsum(getattr(b, belief) / PPM * b.event_minor for b in bursts)

    often = scenario.frequency_ppm
    return replace(
        scenario,
        shock=bursts,
        event_minor=rounded(each("mid")),
        expected_minor=Band(
            low=rounded(each("low") * often.low / PPM),
            mid=rounded(each("mid") * often.mid / PPM),
            high=rounded(each("high") * often.high / PPM),
        ),
    )
