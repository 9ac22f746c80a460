"""The countermeasures in force as components, and each layer of them as a capability."""

from __future__ import annotations

from tallystick.decide.policy import ChosenControl
from tallystick.prove.exchange.material import Material
from tallystick.prove.exchange.oscal.common import (
    CATALOG,
    Table,
    metadata,
    prop,
    without_nothing,
)
from tallystick.standard import PROVIDER, Layer


def component_definition(material: Material) -> Table:
    """What is in force, and which requirements each countermeasure answers."""
    return {
        "component-definition": without_nothing(
            {
                "uuid": material.document_uuid("component-definition"),
                "metadata": metadata(
                    material,
                    f"Countermeasures of {material.service.name}",
                    version=material.policy.digest,
                ),
                "components": [_component(material, one) for one in material.policy.controls],
                "capabilities": [
                    one for layer in Layer for one in _capability(material, layer.value)
                ],
            }
        )
    }


def control_uuid(material: Material, name: str) -> str:
    """The identifier of a countermeasure of this service, the same in every document."""
    return material.uuid("component", name)


def component_type(control: ChosenControl) -> str:
    """Software when a room of this package does it; else what people do, or another's service."""
    if control.room != PROVIDER:
        return "software"
    return "process-procedure" if control.layer == Layer.PROCESS.value else "service"


def control_props(control: ChosenControl) -> list[Table]:
    """Our words for a countermeasure: its id, layer, place, cost, and the threats that it holds."""
    return [
        prop("control-id", control.id),
        prop("layer", control.layer),
        prop("done-by", control.room),
        prop("build-days", control.build_days),
        prop("run-days", control.run_days),
        *(prop("holds-down", threat) for threat in control.threats),
    ]


def _component(material: Material, control: ChosenControl) -> Table:
    described = material.catalogue.countermeasures[control.id]
    return without_nothing(
        {
            "uuid": control_uuid(material, control.id),
            "type": component_type(control),
            "title": control.title,
            "description": described.description,
            "props": control_props(control),
            "control-implementations": _implementations(material, control),
        }
    )


def _implementations(material: Material, control: ChosenControl) -> list[Table]:
    if not control.requirements:
        return []
    implemented = [
        {
            "uuid": material.uuid("implemented", control.id, name),
            "control-id": name,
            "description": f"{control.id} answers {name}: {material.applied[name].title}.",
        }
        for name in control.requirements
    ]
    return [
        {
            "uuid": material.uuid("implementation", control.id),
            "source": CATALOG,
            "description": f"Requirements that {control.id} answers.",
            "implemented-requirements": implemented,
        }
    ]


def _capability(material: Material, layer: str) -> list[Table]:
    inside = [one for one in material.policy.controls if one.layer == layer]
    if not inside:
        return []
    parts = [
        {"component-uuid": control_uuid(material, one.id), "description": one.title}
        for one in inside
    ]
    return [
        {
            "uuid": material.uuid("capability", layer),
            "name": f"{layer} layer",
            "description": f"Countermeasures in force in the {layer} layer of security management.",
            "incorporates-components": parts,
        }
    ]
