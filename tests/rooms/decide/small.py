"""A small catalogue and service, made to measure, for the tests of analyse and decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tallystick.describe import Service, load_service
from tallystick.ground.canonical import digest_of
from tallystick.standard import (
    PAYMENT_KINDS,
    Catalogue,
    Clause,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Nature,
    Requirement,
    Sets,
    Threat,
)
from tallystick.standard.catalogue import catalogue_plain

EXAMPLE = Path(__file__).parents[3] / "examples" / "wallet.toml"
PAYMENTS = PAYMENT_KINDS
VAST = 10**15


def small_service(**changes: Any) -> Service:
    """The example without the owner's own wishes and with an appetite for everything."""
    service = load_service(EXAMPLE)
    appetite = replace(
        service.appetite, scenario_minor=VAST, annual_95_minor=VAST, annual_99_minor=VAST
    )
    return replace(service, **{"appetite": appetite, "parameters": {}, "typologies": {}, **changes})


def with_appetite(service: Service, **changes: int) -> Service:
    return replace(service, appetite=replace(service.appetite, **changes))


def threat(name: str, **changes: Any) -> Threat:
    plain = Threat(
        id=name,
        title=f"About {name}",
        description=f"What {name} is.",
        clause="7",
        layer=Layer.APPLICATION,
        needs="always",
        hits=("money",),
        sources=("derived: test",),
        frequency=Interval(low=1.0, high=4.0),
        scale="service",
        severity=Interval(low=1.0, high=10.0),
        base="person_day",
    )
    return replace(plain, **changes)


def control(
    name: str,
    *,
    run_days: int = 10,
    layer: Layer = Layer.APPLICATION,
    effects: Mapping[str, float] | None = None,
    **changes: Any,
) -> Countermeasure:
    plain = Countermeasure(
        id=name,
        title=f"Do {name}",
        description=f"How {name} is done.",
        layer=layer,
        room="provider",
        cost=Cost(build_days=0, run_days=run_days),
        effects={t: Interval(low=e, high=e) for t, e in (effects or {}).items()},
    )
    return replace(plain, **changes)


def requirement(name: str, *controls: str, **changes: Any) -> Requirement:
    plain = Requirement(
        id=name,
        clause="7",
        nature=Nature.REQUIREMENT,
        layer=Layer.APPLICATION,
        title=f"Ask {name}",
        text=f"What {name} asks.",
        sources=("derived: test",),
        controls=controls,
    )
    return replace(plain, **changes)


def base_control() -> Countermeasure:
    """A control that demands what no policy may leave out, so that the checks let it pass."""
    facts = ("device.authenticated", "message.fresh", "intent.signed", "transfer.posted")
    return control("C-BASE", run_days=1, sets=Sets(facts=dict.fromkeys(PAYMENTS, facts)))


def catalogue(
    threats: Iterable[Threat] = (),
    controls: Iterable[Countermeasure] = (),
    requirements: Iterable[Requirement] = (),
) -> Catalogue:
    """A catalogue of these alone, with C-BASE required."""
    all_controls = [base_control(), *controls]
    all_requirements = [requirement("R-7-01", "C-BASE"), *requirements]
    clauses = [Clause(number="7", title="Security principles")]
    plain = catalogue_plain(
        clauses=clauses,
        threats=list(threats),
        countermeasures=all_controls,
        requirements=all_requirements,
        trials=(),
        certificates=(),
    )
    return Catalogue(
        clauses={clause.number: clause for clause in clauses},
        threats={t.id: t for t in sorted(threats, key=lambda t: t.id)},
        countermeasures={c.id: c for c in sorted(all_controls, key=lambda c: c.id)},
        requirements={r.id: r for r in sorted(all_requirements, key=lambda r: r.id)},
        trials={},
        certificates={},
        rooms={},
        digest=digest_of(plain),
    )
