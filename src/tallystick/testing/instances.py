"""Planning problems of any size, for measuring and for tests: the same seed, the same problem.

They are built as real ones are: threats in neighbourhoods, controls that each hold a few neighbours
down, in one layer; most requirements answered by one control, others by a choice; alternatives that
exclude each other (secure element, trusted environment, software); prerequisites; costs in bands.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tallystick.analyse import analyse_risk
from tallystick.decide.selection import Problem, pose_problem
from tallystick.describe import Service, read_service, scaffold_service
from tallystick.ground.canonical import digest_of
from tallystick.standard import (
    Catalogue,
    Clause,
    Cost,
    Countermeasure,
    Interval,
    Layer,
    Nature,
    Requirement,
    Threat,
)
from tallystick.standard.catalogue import catalogue_plain

_EFFECTS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
_STRONG = (0.9, 0.95, 0.98)
_DAYS = (2, 4, 6, 10, 15, 20, 30, 45)
_GRAVE = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a problem is. `lone_percent`: requirements that one control alone answers."""

    scenarios: int = 200
    controls: int = 300
    requirements: int = 150
    lone_percent: int = 50
    alternatives: int = 20


def generated_problem(
    seed: int,
    size: Size | None = None,
    *,
    scenario_percent: int = 100,
    year_percent: int = 100,
) -> Problem:
    """A problem to choose from. Takes: the appetite of a scenario, in percent of the mean expected
    loss of all before countermeasures, and of the worst years, in percent of theirs."""
    catalogue = generated_catalogue(seed, size or Size())
    service = _service()
    analysis = analyse_risk(service, catalogue)
    mean = analysis.loss.mean_minor // max(len(analysis.scenarios), 1)
    service = _accepting(
        service,
        scenario=mean * scenario_percent // 100,
        worst_20=analysis.loss.var_95_minor * year_percent // 100,
        worst_100=analysis.loss.var_99_minor * year_percent // 100,
    )
    return pose_problem(service, analyse_risk(service, catalogue), catalogue)


def _service() -> Service:
    service = read_service(scaffold_service("e-wallet", "Generated"))
    return _accepting(service, scenario=_GRAVE, worst_20=_GRAVE, worst_100=_GRAVE)


def _accepting(service: Service, *, scenario: int, worst_20: int, worst_100: int) -> Service:
    appetite = replace(
        service.appetite,
        scenario_minor=max(scenario, 1),
        annual_95_minor=worst_20,
        annual_99_minor=worst_100,
    )
    return replace(service, appetite=appetite, parameters={}, typologies={})


def generated_catalogue(seed: int, size: Size) -> Catalogue:
    """A catalogue of this size; every reference in it leads somewhere."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible problem, no secret
    threats = [_threat(chance, n) for n in range(size.scenarios)]
    controls = [_control(chance, n, threats) for n in range(size.controls)]
    _exclude(chance, controls, size.alternatives)
    requirements = [_requirement(chance, n, controls, size) for n in range(size.requirements)]
    clauses = [Clause(number="7", title="Security principles")]
    plain = catalogue_plain(
        clauses=clauses, threats=threats, countermeasures=controls, requirements=requirements,
        trials=(), certificates=(),
    )  # fmt: skip
    return Catalogue(
        clauses={clause.number: clause for clause in clauses},
        threats={threat.id: threat for threat in threats},
        countermeasures={control.id: control for control in controls},
        requirements={requirement.id: requirement for requirement in requirements},
        trials={}, certificates={}, rooms={}, digest=digest_of(plain),
    )  # fmt: skip


def _threat(chance: random.Random, n: int) -> Threat:
    often = chance.choice([0.05, 0.1, 0.2, 0.5, 1.0, 2.0])
    days = chance.choice([2.0, 5.0, 10.0, 20.0, 40.0])
    return Threat(
        id=f"T-{n:03}", title=f"Threat {n}", description=f"What may happen, {n}.", clause="7",
        layer=chance.choice(list(Layer)), needs="always", hits=("money",),
        sources=("derived: generated",), frequency=Interval(low=often, high=often * 4),
        scale="service", severity=Interval(low=days, high=days * 10), base="person_day",
    )  # fmt: skip


def _control(chance: random.Random, n: int, threats: list[Threat]) -> Countermeasure:
    """Holds its own threat down well and neighbours less; a tenth needs one that came before."""
    home = n % max(len(threats), 1)
    near = range(max(home - 8, 0), min(home + 9, len(threats)))
    held = {home, *chance.sample(near, min(chance.randint(1, 6), len(near)))} if near else set()
    days = chance.choice(_DAYS)
    effects = {}
    for place in sorted(held):
        low = chance.choice(_STRONG if place == home else _EFFECTS)
        effects[threats[place].id] = Interval(low=low, high=(1 + low) / 2)
    return Countermeasure(
        id=f"C-{n:03}", title=f"Control {n}", description=f"How it is done, {n}.",
        layer=chance.choice(list(Layer)), room="provider",
        cost=Cost(
            build_days=days * chance.randint(1, 3),
            run_days=days,
            friction=chance.choice([0, 0, 0, 2, 8]),
        ),
        effects=effects,
        requires=(f"C-{chance.randrange(n):03}",) if n and chance.random() < 0.1 else (),
    )  # fmt: skip


def _exclude(chance: random.Random, controls: list[Countermeasure], count: int) -> None:
    """Alternatives in threes, none of which needs another."""
    free = [n for n, control in enumerate(controls) if not control.requires]
    for _ in range(min(count, len(free) // 3)):
        trio = [free.pop(chance.randrange(len(free))) for _ in range(3)]
        for n in trio:
            others = tuple(sorted(controls[other].id for other in trio if other != n))
            controls[n] = replace(controls[n], excludes=others)


def _requirement(
    chance: random.Random, n: int, controls: list[Countermeasure], size: Size
) -> Requirement:
    """Answered by one control that excludes and needs nothing, or by two to four, whichever."""
    if chance.randrange(100) < size.lone_percent:
        lone = [c for c in controls if not c.excludes and not c.requires] or controls
        meets = [chance.choice(lone[: max(len(lone) // 2, 1)])]
    else:
        meets = chance.sample(controls, min(chance.randint(2, 4), len(controls)))
    return Requirement(
        id=f"R-7-{n:03}", clause="7", nature=Nature.REQUIREMENT,
        layer=chance.choice(list(Layer)), title=f"Requirement {n}", text=f"What is asked, {n}.",
        sources=("derived: generated",), controls=tuple(sorted(c.id for c in meets)),
    )  # fmt: skip
