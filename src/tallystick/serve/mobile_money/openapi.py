"""The OpenAPI 3.1 document of what is served, made from the same list and the same types."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tallystick.serve.connections import MobileMoneyTable
from tallystick.serve.mobile_money.operations import OPERATIONS, UNSERVED, Operation

_PATH = re.compile(r"\{(\w+)\}")
_UUID = "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
_REFUSED = {
    400: "refused",
    401: "not authenticated",
    404: "no such resource, or not yours to see",
    405: "no such method",
    409: "this correlation id belongs to another request",
    413: "too long",
    503: "a check could not be made",
}
_HEADERS = ("X-CorrelationID", "X-Date", "X-Content-Hash", "X-Callback-URL", "X-Channel")


def openapi_document(table: MobileMoneyTable) -> dict[str, Any]:
    """The document below the prefix of these connections."""
    kinds = [one.body for one in OPERATIONS if one.body is not None]
    schemas, components = msgspec.json.schema_components(
        kinds, ref_template="#/components/schemas/{name}"
    )
    del schemas
    paths: dict[str, dict[str, Any]] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    for (method, path), why in UNSERVED.items():
        paths.setdefault(path, {})[method.lower()] = _unserved(path, why)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Mobile money for partners", "version": "1.2.0"},
        "servers": [{"url": table.prefix or "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components | _OURS,
            "securitySchemes": {
                "token": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": table.token_path, "scopes": {}}},
                }
            },
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": f"{one.method.lower()}{re.sub(r'[^A-Za-z]+', '_', one.path)}",
        "summary": one.says,
        "parameters": _parameters(one.path) + _headers(one) + (_PAGE if one.paged else []),
        "responses": {str(status): _answer(one, status) for status in one.gives} | _errors(),
    }
    if one.body is not None:
        reference: dict[str, Any] = {"$ref": f"#/components/schemas/{one.body.__name__}"}
        if one.many:
            reference = {"type": "array", "minItems": 1, "maxItems": 1, "items": reference}
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }
    if one.open:
        told["security"] = []
    return told


def _unserved(path: str, why: str) -> dict[str, Any]:
    return {
        "summary": f"Not served: {why}.",
        "parameters": _parameters(path),
        "responses": _errors(),
    }


def _parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 256},
        }
        for name in _PATH.findall(path)
    ]


def _headers(one: Operation) -> list[dict[str, Any]]:
    if one.method == "GET":
        return []
    shapes = {
        "X-CorrelationID": {"type": "string", "pattern": _UUID},
        "X-Date": {"type": "string", "format": "date-time"},
    }
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "schema": shapes.get(name, {"type": "string", "maxLength": 512}),
        }
        for name in _HEADERS
    ]


def _answer(one: Operation, status: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "object"}
    if status == 202 or one.call == "state":
        shape = {"$ref": "#/components/schemas/RequestState"}
    elif one.paged:
        shape = {"type": "array", "items": {"type": "object"}}
    elif one.call in ("create", "view", "reverse"):
        shape = {"$ref": "#/components/schemas/Transaction"}
    return {"description": one.says, "content": {"application/json": {"schema": shape}}}


def _errors() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(status): {"description": says, "content": content} for status, says in _REFUSED.items()
    }


_TEXT = {"type": "string"}
_PAGE = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 0, "maximum": 10**6},
    }
    for name in ("offset", "limit")
]
_OURS: dict[str, Any] = {
    "Error": {
        "type": "object",
        "required": ["errorCategory", "errorCode", "errorDescription", "errorDateTime"],
        "properties": {
            "errorCategory": {
                "enum": [
                    "businessRule",
                    "validation",
                    "authorisation",
                    "identification",
                    "internal",
                    "serviceUnavailable",
                ]
            },
            "errorCode": _TEXT,
            "errorDescription": {"type": "string", "maxLength": 256},
            "errorDateTime": {"type": "string", "format": "date-time"},
        },
        "additionalProperties": False,
    },
    "RequestState": {
        "type": "object",
        "required": ["serverCorrelationId", "status", "notificationMethod"],
        "properties": {
            "serverCorrelationId": {"type": "string", "pattern": _UUID},
            "status": {"enum": ["pending", "completed", "failed"]},
            "notificationMethod": {"enum": ["callback", "polling"]},
            "objectReference": _TEXT,
            "pollLimit": {"type": "integer"},
            "expiryTime": {"type": "string", "format": "date-time"},
            "pendingReason": _TEXT,
            "error": {"$ref": "#/components/schemas/Error"},
        },
        "additionalProperties": False,
    },
    "Transaction": {
        "type": "object",
        "required": ["transactionReference", "transactionStatus", "type"],
        "properties": {
            "transactionReference": _TEXT,
            "transactionStatus": {"enum": ["pending", "completed", "failed"]},
            "type": _TEXT,
        },
    },
}
