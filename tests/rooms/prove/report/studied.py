"""What the page may be given beyond a plan, made by hand: a study, an architecture, paths, cells."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from tallystick.analyse import Architecture, Band, Element, Uncertainty
from tallystick.analyse.risk import Driver
from tallystick.decide import Alternative, Plan, Study
from tallystick.decide.selection import FrontierPoint, Price, Swing
from tallystick.describe import Flow, Service

EMPTY = Study(prices=(), binding={}, frontier=(), core=(), swing=(), declined=())


def element(name: str, *, kind: str, zone: str, drawn: bool = False) -> Element:
    """An element that holds nothing."""
    return Element(id=name, kind=kind, zone=zone, holds=(), drawn=drawn, environment="")


def flow(source: str, target: str, channel: str, *, protected: str = "none") -> Flow:
    """A flow that carries messages."""
    return Flow(
        source=source, target=target, channel=channel, carries=("messages",), protected=protected
    )


def architecture_for(service: Service) -> Architecture:
    """Elements in every zone and flows between many of them, as a derivation would name them."""
    handsets = [f"{one.kind}-{one.secure_environment}" for one in service.handsets]
    modules = [f"module-{n}" for n in range(1, len(service.modules) + 1)]
    named = [
        ("customer", "customer", "customer"),
        *((f"handset-{name}", "handset", "customer") for name in handsets),
        *((f"keys-{name}", "secure_environment", "customer") for name in handsets),
        ("app-android", "application", "customer"),
        ("internet", "network", "public"),
        ("qr-code", "proximity", "public"),
        ("gateway", "gateway", "edge"),
        ("server", "server", "inside"),
        ("books", "books", "inside"),
        ("evidence-log", "evidence_log", "inside"),
        *((name, "crypto_module", "secure") for name in modules),
        ("agents", "agent", "partner"),
        ("merchants", "merchant", "partner"),
        ("trust-bank", "bank", "partner"),
    ]
    flows = [
        ("app-android", "internet", "internet"),
        ("qr-code", "app-android", "qr"),
        ("agents", "customer", "hand"),
        ("internet", "gateway", "internet"),
        ("agents", "internet", "internet"),
        ("merchants", "internet", "internet"),
        ("merchants", "qr-code", "qr"),
        ("gateway", "server", "local"),
        ("server", "books", "local"),
        ("server", "module-1", "local"),
        ("server", "trust-bank", "line"),
        ("server", "app-android", "internet"),
    ]
    return Architecture(
        elements=tuple(element(name, kind=kind, zone=zone) for name, kind, zone in named),
        flows=tuple(flow(a, b, channel) for a, b, channel in flows),
    )


def with_analysis(plan: Plan, **more: object) -> Plan:
    """The same plan with more in its analysis; everything else of it stays as it is."""
    analysis = copy(plan.analysis)
    analysis.__dict__.update(more)
    return replace(plan, analysis=analysis)


def study_of(plan: Plan) -> Study:
    """A study with something in each part; its figures are made up, its ids are the plan's."""
    policy = plan.policy
    chosen = [one.id for one in policy.controls]
    asked = [one for one in policy.requirements if one.controls][:6]
    burden, mean, worst = (
        int(policy.optimum[name])
        for name in ("burden_millidays", "expected_after_minor", "var_95_after_minor")
    )
    left = [name for name in policy.declined if name in plan.catalogue.countermeasures]
    return Study(
        prices=tuple(
            Price(
                requirement=one.id,
                title=one.title,
                burden_millidays=place * 7_300,
                instead=one.controls[:place],
            )
            for place, one in enumerate(asked)
        ),
        binding={
            asked[0].controls[0]: (asked[0].id,),
            next(name for name in chosen if name != asked[0].controls[0]): (
                plan.analysis.scenarios[0].threat,
                "portfolio",
            ),
        },
        frontier=tuple(
            FrontierPoint(
                burden_millidays=burden * tenths // 10,
                expected_after_minor=mean * 100 // (tenths * tenths),
                var_95_after_minor=worst * 100 // (tenths * tenths),
                controls=len(chosen) * tenths // 10,
                kept=tenths >= 10,
            )
            for tenths in (7, 8, 9, 10, 11, 13, 16)
        ),
        core=tuple(chosen[5:]),
        swing=(
            Swing(control=chosen[0], chosen_at=("low",)),
            Swing(control=left[0], chosen_at=("mid", "high")),
        ),
        declined=(),
    )


def budget_of(plan: Plan) -> Alternative:
    """What two thirds of the plan's burden would buy; it does not keep everything."""
    optimum = plan.policy.optimum
    return Alternative(
        chosen=tuple(one.id for one in plan.policy.controls[:40]),
        burden_millidays=int(optimum["burden_millidays"]) * 2 // 3,
        expected_after_minor=int(optimum["expected_after_minor"]) * 2,
        var_95_after_minor=int(optimum["var_95_after_minor"]) * 2,
        unmet=(plan.policy.requirements[0].id, "portfolio"),
    )


def uncertainty_of(plan: Plan, *, scale: int) -> Uncertainty:
    """Intervals that are all alike, and the first scenarios as drivers."""
    interval = Band(low=scale * 1_000_000, mid=scale * 2_000_000, high=scale * 5_000_000)
    drivers = [
        Driver(scenario=one.id, threat=one.threat, share_permille=400 - 100 * place)
        for place, one in enumerate(plan.analysis.scenarios[:4])
    ]
    return Uncertainty(
        draws=400, mean_minor=interval, var_95_minor=interval, var_99_minor=interval,
        drivers=tuple(drivers),
    )  # fmt: skip
