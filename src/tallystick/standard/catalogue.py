"""The catalogue: the framework as one frozen value, and its canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tallystick.standard.entries import in_ppm
from tallystick.standard.mappings import (
    Framework,
    FrameworkMapping,
    framework_plain,
    mapping_plain,
)
from tallystick.standard.model import (
    Clause,
    Countermeasure,
    Interval,
    Requirement,
    Threat,
)
from tallystick.standard.registers import CertificateKind, Room, Trial
from tallystick.standard.sources import SourceFamily
from tallystick.standard.steps import AttackStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The framework as data; every reference in it leads somewhere.

    All mappings are by id, sorted; clauses stand in the order of the standard. `digest` is the
    SHA-256 of the canonical content, in which shares, rates and severities are parts per million.
    """

    clauses: Mapping[str, Clause]
    threats: Mapping[str, Threat]
    countermeasures: Mapping[str, Countermeasure]
    requirements: Mapping[str, Requirement]
    trials: Mapping[str, Trial]
    certificates: Mapping[str, CertificateKind]
    rooms: Mapping[str, Room]
    digest: str
    sources: Mapping[str, SourceFamily] = field(default_factory=dict)
    frameworks: Mapping[str, Framework] = field(default_factory=dict)
    mappings: tuple[FrameworkMapping, ...] = ()
    steps: tuple[AttackStep, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The content as canonical JSON material: whole numbers, strings, lists and tables."""
        return catalogue_plain(
            clauses=self.clauses.values(),
            threats=self.threats.values(),
            countermeasures=self.countermeasures.values(),
            requirements=self.requirements.values(),
            trials=self.trials.values(),
            certificates=self.certificates.values(),
            frameworks=self.frameworks.values(),
            mappings=self.mappings,
            steps=self.steps,
        )

    def mapped(self, requirement: str) -> tuple[FrameworkMapping, ...]:
        """The mappings of one requirement, by framework and reference."""
        return tuple(one for one in self.mappings if one.requirement == requirement)

    def mapped_to(self, framework: str, reference: str = "") -> tuple[FrameworkMapping, ...]:
        """The mappings to one reference of a framework, or to any when none is named."""
        return tuple(
            one
            for one in self.mappings
            if one.framework == framework and reference in ("", one.reference)
        )


def catalogue_plain(
    *,
    clauses: Iterable[Clause],
    threats: Iterable[Threat],
    countermeasures: Iterable[Countermeasure],
    requirements: Iterable[Requirement],
    trials: Iterable[Trial],
    certificates: Iterable[CertificateKind],
    frameworks: Iterable[Framework] = (),
    mappings: Iterable[FrameworkMapping] = (),
    steps: Iterable[AttackStep] = (),
) -> dict[str, Any]:
    """What the digest is made over.

    Rooms and families of sources are left out: where code lives and on which terms a source can be
    read changes no decision.
    """
    return {
        "clauses": [{"number": clause.number, "title": clause.title} for clause in clauses],
        "threats": [_threat(threat) for threat in threats],
        "countermeasures": [_countermeasure(control) for control in countermeasures],
        "requirements": [_requirement(requirement) for requirement in requirements],
        "trials": [_trial(trial) for trial in trials],
        "certificates": [
            {"id": kind.id, "title": kind.title, "issuer": kind.issuer} for kind in certificates
        ],
        "frameworks": [framework_plain(framework) for framework in frameworks],
        "mappings": [mapping_plain(mapping) for mapping in mappings],
        "steps": [step.plain() for step in steps],
    }


def _interval(interval: Interval) -> list[int]:
    return [in_ppm(interval.low), in_ppm(interval.high)]


def _threat(threat: Threat) -> dict[str, Any]:
    return {
        "id": threat.id,
        "title": threat.title,
        "description": threat.description,
        "clause": threat.clause,
        "layer": threat.layer.value,
        "needs": threat.needs,
        "hits": list(threat.hits),
        "sources": list(threat.sources),
        "accepted": threat.accepted,
        "frequency_ppm": _interval(threat.frequency),
        "scale": threat.scale,
        "severity_ppm": _interval(threat.severity),
        "base": threat.base,
        "cap": threat.cap,
        "cap_count": threat.cap_count,
        "shock_ppm": {name: _interval(threat.shock[name]) for name in threat.shock},
    }


def _countermeasure(control: Countermeasure) -> dict[str, Any]:
    return {
        "id": control.id,
        "title": control.title,
        "description": control.description,
        "layer": control.layer.value,
        "room": control.room,
        "build_days": control.cost.build_days,
        "run_days": control.cost.run_days,
        "friction": control.cost.friction,
        "effects_ppm": {name: _interval(control.effects[name]) for name in control.effects},
        "applies": control.applies,
        "requires": list(control.requires),
        "excludes": list(control.excludes),
        "facts": {name: list(facts) for name, facts in control.sets.facts.items()},
        "parameters": dict(control.sets.parameters),
        "typologies": list(control.sets.typologies),
        "why": control.why,
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    closing = requirement.closing
    return {
        "id": requirement.id,
        "clause": requirement.clause,
        "nature": requirement.nature.value,
        "layer": requirement.layer.value,
        "title": requirement.title,
        "text": requirement.text,
        "sources": list(requirement.sources),
        "applies": requirement.applies,
        "controls": list(requirement.controls),
        "closing": {
            "facts": list(closing.facts),
            "trials": list(closing.trials),
            "certificates": list(closing.certificates),
            "attested": closing.attested,
            "instead_facts": list(closing.instead_facts),
            "instead_trials": list(closing.instead_trials),
            "freshness_days": closing.freshness_days,
        },
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "id": trial.id,
        "title": trial.title,
        "threat": trial.threat,
        "clause": trial.clause,
        "expected": list(trial.expected),
        "seen_by": trial.seen_by,
    }
