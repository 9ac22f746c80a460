"""Requirements as a standard, and what the evidence says about each as an attestation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from tallystick.prove.closure import Assessment, Basis, State
from tallystick.prove.dossier import Dossier
from tallystick.prove.evidence import read_leaf
from tallystick.prove.exchange.cyclonedx.bom import (
    Table,
    head,
    prop,
    service_component,
    service_ref,
)
from tallystick.prove.exchange.material import Material, instant_of
from tallystick.standard import Clause, Nature, Requirement

_STANDARD = "standard:tallystick"
_ASSESSOR = "assessor:tallystick"


def attestation_bom(material: Material) -> Table:
    """Claims for every requirement that applies; with a dossier also evidence and conformance.

    A requirement is met or it is not: the score of conformance is 1 when the evidence closes it and
    0 when not. Without a dossier no score is given, as nothing was looked at.
    """
    return head(material, "attestations") | {
        "declarations": {
            "assessors": [_assessor(material)],
            "attestations": [_attestation(material)],
            "claims": [_claim(material, name) for name in material.applied],
            "evidence": list(_evidence(material.dossier)) if material.dossier else [],
            "targets": {"components": [_target(material)]},
        },
        "definitions": {"standards": [_standard(material)]},
    }


def _assessor(material: Material) -> Table:
    return {
        "bom-ref": _ASSESSOR,
        "thirdParty": False,
        "organization": {"name": material.service.provider.name},
    }


def _target(material: Material) -> Table:
    return service_component(material) | {"bom-ref": _target_ref(material)}


def _target_ref(material: Material) -> str:
    return f"target:{service_ref(material)}"


def _attestation(material: Material) -> Table:
    dossier = material.dossier
    told = "Planned; nothing was assessed yet."
    if dossier is not None:
        told = (
            f"{len(dossier.ids(State.CLOSED))} of {len(dossier.assessments)} requirements and "
            f"recommendations are closed by evidence, {dossier.grade} grade."
        )
    return {
        "summary": told,
        "assessor": _ASSESSOR,
        "map": [_mapped(material, name) for name in material.applied],
    }


def _mapped(material: Material, name: str) -> Table:
    table: Table = {"requirement": _requirement_ref(name), "claims": [_claim_ref(name)]}
    assessment = material.assessments.get(name)
    if assessment is None or material.dossier is None:
        return table
    closed = assessment.state is State.CLOSED
    return table | {
        "conformance": {
            "score": 1 if closed else 0,
            "rationale": f"{assessment.state.value}: {assessment.reason}",
        },
        "confidence": {"rationale": _confidence(assessment, material.dossier)},
    }


def _confidence(assessment: Assessment, dossier: Dossier) -> str:
    told = {
        Basis.SERVICE: "records that the running service produced",
        Basis.PERSON: "a person's word among other things",
        Basis.NOTHING: "nothing",
    }[assessment.basis]
    return (
        f"rests on {told}; {dossier.grade} grade, crypto module {dossier.module}, "
        f"witness {dossier.witness}"
    )


def _claim(material: Material, name: str) -> Table:
    applied = material.applied[name]
    assessment = material.assessments.get(name)
    seen = [_evidence_ref(index) for index in assessment.evidence] if assessment else []
    table: Table = {
        "bom-ref": _claim_ref(name),
        "target": _target_ref(material),
        "predicate": material.catalogue.requirements[name].text,
        "reasoning": _reasoning(material, name, applied.controls),
    }
    return table | ({"evidence": seen} if seen else {})


def _reasoning(material: Material, name: str, controls: tuple[str, ...]) -> str:
    if controls:
        titles = (material.catalogue.countermeasures[one].title for one in controls)
        told = ", ".join(f"{one} ({title})" for one, title in zip(controls, titles, strict=True))
        return f"Answered by {told}."
    if name in material.policy.declined:
        return f"Declined: {material.policy.declined[name]}."
    return "No countermeasure in force answers it."


def _evidence(dossier: Dossier) -> Iterator[Table]:
    for place, proven in enumerate(dossier.evidence):
        leaf = read_leaf(proven.leaf)
        yield {
            "bom-ref": _evidence_ref(proven.index),
            "propertyName": f"{leaf.operation}: {leaf.outcome}",
            "data": [
                {
                    "name": f"entry {proven.index} of the evidence log, SHA-256 of the leaf "
                    f"{hashlib.sha256(proven.leaf).hexdigest()}",
                    "contents": {"url": f"dossier.json#/evidence/{place}"},
                }
            ],
            "created": instant_of(leaf.at_ms),
        }


def _standard(material: Material) -> Table:
    catalogue = material.catalogue
    asked = [one for one in catalogue.requirements.values() if one.nature is not Nature.DESCRIPTION]
    used = {one.clause for one in asked}
    clauses = [one for one in catalogue.clauses.values() if one.number in used]
    return {
        "bom-ref": _STANDARD,
        "name": "Requirements of mobile financial services, after ISO/TS 12812-2:2017",
        "version": catalogue.digest,
        "owner": "The Tallystick maintainers",
        "requirements": [*(_clause(one) for one in clauses), *(_requirement(one) for one in asked)],
        "levels": [
            {
                "bom-ref": f"level:{material.service.id}",
                "identifier": f"applies to {material.service.id}",
                "requirements": [_requirement_ref(name) for name in material.applied],
            }
        ],
    }


def _clause(clause: Clause) -> Table:
    return {
        "bom-ref": f"clause:{clause.number}",
        "identifier": clause.number,
        "text": clause.title,
    }


def _requirement(requirement: Requirement) -> Table:
    return {
        "bom-ref": _requirement_ref(requirement.id),
        "identifier": requirement.id,
        "text": requirement.text,
        "descriptions": [requirement.title],
        "parent": f"clause:{requirement.clause}",
        "properties": [
            prop("nature", requirement.nature.value),
            prop("layer", requirement.layer.value),
            *(prop("source", source) for source in requirement.sources),
        ],
    }


def _requirement_ref(name: str) -> str:
    return f"requirement:{name}"


def _claim_ref(name: str) -> str:
    return f"claim:{name}"


def _evidence_ref(index: int) -> str:
    return f"evidence:{index}"
