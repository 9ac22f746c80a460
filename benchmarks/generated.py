"""Problems of any size, the same on every machine: portfolios and catalogues from a fixed seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tallystick.analyse.risk.severity import Severity
from tallystick.describe import Service
from tallystick.ground.canonical import digest_of
from tallystick.standard import (
    Catalogue,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Threat,
    load_catalogue,
)
from tallystick.standard.catalogue import catalogue_plain

_SEED = 5
_LAYERS = tuple(Layer)
_HELPS = 8
"""Each countermeasure helps against so many threats."""


def generated_portfolio(count: int) -> tuple[list[Severity], list[float]]:
    """Severities of many sizes, a third of them capped, and events a year from 0.01 to 10."""
    chance = np.random.Generator(np.random.PCG64(_SEED))
    severities, rates = [], []
    for place in range(count):
        low = int(10 ** chance.uniform(3, 6))
        high = int(low * chance.uniform(5, 20))
        cap = int(high * chance.uniform(0.5, 3)) if place % 3 == 0 else None
        severities.append(Severity(low=low, high=high, cap=cap))
        rates.append(float(10 ** chance.uniform(-2, 1)))
    return severities, rates


def generated_catalogue(*, threats: int, controls: int) -> Catalogue:
    """Threats and countermeasures of varied figures; clauses as in the catalogue of the package."""
    chance = np.random.Generator(np.random.PCG64(_SEED))
    made = [_threat(place, chance) for place in range(threats)]
    safe = [_control(place, threats, chance) for place in range(controls)]
    clauses = load_catalogue().clauses
    content = catalogue_plain(
        clauses=clauses.values(), threats=made, countermeasures=safe,
        requirements=(), trials=(), certificates=(),
    )  # fmt: skip
    return Catalogue(
        clauses=clauses,
        threats={one.id: one for one in made},
        countermeasures={one.id: one for one in safe},
        requirements={},
        trials={},
        certificates={},
        rooms={},
        digest=digest_of(content),
    )


def roomy(service: Service) -> Service:
    """The service with an appetite that a generated catalogue can keep, and not without effort."""
    appetite = replace(
        service.appetite,
        scenario_minor=400_000_000,
        annual_95_minor=10**12,
        annual_99_minor=10**12,
    )
    return replace(service, appetite=appetite, parameters={}, typologies={})


def _threat(place: int, chance: np.random.Generator) -> Threat:
    often, low = float(round(10 ** chance.uniform(-1, 1), 3)), int(chance.integers(1, 20))
    return Threat(
        id=f"T-{place:04}",
        title=f"Threat {place}",
        description=f"Threat {place}.",
        clause="7",
        layer=_LAYERS[place % 3],
        needs="always",
        hits=("money",),
        sources=("derived: generated",),
        frequency=Interval(low=often, high=4 * often),
        scale="service",
        severity=Interval(low=low, high=low * int(chance.integers(3, 30))),
        base="person_day",
    )


def _control(place: int, threats: int, chance: np.random.Generator) -> Countermeasure:
    against = {place % threats, *chance.choice(threats, _HELPS, replace=False).tolist()}
    effects = {}
    for threat in sorted(against):
        least = round(float(chance.uniform(0.3, 0.9)), 2)
        effects[f"T-{threat:04}"] = Interval(low=least, high=round(least + 0.05, 2))
    return Countermeasure(
        id=f"C-{place:04}",
        title=f"Countermeasure {place}",
        description=f"Countermeasure {place}.",
        layer=_LAYERS[int(chance.integers(0, 3))],
        room="provider",
        cost=Cost(
            build_days=int(chance.integers(1, 60)),
            run_days=int(chance.integers(1, 40)),
            friction=int(chance.integers(0, 3)),
        ),
        effects=effects,
    )
