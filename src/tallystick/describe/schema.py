"""The JSON Schema of the service file, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from tallystick.describe.fields import SHAPE, Field, Kind
from tallystick.ground.limits import NAME_CHARACTERS_MAX

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def service_json_schema() -> dict[str, Any]:
    """The shape of a service file as JSON Schema (2020-12).

    What parts say about each other (shares of 100 percent, limits in order) is checked only when
    the file is read.
    """
    return {"$schema": _DIALECT, "title": "Tallystick service file", **_schema(SHAPE)}


def _schema(field: Field) -> dict[str, Any]:
    return {"description": field.means, **_content(field)}


def _content(field: Field) -> dict[str, Any]:
    if field.kind is Kind.TABLE:
        return _object(field)
    if field.kind is Kind.TABLES:
        return {
            "type": "array", "minItems": field.least, "maxItems": field.most,
            "items": _object(field),
        }  # fmt: skip
    if field.kind is Kind.WORDS:
        return {
            "type": "array", "minItems": field.least, "uniqueItems": True,
            "items": {"type": "string", "enum": list(field.values)},
        }  # fmt: skip
    if field.kind is Kind.WORD:
        return {"type": "string", "enum": list(field.values)}
    if field.kind is Kind.COUNT:
        return {"type": "integer", "minimum": field.least, "maximum": field.most}
    if field.kind is Kind.MONEY:
        return {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,3})?$"}
    if field.kind in (Kind.NAMES, Kind.ENTRIES):
        kind = Kind.NAME if field.kind is Kind.NAMES else Kind.ENTRY
        return {
            "type": "array", "minItems": field.least, "maxItems": field.most, "uniqueItems": True,
            "items": _content(Field(kind=kind, means=field.means)),
        }  # fmt: skip
    if field.kind is Kind.ENTRY:
        return {"type": "string", "pattern": r"^[TCR](-[A-Z0-9.]+){1,6}$"}
    if field.kind is Kind.RATE:
        return {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?$"}
    if field.kind is Kind.DAY:
        return {"type": "string", "format": "date"}
    if field.kind is Kind.ID:
        return {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,30}$"}
    return {"type": "string", "minLength": 1, "maxLength": NAME_CHARACTERS_MAX}


def _object(field: Field) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [key for key, inner in field.fields.items() if inner.required],
        "properties": {key: _schema(inner) for key, inner in field.fields.items()},
    }
