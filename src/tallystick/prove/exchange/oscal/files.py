"""The documents of one plan, by file name."""

from __future__ import annotations

from tallystick.prove.exchange.material import Material, json_octets
from tallystick.prove.exchange.oscal.assessment import assessment_plan
from tallystick.prove.exchange.oscal.catalog import catalog, profile
from tallystick.prove.exchange.oscal.common import (
    ASSESSMENT_PLAN,
    CATALOG,
    COMPONENTS,
    DOSSIER,
    MAPPING,
    MILESTONES,
    PLAN,
    PROFILE,
    RESULTS,
    Table,
)
from tallystick.prove.exchange.oscal.components import component_definition
from tallystick.prove.exchange.oscal.mapping import mapping_collection
from tallystick.prove.exchange.oscal.milestones import plan_of_action
from tallystick.prove.exchange.oscal.plan import system_security_plan
from tallystick.prove.exchange.oscal.results import assessment_results
from tallystick.prove.exchange.relations import relations_of


def oscal_files(material: Material) -> dict[str, bytes]:
    """Every model that can be made: results only with a dossier, which is then laid beside them."""
    documents: dict[str, Table | None] = {
        CATALOG: catalog(material),
        PROFILE: profile(material),
        COMPONENTS: component_definition(material),
        PLAN: system_security_plan(material),
        ASSESSMENT_PLAN: assessment_plan(material),
        MILESTONES: plan_of_action(material),
        MAPPING: mapping_collection(material) if relations_of(material) else None,
        RESULTS: assessment_results(material) if material.dossier is not None else None,
    }
    files = {name: json_octets(one) for name, one in documents.items() if one is not None}
    if material.dossier is not None:
        files[DOSSIER] = material.dossier.octets
    return files
