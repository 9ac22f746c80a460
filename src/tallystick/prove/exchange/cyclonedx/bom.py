"""What both documents share: the head of a bill of materials, references, properties."""

from __future__ import annotations

from typing import Any

from tallystick import __version__
from tallystick.prove.exchange.material import Material

SPEC_VERSION = "1.6"
SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"

Table = dict[str, Any]


def head(material: Material, model: str) -> Table:
    """The head of a document about the service; the serial number follows from the content."""
    return {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{material.document_uuid(model)}",
        "version": 1,
        "metadata": {
            "timestamp": material.instant,
            "tools": {
                "components": [
                    {"type": "application", "name": "Tallystick", "version": __version__}
                ]
            },
            "component": service_component(material),
            "manufacturer": {"name": material.service.provider.name},
            "properties": [
                prop("service-digest", material.service.digest),
                prop("catalogue-digest", material.catalogue.digest),
                prop("policy-digest", material.policy.digest),
            ],
        },
    }


def service_component(material: Material) -> Table:
    """The service itself, as the thing that both documents are about."""
    return {
        "bom-ref": service_ref(material),
        "type": "application",
        "name": material.service.name,
        "version": material.policy.digest,
        "description": f"A mobile financial service of {material.service.provider.name}.",
    }


def service_ref(material: Material) -> str:
    return f"service:{material.service.id}"


def prop(name: str, value: object) -> Table:
    """One property in our own name space."""
    return {"name": f"tallystick:{name}", "value": str(value)}
