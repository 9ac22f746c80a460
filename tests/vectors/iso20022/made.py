"""A schema made of the library's classes: sequences, choices, facets. For messages without another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from xml.sax.saxutils import escape, quoteattr

from xsdata.models.datatype import XmlDate, XmlDateTime, XmlPeriod, XmlTime

SIMPLE = {
    str: "xs:string", bool: "xs:boolean", Decimal: "xs:decimal", int: "xs:integer",
    XmlDate: "xs:date", XmlDateTime: "xs:dateTime", XmlTime: "xs:time", XmlPeriod: "xs:gYear",
}  # fmt: skip
FACETS = {
    "pattern": "pattern", "min_length": "minLength", "max_length": "maxLength",
    "total_digits": "totalDigits", "fraction_digits": "fractionDigits",
    "min_inclusive": "minInclusive", "max_inclusive": "maxInclusive",
}  # fmt: skip


def make_schema(document: type[Any], namespace: str) -> str:
    """The schema of a message, from its Document class."""
    seen: dict[str, str] = {}
    _complex(document, seen)
    types = "".join(seen.values())
    return (
        f'<xs:schema xmlns="{namespace}" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' elementFormDefault="qualified" targetNamespace="{namespace}">'
        f'<xs:element name="Document" type="Document"/>{types}</xs:schema>'
    )


def _complex(kind: type[Any], seen: dict[str, str]) -> None:
    if kind.__name__ in seen:
        return
    seen[kind.__name__] = ""
    hints = get_type_hints(kind)
    given = fields(kind)
    if any(field.name == "value" for field in given):
        seen[kind.__name__] = _with_text(kind, hints)
        return
    group = "choice" if kind.__name__.endswith("Choice") else "sequence"
    parts = "".join(_element(field, hints[field.name], group, seen) for field in given)
    seen[kind.__name__] = (
        f'<xs:complexType name="{kind.__name__}"><xs:{group}>{parts}</xs:{group}></xs:complexType>'
    )


def _with_text(kind: type[Any], hints: dict[str, Any]) -> str:
    value = next(field for field in fields(kind) if field.name == "value")
    name = f"{kind.__name__}_value"
    attributes = "".join(
        f'<xs:attribute name="{f.metadata["name"]}" use="required">'
        f"{_restricted(hints[f.name], f.metadata)}</xs:attribute>"
        for f in fields(kind)
        if f.metadata.get("type") == "Attribute"
    )
    return (
        f'<xs:simpleType name="{name}">{_restriction(_one(hints["value"]), value.metadata)}'
        f'</xs:simpleType><xs:complexType name="{kind.__name__}"><xs:simpleContent>'
        f'<xs:extension base="{name}">{attributes}</xs:extension></xs:simpleContent>'
        "</xs:complexType>"
    )


def _element(field: Any, hint: Any, group: str, seen: dict[str, str]) -> str:
    rules, several = field.metadata, get_origin(hint) is list
    if rules.get("type") == "Wildcard":
        return '<xs:any namespace="##any" processContents="lax" minOccurs="0"/>'
    one = _one(hint)
    required = rules.get("required") or group == "choice"
    least = rules.get("min_occurs", 0) if several else int(bool(required))
    most = rules.get("max_occurs", "unbounded") if several else 1
    head = f'<xs:element name="{rules["name"]}" minOccurs="{least}" maxOccurs="{most}"'
    if is_dataclass(one):
        _complex(one, seen)  # type: ignore[arg-type]
        return f'{head} type="{one.__name__}"/>'
    return f"{head}>{_restricted(one, rules)}</xs:element>"


def _restricted(hint: Any, rules: Any) -> str:
    return f"<xs:simpleType>{_restriction(_one(hint), rules)}</xs:simpleType>"


def _restriction(one: Any, rules: Any) -> str:
    if issubclass(one, Enum):
        words = "".join(f"<xs:enumeration value={quoteattr(str(w.value))}/>" for w in one)
        return f'<xs:restriction base="xs:string">{words}</xs:restriction>'
    facets = "".join(_facets(rules))
    return f'<xs:restriction base="{SIMPLE.get(one, "xs:string")}">{facets}</xs:restriction>'


def _facets(rules: Any) -> Iterator[str]:
    for name, facet in FACETS.items():
        if name in rules:
            yield f'<xs:{facet} value="{escape(str(rules[name]))}"/>'


def _one(hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType, list):
        return next(_one(one) for one in get_args(hint) if one is not NoneType)
    return hint
