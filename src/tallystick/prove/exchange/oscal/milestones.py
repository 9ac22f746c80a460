"""What is still open as a plan of action and milestones."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.prove.closure import State
from tallystick.prove.exchange.decisions import ACCEPTANCE, OwnerDecision, decisions_of
from tallystick.prove.exchange.material import NAMESPACE, Material
from tallystick.prove.exchange.oscal.catalog import closing_words
from tallystick.prove.exchange.oscal.common import (
    PLAN,
    Table,
    metadata,
    origin,
    prop,
    tool_component,
    without_nothing,
)
from tallystick.prove.exchange.oscal.plan import system_uuid


def plan_of_action(material: Material) -> Table | None:
    """Open and stale requirements, accepted risks, exceptions; None when there is nothing to do.

    Without a dossier nothing is proven yet, so every requirement that applies is an item.
    """
    items = [*_open_items(material), *_decided_items(material)]
    if not items:
        return None
    return {
        "plan-of-action-and-milestones": without_nothing(
            {
                "uuid": material.document_uuid("plan-of-action-and-milestones"),
                "metadata": metadata(
                    material,
                    f"Plan of action of {material.service.name}",
                    version=material.policy.digest,
                ),
                "import-ssp": {"href": PLAN},
                "system-id": {
                    "identifier-type": "https://ietf.org/rfc/rfc4122",
                    "id": system_uuid(material),
                },
                "local-definitions": {"components": [tool_component(material)]},
                "risks": [*_accepted_risks(material), *_risks_above(material)],
                "poam-items": items,
            }
        )
    }


def _open_items(material: Material) -> Iterator[Table]:
    for name, requirement in material.applied.items():
        assessment = material.assessments.get(name)
        if assessment is not None and assessment.state in (State.CLOSED, State.DECLINED):
            continue
        if assessment is None and name in material.policy.declined:
            continue
        state = State.OPEN if assessment is None else assessment.state
        asked = material.catalogue.requirements[name]
        lacks = asked.controls and not requirement.controls
        told = "No countermeasure in force answers it. " if lacks else ""
        told += closing_words(asked) if assessment is None else f"{assessment.reason}."
        yield {
            "uuid": material.uuid("item", name),
            "title": f"{name}: {requirement.title}",
            "description": told,
            "props": [
                prop("control-id", name),
                prop("state", state.value),
                prop("nature", requirement.nature),
            ],
            "origins": [origin(material)],
        }


def _decided_items(material: Material) -> Iterator[Table]:
    for one in decisions_of(material.service):
        yield without_nothing(
            {
                "uuid": material.uuid("decision", one.kind, one.about, str(one.place)),
                "title": f"{one.kind} of {one.about} until {one.until}",
                "description": one.reason,
                "props": [
                    prop("decision", one.kind),
                    prop("about", one.about),
                    prop("until", one.until),
                    prop("expired", "yes" if one.expired(material.made_at) else "no"),
                    *(prop("approved-by", person) for person in one.approved_by),
                    *(prop("compensated-by", name) for name in one.compensation),
                ],
                "origins": [origin(material)],
                "related-risks": _related(material, one),
            }
        )


def _related(material: Material, decision: OwnerDecision) -> list[Table]:
    if decision.kind != ACCEPTANCE or decision.about not in _threats(material):
        return []
    return [{"risk-uuid": material.uuid("risk", decision.about)}]


def _accepted_risks(material: Material) -> Iterator[Table]:
    accepted = {one.about: one for one in decisions_of(material.service) if one.kind == ACCEPTANCE}
    for name in sorted(accepted.keys() & _threats(material)):
        one = accepted[name]
        expired = one.expired(material.made_at)
        yield _risk(material, name, status="open" if expired else "deviation-approved") | {
            "deadline": f"{one.until}T00:00:00Z"
        }


def _risks_above(material: Material) -> Iterator[Table]:
    appetite = material.service.appetite.scenario_minor
    accepted = {one.about for one in decisions_of(material.service) if one.kind == ACCEPTANCE}
    for scenario in material.analysis.scenarios:
        if material.after_minor[scenario.id] > appetite and scenario.threat not in accepted:
            yield _risk(material, scenario.threat, status="open")


def _risk(material: Material, threat: str, *, status: str) -> Table:
    scenario = material.analysis.scenario(threat)
    before, after = scenario.expected_minor.mid, material.after_minor[scenario.id]
    facets = {
        "expected-loss-before": material.money(before),
        "expected-loss-after": material.money(after),
        "events-per-year-ppm": str(scenario.frequency_ppm.mid),
    }
    return {
        "uuid": material.uuid("risk", threat),
        "title": scenario.title,
        "description": material.catalogue.threats[threat].description,
        "statement": f"{material.money(after)} in an average year with every countermeasure in "
        f"force, {material.money(before)} without.",
        "status": status,
        "threat-ids": [{"system": NAMESPACE, "id": f"urn:tallystick:threat:{threat}"}],
        "characterizations": [
            {
                "origin": origin(material),
                "facets": [
                    {"name": name, "system": NAMESPACE, "value": value}
                    for name, value in facets.items()
                ],
            }
        ],
    }


def _threats(material: Material) -> set[str]:
    return {scenario.threat for scenario in material.analysis.scenarios}
