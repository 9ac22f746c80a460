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
    return jsonschema_rs.validator_for(read_schema(name))


def errors(name: str, document: Any) -> list[str]:
    """What the schema has against a document; empty when it is valid."""
    found = validator(name).iter_errors(document)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message[:300]}" for one in found]


OSCAL = "oscal/oscal_complete_schema.json"
SARIF = "sarif/sarif-2.1.0-rtm.5.json"
