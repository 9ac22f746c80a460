"""The OpenAPI 3.1 document of the handset API, made from the table of endpoints and its types."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec

import tallystick
from tallystick.ground.limits import MESSAGE_MAX, PROOF_MAX
from tallystick.serve.api.answers import Problem
from tallystick.serve.api.problems import PROBLEM, STATUS, TITLE
from tallystick.serve.api.table import ENDPOINTS, JOSE, JSON, Endpoint

_REFERENCE = "#/components/schemas/{name}"
_SIZE = {"type": "string", "pattern": "^[0-9]{1,16}$"}
ABOUT = (
    "What a handset and the provider say to each other (docs/reference/wire.md has every octet). "
    "Messages are sealed for the crypto module and signed by the device; the edge cannot read "
    "them. Refusals before a device is recognised are problem details (RFC 9457) with one code; "
    "what is refused behind that is inside a sealed answer with status 200. Every POST may be "
    "repeated: each operation says what happens then. 503 means that nothing was answered, not "
    "that nothing was done: repeat the same order."
)


@cache
def openapi_octets() -> bytes:
    """The document as it is served."""
    return json.dumps(openapi_document(), separators=(",", ":")).encode("utf-8")


def openapi_document() -> dict[str, Any]:
    """The document as plain JSON values."""
    types = [one.gives for one in ENDPOINTS if not isinstance(one.gives, str)]
    _, schemas = msgspec.json.schema_components([*types, Problem], ref_template=_REFERENCE)
    schemas["CompactToken"] = _token("A compact JWE or JWS.", MESSAGE_MAX)
    paths = {one.path: {one.method.lower(): _operation(one)} for one in ENDPOINTS}
    paths["/v1/openapi.json"] = {"get": _self()}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Tallystick handset API",
            "version": tallystick.__version__,
            "summary": "Sealed financial messages, receipts that prove themselves.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "grant": {
                    "type": "http",
                    "scheme": "DPoP",
                    "description": "RFC 9449: a grant of POST /v1/sessions, with a fresh proof.",
                }
            },
        },
    }


def _operation(one: Endpoint) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.does,
        "description": f"{one.does} {one.again}",
        "responses": {"200": _answer(one), **_refusals(one)},
    }
    if one.takes:
        told["requestBody"] = {
            "required": True,
            "description": one.takes,
            "content": {JOSE: {"schema": {"$ref": _REFERENCE.format(name="CompactToken")}}},
        }
    if one.grant:
        told["security"] = [{"grant": []}]
        told["parameters"] = [
            {
                "name": "DPoP",
                "in": "header",
                "required": True,
                "description": "The session proof (RFC 9449); new for every request.",
                "schema": _token("A compact JWS (dpop+jwt).", PROOF_MAX),
            }
        ]
    if one.sizes:
        told["parameters"] = [
            {"name": name, "in": "query", "required": True, "description": what, "schema": _SIZE}
            for name, what in (("from", "The smaller size."), ("to", "The larger size."))
        ]
    return told


def _answer(one: Endpoint) -> dict[str, Any]:
    if isinstance(one.gives, str):
        schema: dict[str, Any] = {"type": "string"}
        return {"description": one.gives, "content": {one.media: {"schema": schema}}}
    schema = {"$ref": _REFERENCE.format(name=one.gives.__name__)}
    described = (one.gives.__doc__ or "").split("\n")[0]
    return {"description": described, "content": {one.media: {"schema": schema}}}


def _refusals(one: Endpoint) -> dict[str, Any]:
    """Every status that an endpoint may refuse with, and its codes."""
    by_status: dict[int, list[str]] = {}
    for code in one.refuses:
        by_status.setdefault(STATUS[code], []).append(code)
    return {str(status): _refusal(status, by_status[status]) for status in sorted(by_status)}


def _refusal(status: int, codes: list[str]) -> dict[str, Any]:
    problem = {"$ref": _REFERENCE.format(name="Problem")}
    exact = {"properties": {"status": {"const": status}, "code": {"enum": codes}}}
    return {
        "description": f"{TITLE[status]}: {', '.join(codes)}.",
        "content": {PROBLEM: {"schema": {"allOf": [problem, exact]}}},
    }


def _self() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document.",
        "description": "This document. Safe to repeat.",
        "responses": {
            "200": {
                "description": "OpenAPI 3.1.",
                "content": {JSON: {"schema": {"type": "object"}}},
            }
        },
    }


def _token(what: str, length: int) -> dict[str, Any]:
    return {
        "type": "string",
        "description": what,
        "pattern": r"^[A-Za-z0-9_.-]+$",
        "maxLength": length,
    }
