"""The requirements as a catalog, and those that apply to the service as a profile."""

from __future__ import annotations

from tallystick.prove.exchange.material import Material, stable_uuid
from tallystick.prove.exchange.oscal.common import (
    CATALOG,
    Table,
    metadata,
    objective_id,
    prop,
    statement_id,
    without_nothing,
)
from tallystick.standard import Catalogue, Clause, Nature, Requirement


def catalog(material: Material) -> Table:
    """Every requirement of the catalogue, by clause.

    Descriptions ask for nothing, so they are text of their group and not controls: a tool cannot
    assess them by mistake.
    """
    catalogue = material.catalogue
    groups = [_group(clause, catalogue) for clause in catalogue.clauses.values()]
    return {
        "catalog": {
            "uuid": stable_uuid("catalog", catalogue.digest, material.made_at),
            "metadata": metadata(
                material,
                "Requirements of mobile financial services, after ISO/TS 12812-2:2017",
                version=catalogue.digest,
            ),
            "groups": groups,
            "back-matter": {"resources": _sources(catalogue)},
        }
    }


def profile(material: Material) -> Table:
    """The requirements and recommendations that apply to the service."""
    return {
        "profile": {
            "uuid": material.document_uuid("profile"),
            "metadata": metadata(
                material,
                f"Requirements that apply to {material.service.name}",
                version=material.policy.digest,
            ),
            "imports": [
                {"href": CATALOG, "include-controls": [{"with-ids": list(material.applied)}]}
            ],
            "merge": {"as-is": True},
        }
    }


def source_uuid(source: str) -> str:
    """The identifier of a source in the back matter."""
    return stable_uuid("source", source)


def _group(clause: Clause, catalogue: Catalogue) -> Table:
    asked = [one for one in catalogue.requirements.values() if one.clause == clause.number]
    described = [one for one in asked if one.nature is Nature.DESCRIPTION]
    controls = [one for one in asked if one.nature is not Nature.DESCRIPTION]
    return without_nothing(
        {
            "id": f"clause-{clause.number}",
            "class": "clause",
            "title": clause.title,
            "props": [prop("label", clause.number)],
            "parts": [_description(one) for one in described],
            "controls": [_control(one) for one in controls],
        }
    )


def _description(requirement: Requirement) -> Table:
    return {
        "id": requirement.id,
        "name": "overview",
        "title": requirement.title,
        "prose": requirement.text,
    }


def _control(requirement: Requirement) -> Table:
    return {
        "id": requirement.id,
        "class": requirement.nature.value,
        "title": requirement.title,
        "props": [
            {"name": "label", "value": requirement.id},
            prop("nature", requirement.nature.value),
            prop("layer", requirement.layer.value),
            prop("applies", requirement.applies),
            *(prop("answered-by", name) for name in requirement.controls),
        ],
        "links": [
            {"href": f"#{source_uuid(source)}", "rel": "reference"}
            for source in requirement.sources
        ],
        "parts": [
            {
                "id": statement_id(requirement.id),
                "name": "statement",
                "prose": requirement.text,
            },
            {
                "id": objective_id(requirement.id),
                "name": "assessment-objective",
                "prose": closing_words(requirement),
            },
        ],
    }


def closing_words(requirement: Requirement) -> str:
    """What closes a requirement, in one sentence."""
    closing = requirement.closing
    wanted = [
        *(f"the fact {name} in the evidence" for name in closing.facts),
        *(f"the trial {name} withstood" for name in closing.trials),
    ]
    if closing.certificates:
        wanted.append(f"a certificate of one of the kinds {', '.join(closing.certificates)}")
    if closing.attested:
        wanted.append("a person's signed statement")
    if closing.instead:
        wanted[-1] += f" (or instead {', '.join(closing.instead)})"
    return f"Closed by {' and '.join(wanted)}, not older than {closing.freshness_days} days."


def _sources(catalogue: Catalogue) -> list[Table]:
    named = sorted({name for one in catalogue.requirements.values() for name in one.sources})
    return [
        {"uuid": source_uuid(name), "title": name, "citation": {"text": name}} for name in named
    ]
