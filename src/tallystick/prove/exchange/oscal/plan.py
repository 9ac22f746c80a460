"""The planned service as a system security plan."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.decide.policy import AppliedRequirement
from tallystick.prove.closure import State
from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.oscal.common import (
    PROFILE,
    THIS_SYSTEM,
    Table,
    metadata,
    prop,
    tool_component,
    without_nothing,
)
from tallystick.prove.exchange.oscal.components import (
    component_type,
    control_props,
    control_uuid,
)

_RFC_4122 = "https://ietf.org/rfc/rfc4122"
_USERS = {
    "customer": "Pays, is paid, and holds electronic money or an account.",
    "merchant": "Is paid by customers.",
    "agent": "Takes cash in and pays it out.",
    "staff": "Issues money, serves customers, runs the service.",
}


def system_security_plan(material: Material) -> Table:
    """Boundary, components and how each requirement is answered."""
    return {
        "system-security-plan": {
            "uuid": material.document_uuid("system-security-plan"),
            "metadata": metadata(
                material,
                f"Security plan of {material.service.name}",
                version=material.policy.digest,
            )
            | {"props": _facts(material)},
            "import-profile": {"href": PROFILE},
            "system-characteristics": _characteristics(material),
            "system-implementation": {
                "users": [_user(material, name) for name in _USERS],
                "components": list(_components(material)),
            },
            "control-implementation": {
                "description": "Which countermeasures in force answer which requirement.",
                "implemented-requirements": [
                    _implemented(material, one) for one in material.policy.requirements
                ],
            },
        }
    }


def system_uuid(material: Material) -> str:
    """The identifier of the service as a system."""
    return material.uuid("component", THIS_SYSTEM)


def _facts(material: Material) -> list[Table]:
    """In the head, as some readers take every property of a system for one that NIST lists."""
    service = material.service
    return [
        *(prop("mode", mode) for mode in service.modes),
        prop("service-digest", service.digest),
        prop("analysis-digest", material.analysis.digest),
        prop("policy-digest", material.policy.digest),
        prop("customers", service.volumes.customers),
        prop("payments-per-day", service.volumes.transactions_per_day),
    ]


def _characteristics(material: Material) -> Table:
    service = material.service
    return {
        "system-ids": [{"identifier-type": _RFC_4122, "id": system_uuid(material)}],
        "system-name": service.name,
        "system-name-short": service.id,
        "description": f"A mobile financial service of {service.provider.name} under the law of "
        f"{service.provider.jurisdiction}, in {service.currency}. It offers: "
        f"{_words(service.services)}.",
        "system-information": {"information-types": list(_information(material))},
        "status": _status(material),
        "authorization-boundary": {
            "description": "Inside: the provider's servers, its crypto modules and the application "
            f"on customers' handsets. Outside: {_outside(material)}.",
        },
        "network-architecture": {
            "description": f"Orders and offers travel by: {_words(service.channels)}.",
        },
    }


def _status(material: Material) -> Table:
    if material.dossier is not None:
        return {"state": "operational"}
    return {
        "state": "other",
        "remarks": "Made from a description of the service. Whether it runs is not said here.",
    }


def _information(material: Material) -> Iterator[Table]:
    kinds = material.service.retention_days
    for kind in sorted(kinds):
        yield {
            "uuid": material.uuid("information", kind),
            "title": kind,
            "description": f"Personal data of the kind {kind}, kept for {kinds[kind]} days.",
        }
    yield {
        "uuid": material.uuid("information", "money"),
        "title": "balances and payments",
        "description": "Who holds how much, and who paid whom.",
    }


def _outside(material: Material) -> str:
    told = [f"{party.name} ({party.role})" for party in material.service.parties]
    return ", ".join(told) or "networks and the other ends of payments"


def _user(material: Material, name: str) -> Table:
    return {
        "uuid": material.uuid("user", name),
        "title": name.capitalize(),
        "description": _USERS[name],
        "role-ids": [name],
    }


def _components(material: Material) -> Iterator[Table]:
    service = material.service
    yield {
        "uuid": system_uuid(material),
        "type": THIS_SYSTEM,
        "title": service.name,
        "description": "The service as a whole.",
        "status": _component_status(material),
    }
    for module in service.modules:
        yield without_nothing(
            {
                "uuid": material.uuid("module", module.name),
                "type": "hardware" if module.kind == "hsm" else "software",
                "title": module.name,
                "description": f"Crypto module of the kind {module.kind}.",
                "props": [prop("certificate", module.certificate)] if module.certificate else [],
                "status": _component_status(material),
            }
        )
    for control in material.policy.controls:
        yield {
            "uuid": control_uuid(material, control.id),
            "type": component_type(control),
            "title": control.title,
            "description": material.catalogue.countermeasures[control.id].description,
            "props": control_props(control),
            "status": _component_status(material),
        }
    yield tool_component(material)


def _component_status(material: Material) -> Table:
    state = "under-development" if material.dossier is None else "operational"
    return {"state": state}


def _implemented(material: Material, requirement: AppliedRequirement) -> Table:
    return without_nothing(
        {
            "uuid": material.uuid("requirement", requirement.id),
            "control-id": requirement.id,
            "props": [prop("nature", requirement.nature), prop("layer", requirement.layer)],
            "by-components": [
                {
                    "component-uuid": control_uuid(material, name),
                    "uuid": material.uuid("answered", requirement.id, name),
                    "description": material.catalogue.countermeasures[name].title,
                    "implementation-status": {"state": implementation_state(material, requirement)},
                }
                for name in requirement.controls
            ],
            "remarks": _why_unanswered(material, requirement),
        }
    )


def implementation_state(material: Material, requirement: AppliedRequirement) -> str:
    """Planned until a dossier shows evidence; implemented only when that closes the requirement."""
    assessment = material.assessments.get(requirement.id)
    if assessment is None or not assessment.evidence:
        return "planned"
    return "implemented" if assessment.state is State.CLOSED else "partial"


def _why_unanswered(material: Material, requirement: AppliedRequirement) -> str:
    if requirement.controls:
        return ""
    if requirement.id in material.policy.declined:
        return f"Declined: {material.policy.declined[requirement.id]}."
    return "No countermeasure in force answers this: see the plan of action and milestones."


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(words)
