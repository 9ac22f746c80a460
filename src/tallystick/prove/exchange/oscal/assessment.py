"""The trials and what closes each requirement as an assessment plan."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.oscal.catalog import closing_words
from tallystick.prove.exchange.oscal.common import (
    PLAN,
    Table,
    metadata,
    objective_id,
    prop,
    selected,
    tool_component,
    without_nothing,
)
from tallystick.prove.exchange.oscal.plan import system_uuid
from tallystick.standard import Trial

RUN_TRIALS = "run-trials"


def assessment_plan(material: Material) -> Table:
    """What is looked at, by which trials, against which objective."""
    return {
        "assessment-plan": {
            "uuid": material.document_uuid("assessment-plan"),
            "metadata": metadata(
                material,
                f"Assessment plan of {material.service.name}",
                version=material.policy.digest,
            ),
            "import-ssp": {"href": PLAN},
            "local-definitions": {
                "objectives-and-methods": [_objective(material, name) for name in material.applied],
                "activities": list(_activities(material)),
            },
            "reviewed-controls": selected(material.applied),
            "assessment-subjects": [subject(material)],
            "assessment-assets": {
                "components": [tool_component(material)],
                "assessment-platforms": [_platform(material)],
            },
            "tasks": [_task(material)],
        }
    }


def subject(material: Material) -> Table:
    """The service as a whole is what is assessed."""
    chosen = {"subject-uuid": system_uuid(material), "type": "component"}
    return {"type": "component", "include-subjects": [chosen]}


def activity_uuid(material: Material, trial: str) -> str:
    """The identifier of a trial."""
    return material.uuid("trial", trial)


def _objective(material: Material, name: str) -> Table:
    requirement = material.catalogue.requirements[name]
    return {
        "control-id": name,
        "parts": [
            {
                "id": objective_id(name),
                "name": "assessment-objective",
                "prose": closing_words(requirement),
            }
        ],
    }


def _activities(material: Material) -> Iterator[Table]:
    for trial in material.catalogue.trials.values():
        closes = [
            name
            for name in material.applied
            if trial.id in material.catalogue.requirements[name].closing.trials
        ]
        yield without_nothing(
            {
                "uuid": activity_uuid(material, trial.id),
                "title": trial.title,
                "description": _described(trial),
                "props": [
                    {"name": "method", "value": "TEST"},
                    prop("trial", trial.id),
                    prop("threat", trial.threat),
                    prop("clause", trial.clause),
                ],
                "related-controls": selected(closes) if closes else {},
            }
        )


def _described(trial: Trial) -> str:
    where = "a crypto module like its own" if trial.seen_by == "module" else "the running service"
    return (
        f"The attack {trial.threat} is tried against {where}. It is withstood when the "
        f"{trial.seen_by} sees one of: {', '.join(trial.expected)}."
    )


def _platform(material: Material) -> Table:
    return {
        "uuid": material.uuid("platform", "trials"),
        "title": "Adversarial trials",
        "uses-components": [{"component-uuid": tool_component(material)["uuid"]}],
    }


def _task(material: Material) -> Table:
    return {
        "uuid": material.uuid("task", RUN_TRIALS),
        "type": "action",
        "title": "Run every trial against the service",
        "associated-activities": [
            {"activity-uuid": activity_uuid(material, name), "subjects": [subject(material)]}
            for name in material.catalogue.trials
        ],
    }
