"""What all models of OSCAL share: metadata, properties, the names of the files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.prove.exchange.material import NAMESPACE, Material

OSCAL_VERSION = "1.2.1"

CATALOG = "catalog.json"
PROFILE = "profile.json"
COMPONENTS = "component-definition.json"
PLAN = "system-security-plan.json"
ASSESSMENT_PLAN = "assessment-plan.json"
RESULTS = "assessment-results.json"
MILESTONES = "plan-of-action-and-milestones.json"
MAPPING = "mapping-collection.json"
DOSSIER = "dossier.json"

PROVIDER = "provider"
THIS_SYSTEM = "this-system"
TOOL = "tool"

Table = dict[str, Any]


def metadata(material: Material, title: str, *, version: str) -> Table:
    """The head of a document: title, date, version, and the provider as the party behind it."""
    party = material.uuid("party", material.service.provider.id)
    return {
        "title": title,
        "last-modified": material.instant,
        "version": version,
        "oscal-version": OSCAL_VERSION,
        "roles": [{"id": PROVIDER, "title": "Mobile financial service provider"}],
        "parties": [
            {
                "uuid": party,
                "type": "organization",
                "name": material.service.provider.name,
            }
        ],
        "responsible-parties": [{"role-id": PROVIDER, "party-uuids": [party]}],
    }


def prop(name: str, value: object, *, remarks: str = "") -> Table:
    """One property in our own name space."""
    table = {"name": name, "ns": NAMESPACE, "value": str(value)}
    return table | ({"remarks": remarks} if remarks else {})


def statement_id(requirement: str) -> str:
    """The id of the part that says what a requirement asks."""
    return f"{requirement}_smt"


def objective_id(requirement: str) -> str:
    """The id of the part that says what closes a requirement."""
    return f"{requirement}_obj"


def selected(requirements: Iterable[str]) -> Table:
    """Reviewed controls: exactly these requirements."""
    included = [{"control-id": name} for name in requirements]
    return {"control-selections": [{"include-controls": included}]}


def origin(material: Material) -> Table:
    """Who says it: this tool."""
    return {"actors": [{"type": TOOL, "actor-uuid": material.uuid("component", TOOL)}]}


def tool_component(material: Material) -> Table:
    """The tool as a component, so that origins lead somewhere."""
    return {
        "uuid": material.uuid("component", TOOL),
        "type": "software",
        "title": "Tallystick",
        "description": "Plans the service, runs its security services, attacks it and closes "
        "requirements with evidence.",
        "status": {"state": "operational"},
    }


def without_nothing(table: Table) -> Table:
    """Members that are empty lists, tables or strings are left out: OSCAL allows none of them."""
    return {name: value for name, value in table.items() if value not in ([], {}, "", None)}
