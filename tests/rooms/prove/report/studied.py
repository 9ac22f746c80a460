"""What the page may be given beyond a plan, made by hand: a study, an architecture, paths, cells."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace

from tallystick.decide import Plan
from tallystick.describe import Service


@dataclass(frozen=True, kw_only=True)
class MadePrice:
    requirement: str
    title: str
    burden_millidays: int
    instead: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadePoint:
    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    controls: int
    kept: bool


@dataclass(frozen=True, kw_only=True)
class MadeSwing:
    control: str
    chosen_at: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadeDeclined:
    control: str
    burden_millidays: int
    work_minor: int
    avoided_minor: int
    worth: bool


@dataclass(frozen=True, kw_only=True)
class MadeAlternative:
    chosen: tuple[str, ...]
    burden_millidays: int
    expected_after_minor: int
    var_95_after_minor: int
    unmet: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MadeStudy:
    prices: tuple[MadePrice, ...] = ()
    binding: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frontier: tuple[MadePoint, ...] = ()
    core: tuple[str, ...] = ()
    swing: tuple[MadeSwing, ...] = ()
    declined: tuple[MadeDeclined, ...] = ()


ZONES = ("customer", "public", "edge", "inside", "secure", "partner")


@dataclass(frozen=True, kw_only=True)
class MadeElement:
    id: str
    kind: str
    zone: str
    drawn: bool = False


@dataclass(frozen=True, kw_only=True)
class MadeFlow:
    source: str
    target: str
    channel: str
    carries: tuple[str, ...] = ("messages",)
    protected: str = "none"


@dataclass(frozen=True, kw_only=True)
class MadeArchitecture:
    elements: tuple[MadeElement, ...]
    flows: tuple[MadeFlow, ...]


@dataclass(frozen=True, kw_only=True)
class MadeStep:
    threat: str
    at: str


@dataclass(frozen=True, kw_only=True)
class MadePath:
    id: str
    steps: tuple[MadeStep, ...]
    target: str
    frequency_ppm: int
    event_minor: int
    expected_minor: int


@dataclass(frozen=True, kw_only=True)
class MadeCell:
    likelihood: int
    impact: int
    scenarios: tuple[str, ...]
    rating: str


def architecture_for(service: Service) -> MadeArchitecture:
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
    return MadeArchitecture(
        elements=tuple(MadeElement(id=name, kind=kind, zone=zone) for name, kind, zone in named),
        flows=tuple(MadeFlow(source=a, target=b, channel=channel) for a, b, channel in flows),
    )


def with_analysis(plan: Plan, **more: object) -> Plan:
    """The same plan with more in its analysis; everything else of it stays as it is."""
    analysis = copy(plan.analysis)
    analysis.__dict__.update(more)
    return replace(plan, analysis=analysis)


def study_of(plan: Plan) -> MadeStudy:
    """A study with something in each part; its figures are made up, its ids are the plan's."""
    policy = plan.policy
    chosen = [one.id for one in policy.controls]
    asked = [one for one in policy.requirements if one.controls][:6]
    burden, mean, worst = (
        int(policy.optimum[name])
        for name in ("burden_millidays", "expected_after_minor", "var_95_after_minor")
    )
    left = [name for name in policy.declined if name in plan.catalogue.countermeasures]
    return MadeStudy(
        prices=tuple(
            MadePrice(
                requirement=one.id,
                title=one.title,
                burden_millidays=place * 7_300,
                instead=one.controls[:place],
            )
            for place, one in enumerate(asked)
        ),
        binding={
            chosen[0]: (asked[0].id,),
            chosen[1]: (plan.analysis.scenarios[0].threat, "portfolio"),
        },
        frontier=tuple(
            MadePoint(
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
            MadeSwing(control=chosen[0], chosen_at=("low",)),
            MadeSwing(control=left[0], chosen_at=("mid", "high")),
        ),
    )


def budget_of(plan: Plan) -> MadeAlternative:
    """What two thirds of the plan's burden would buy; it does not keep everything."""
    optimum = plan.policy.optimum
    return MadeAlternative(
        chosen=tuple(one.id for one in plan.policy.controls[:40]),
        burden_millidays=int(optimum["burden_millidays"]) * 2 // 3,
        expected_after_minor=int(optimum["expected_after_minor"]) * 2,
        var_95_after_minor=int(optimum["var_95_after_minor"]) * 2,
        unmet=(plan.policy.requirements[0].id, "portfolio"),
    )


@dataclass(frozen=True, kw_only=True)
class MadeInterval:
    low: int
    mid: int
    high: int


@dataclass(frozen=True, kw_only=True)
class MadeDriver:
    threat: str
    share_permille: int


@dataclass(frozen=True, kw_only=True)
class MadeUncertainty:
    draws: int
    mean_minor: MadeInterval
    var_95_minor: MadeInterval
    var_99_minor: MadeInterval
    drivers: tuple[MadeDriver, ...]


def uncertainty_of(plan: Plan, *, scale: int) -> MadeUncertainty:
    """Intervals that are all alike, and the first scenarios as drivers."""
    interval = MadeInterval(low=scale * 1_000_000, mid=scale * 2_000_000, high=scale * 5_000_000)
    drivers = [
        MadeDriver(threat=one.threat, share_permille=400 - 100 * place)
        for place, one in enumerate(plan.analysis.scenarios[:4])
    ]
    return MadeUncertainty(
        draws=400, mean_minor=interval, var_95_minor=interval, var_99_minor=interval,
        drivers=tuple(drivers),
    )  # fmt: skip
