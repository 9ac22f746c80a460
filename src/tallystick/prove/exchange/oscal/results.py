"""The dossier as assessment results: findings, observations, and the evidence behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import Assessment, State
from tallystick.prove.dossier import Dossier, Proven
from tallystick.prove.evidence import read_leaf
from tallystick.prove.exchange.material import Material, instant_of
from tallystick.prove.exchange.oscal.assessment import activity_uuid
from tallystick.prove.exchange.oscal.common import (
    ASSESSMENT_PLAN,
    DOSSIER,
    Table,
    metadata,
    origin,
    prop,
    selected,
    statement_id,
    tool_component,
    without_nothing,
)
from tallystick.prove.exchange.oscal.plan import implementation_state, system_uuid


def assessment_results(material: Material) -> Table:
    """What the evidence closes and what it does not.

    Refuses: Misconfigured without a dossier: nothing was assessed then.
    """
    dossier = material.dossier
    if dossier is None:
        raise Misconfigured(
            "assessment results are made from a dossier, and there is none",
            where="OSCAL",
            allowed="--dossier FILE, as `tallystick prove` writes it",
        )
    return {
        "assessment-results": {
            "uuid": material.document_uuid("assessment-results"),
            "metadata": metadata(
                material, f"Assessment of {material.service.name}", version=dossier.digest
            ),
            "import-ap": {"href": ASSESSMENT_PLAN},
            "results": [_result(material, dossier)],
            "back-matter": {"resources": [_dossier_resource(dossier, material)]},
        }
    }


def observation_uuid(material: Material, index: int) -> str:
    """The identifier of an entry of the log as an observation."""
    return material.uuid("evidence", material.policy.digest, str(index))


def finding_uuid(material: Material, requirement: str) -> str:
    """The identifier of what became of a requirement at the dossier's instant."""
    return material.uuid("finding", material.document_uuid("assessment-results"), requirement)


def _result(material: Material, dossier: Dossier) -> Table:
    at = instant_of(dossier.at_ms)
    return without_nothing(
        {
            "uuid": material.uuid("result", dossier.digest),
            "title": f"Closed by evidence, {dossier.grade} grade",
            "description": f"{len(dossier.ids(State.CLOSED))} of {len(dossier.assessments)} "
            "requirements and recommendations are closed by evidence.",
            "start": at,
            "end": at,
            "props": [
                prop("grade", dossier.grade),
                prop("crypto-module", dossier.module),
                prop("witness", dossier.witness),
                prop("dossier-digest", dossier.digest),
                prop("policy-digest", dossier.chain.policy),
            ],
            "local-definitions": {
                "assessment-assets": {
                    "components": [tool_component(material)],
                    "assessment-platforms": [
                        {
                            "uuid": material.uuid("platform", "trials"),
                            "title": "Adversarial trials",
                        }
                    ],
                }
            },
            "reviewed-controls": selected(one.id for one in dossier.assessments),
            "observations": list(_observations(material, dossier)),
            "findings": [_finding(material, one) for one in dossier.assessments],
        }
    )


def _observations(material: Material, dossier: Dossier) -> Iterator[Table]:
    trials = {one.index: one for one in dossier.trials}
    for place, proven in enumerate(dossier.evidence):
        trial, leaf = trials.get(proven.index), read_leaf(proven.leaf)
        told = f"entry {proven.index} of the evidence log: {leaf.operation}, {leaf.outcome}"
        if trial is not None:
            told += f"; the trial {trial.id} {'was withstood' if trial.withstood else 'FAILED'}"
        yield without_nothing(
            {
                "uuid": observation_uuid(material, proven.index),
                "description": told,
                "props": [prop("trial", trial.id)] if trial is not None else [],
                "methods": ["EXAMINE" if trial is None else "TEST"],
                "types": ["control-objective"],
                "origins": [_origin(material, trial.id if trial is not None else "")],
                "subjects": [{"subject-uuid": system_uuid(material), "type": "component"}],
                "relevant-evidence": [_evidence(proven, place)],
                "collected": instant_of(leaf.at_ms),
            }
        )


def _origin(material: Material, trial: str) -> Table:
    made = origin(material)
    if not trial:
        return made
    return made | {"related-tasks": [{"task-uuid": material.uuid("task", "run-trials"),
            "props": [prop("activity", activity_uuid(material, trial))]}]}  # fmt: skip


def _evidence(proven: Proven, place: int) -> Table:
    """Where the entry stands in the dossier, and the digests by which it can be told apart."""
    return {
        "href": f"{DOSSIER}#/evidence/{place}",
        "description": "The leaf, its tally, and the path from the leaf to the signed checkpoint.",
        "props": [
            prop("log-index", proven.index),
            prop("leaf-sha-256", hashlib.sha256(proven.leaf).hexdigest()),
            prop("tally-sha-256", hashlib.sha256(proven.tally).hexdigest()),
        ],
    }


def _finding(material: Material, assessment: Assessment) -> Table:
    observed = [
        {"observation-uuid": observation_uuid(material, index)} for index in assessment.evidence
    ]
    return without_nothing(
        {
            "uuid": finding_uuid(material, assessment.id),
            "title": f"{assessment.id}: {assessment.title}",
            "description": assessment.reason,
            "props": [
                prop("state", assessment.state.value),
                prop("nature", assessment.nature),
                prop("basis", assessment.basis.value),
                *_until(assessment),
            ],
            "target": {
                "type": "statement-id",
                "target-id": statement_id(assessment.id),
                "status": _status(assessment),
                "implementation-status": {
                    "state": implementation_state(material, material.applied[assessment.id])
                },
            },
            "related-observations": observed,
        }
    )


def _until(assessment: Assessment) -> list[Table]:
    if assessment.until_ms is None:
        return []
    return [prop("fresh-until", instant_of(assessment.until_ms))]


def _status(assessment: Assessment) -> Table:
    """OSCAL knows two states: only what is closed is satisfied, and the reason tells the rest."""
    if assessment.state is State.CLOSED:
        return {"state": "satisfied", "reason": "pass"}
    reason = "other" if assessment.state is State.DECLINED else "fail"
    return {"state": "not-satisfied", "reason": reason, "remarks": assessment.state.value}


def _dossier_resource(dossier: Dossier, material: Material) -> Table:
    return {
        "uuid": material.uuid("resource", dossier.digest),
        "title": "The dossier",
        "description": "Everything that a laboratory needs to work these results out again.",
        "rlinks": [
            {
                "href": DOSSIER,
                "media-type": "application/json",
                "hashes": [
                    {
                        "algorithm": "SHA-256",
                        "value": hashlib.sha256(dossier.octets).hexdigest(),
                    }
                ],
            }
        ],
    }
