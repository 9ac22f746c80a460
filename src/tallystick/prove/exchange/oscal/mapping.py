"""How our requirements relate to public frameworks, as a mapping collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallystick.ground.errors import Misconfigured
from tallystick.prove.exchange.material import NAMESPACE, Material, stable_uuid
from tallystick.prove.exchange.oscal.common import (
    CATALOG,
    Table,
    metadata,
    prop,
    without_nothing,
)
from tallystick.prove.exchange.relations import (
    Described,
    Relation,
    frameworks_of,
    relations_of,
)

RELATIONSHIPS = {
    "equal": "equal-to",
    "equal-to": "equal-to",
    "equivalent": "equivalent-to",
    "equivalent-to": "equivalent-to",
    "subset": "subset-of",
    "subset-of": "subset-of",
    "superset": "superset-of",
    "superset-of": "superset-of",
    "intersects": "intersects-with",
    "intersects-with": "intersects-with",
    "no-relationship": "no-relationship",
}
"""Words of set theory relationship mapping (NIST IR 8477, 4.3) and the tokens of OSCAL for them."""

METHODS = ("syntactic", "semantic", "functional")


def mapping_collection(
    material: Material,
    relations: Sequence[Relation] | None = None,
    frameworks: Mapping[str, Described] | None = None,
) -> Table:
    """One mapping for each framework that the catalogue relates to.

    Takes: other relations and frameworks than the catalogue's, when they are given.
    Refuses: Misconfigured when there are no relations.
    """
    relations = relations_of(material) if relations is None else relations
    described = frameworks_of(material) if frameworks is None else frameworks
    if not relations:
        raise Misconfigured("the catalogue maps no requirement to a framework", where="OSCAL")
    names = sorted({one.framework for one in relations})
    head = metadata(
        material, "Requirements and public frameworks", version=material.catalogue.digest
    )
    return {
        "mapping-collection": {
            "uuid": stable_uuid("mapping", material.catalogue.digest, material.made_at),
            "metadata": head,
            "provenance": {
                "method": "human",
                "matching-rationale": "semantic",
                "status": "not-complete",
                "mapping-description": "Our requirements compared with entries of public "
                "frameworks, named by their identifiers. What is not here was not compared, or "
                "not found to be related.",
            },
            "mappings": [
                _mapping(name, [one for one in relations if one.framework == name])
                for name in names
            ],
            "back-matter": {"resources": [_resource(name, described.get(name)) for name in names]},
        }
    }


def _mapping(framework: str, relations: Sequence[Relation]) -> Table:
    return {
        "uuid": stable_uuid("mapping", framework),
        "source-resource": {"type": "catalog", "href": CATALOG},
        "target-resource": {"type": "catalog", "href": f"#{_framework_uuid(framework)}"},
        "maps": [_map(one) for one in relations],
    }


def _map(relation: Relation) -> Table:
    word = "-".join(relation.relationship.replace("_", " ").lower().split())
    known = RELATIONSHIPS.get(word)
    method = relation.rationale if relation.rationale in METHODS else ""
    percent = relation.confidence_percent
    return without_nothing(
        {
            "uuid": stable_uuid(
                "map", relation.framework, relation.requirement, relation.reference
            ),
            "ns": "" if known else NAMESPACE,
            "matching-rationale": str(method),
            "relationship": known or word,
            "sources": [{"type": "control", "id-ref": relation.requirement}],
            "targets": [{"type": "control", "id-ref": relation.reference}],
            "confidence-score": {} if percent is None else {"percentage": percent / 100},
            "remarks": "" if method else relation.rationale,
        }
    )


def _framework_uuid(framework: str) -> str:
    return stable_uuid("framework", framework)


def _resource(framework: str, described: Described | None) -> Table:
    if described is None:
        told, links = framework, []
    else:
        told = f"{described.title}, {described.edition}"
        links = [{"href": described.address}] if "://" in described.address else []
    return without_nothing(
        {
            "uuid": _framework_uuid(framework),
            "title": told,
            "props": [prop("framework", framework)],
            "citation": {"text": told},
            "rlinks": links,
        }
    )
