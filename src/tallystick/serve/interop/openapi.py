"""The OpenAPI 3.1 document of what is served, made from the same list and the same types."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tallystick.serve.interop.bodies import ID, PARTY_TYPES
from tallystick.serve.interop.headers import VERSIONS, media_type
from tallystick.serve.interop.operations import OPERATIONS, Operation

_NAMED = re.compile(r"\{(\w+)\}")
_REFUSED = {
    400: "refused: 31xx, and 32xx for what is not known",
    404: "3002: no such path or method",
    406: "3001: no version that both sides speak",
    413: "3104: too large",
    503: "2003: a check could not be made",
}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "pattern": ID.replace(r"$(?!\n)", "$")},
    "kind": {"type": "string", "enum": sorted(PARTY_TYPES)},
    "name": {"type": "string", "minLength": 1, "maxLength": 128},
    "sub": {"type": "string", "minLength": 1, "maxLength": 128},
}


def openapi_document(prefix: str = "") -> dict[str, Any]:
    """The document below a prefix."""
    kinds = [one.body for one in OPERATIONS if one.body is not None]
    _, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "A participant of an interoperability hub", "version": VERSIONS[-1]},
        "servers": [{"url": prefix or "/"}],
        "paths": paths,
        "components": {"schemas": components | {"Refusal": _refusal()}},
    }


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{one.side}_{one.method.lower()}{re.sub(r'[^A-Za-z]+', '_', one.path)}",
        "summary": one.says,
        "parameters": [*_in_path(one.path), *_headers(one)],
        "responses": _responses(one),
    }
    if one.body is not None:
        schema = {"$ref": f"#/components/schemas/{one.body.__name__}"}
        content = {media_type(one.resource, version): {"schema": schema} for version in VERSIONS}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _responses(one: Operation) -> dict[str, Any]:
    taken = (202, "taken; a callback follows") if one.asks else (200, "taken")
    refusal = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    refused = {
        str(status): {"description": why, "content": refusal} for status, why in _REFUSED.items()
    }
    return {str(taken[0]): {"description": taken[1]}} | refused


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[name]}
        for name in _NAMED.findall(path)
    ]


def _headers(one: Operation) -> list[dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    media = [media_type(one.resource, each) for each in VERSIONS]
    required: dict[str, dict[str, Any]] = {
        "Date": text,
        "FSPIOP-Source": {"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,32}$"},
    }
    if one.body is None:
        required["Content-Type"] = {"type": "string", "enum": media}
    if one.asks:
        required["Accept"] = {"type": "string", "enum": media}
    optional = ("FSPIOP-Destination", "FSPIOP-Signature", "FSPIOP-URI", "FSPIOP-HTTP-Method")
    return [
        {"name": name, "in": "header", "required": True, "schema": schema}
        for name, schema in required.items()
    ] + [{"name": name, "in": "header", "required": False, "schema": text} for name in optional]


def _refusal() -> dict[str, Any]:
    information = {
        "type": "object",
        "required": ["errorCode", "errorDescription"],
        "properties": {
            "errorCode": {"type": "string", "pattern": "^[1-9][0-9]{3}$"},
            "errorDescription": {"type": "string", "minLength": 1, "maxLength": 128},
        },
    }
    return {
        "type": "object",
        "required": ["errorInformation"],
        "properties": {"errorInformation": information},
    }
