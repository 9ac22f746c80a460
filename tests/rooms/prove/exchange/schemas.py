"""The official schemas, and what a document has against them."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

VECTORS = Path(__file__).parents[3] / "vectors"


_LONE_BRACKET = ("-[a-zA-Z]{2}]?$", r"-[a-zA-Z]{2}\\]?$")
"""SARIF's pattern of a language has a bracket that only some dialects take for itself; the same
bracket escaped means the same to all of them."""


def read_schema(name: str) -> Any:
    text = gzip.decompress((VECTORS / f"{name}.gz").read_bytes()).decode()
    return json.loads(text.replace(*_LONE_BRACKET))


@cache
def validator(name: str) -> Any:
    if name != CYCLONEDX:
        return jsonschema_rs.validator_for(read_schema(name))
    others = [read_schema(other) for other in CYCLONEDX_NEEDS]
    places = [
        (name, "http://cyclonedx.org/schema/" + name.partition("/")[2]) for name in CYCLONEDX_NEEDS
    ]
    resources = [(place, other) for (_, place), other in zip(places, others, strict=True)]
    registry = jsonschema_rs.Registry(resources)
    return jsonschema_rs.validator_for(read_schema(name), registry=registry, validate_formats=True)


def errors(name: str, document: Any) -> list[str]:
    """What the schema has against a document; empty when it is valid."""
    found = validator(name).iter_errors(document)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in found]


OSCAL = "oscal/oscal_complete_schema.json"
SARIF = "sarif/sarif-2.1.0-rtm.5.json"
CYCLONEDX = "cyclonedx/bom-1.6.SNAPSHOT.schema.json"
CYCLONEDX_NEEDS = (
    "cyclonedx/spdx.SNAPSHOT.schema.json",
    "cyclonedx/jsf-0.82.SNAPSHOT.schema.json",
)
