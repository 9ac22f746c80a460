"""The messages' own shapes, from the library: parsed, checked against every rule, and built."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from xsdata.exceptions import ConverterWarning, ParserError
from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.parsers.handlers import XmlEventHandler
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.models.datatype import XmlDate, XmlDateTime

from tallystick.serve.bank.reading import NAMESPACE, Tree
from tallystick.serve.bank.refusals import BankFileRefused, quoted

_CONFIG = ParserConfig(
    fail_on_unknown_properties=True,
    fail_on_unknown_attributes=True,
    fail_on_converter_warnings=True,
    process_xinclude=False,
)
_CONTEXT = XmlContext()


@cache
def document_class(definition: str) -> type[Any]:
    """The class of a message's Document, `camt.053.001.08` for example; loaded when asked for."""
    name = definition.replace(".", "_")
    module = import_module(f"pyiso20022.{name[:4]}.{name}")
    found: type[Any] = module.Document
    return found


def parse_document(tree: Tree) -> Any:
    """A tree as the library's objects, every rule of the schema held.

    Refuses: BankFileRefused.
    """
    parser = XmlParser(config=_CONFIG, context=_CONTEXT, handler=XmlEventHandler)
    try:
        found = parser.parse(tree.root, document_class(tree.definition))
    except (ParserError, ConverterWarning, TypeError, ValueError, ArithmeticError) as error:
        raise BankFileRefused(
            f"is not a {tree.definition}: {_reason(error)}", allowed="what its schema says"
        ) from None
    check_document(found)
    return found


def check_document(document: Any) -> None:
    """Hold every value against the facets of its schema. Refuses: BankFileRefused."""
    for where, what, allowed in _faults(document, "Document"):
        raise BankFileRefused(what, where=where, allowed=allowed)


def build_document(definition: str, content: Mapping[str, Any]) -> Any:
    """A Document from names of XML elements and plain values; what is None or empty is left out.

    Refuses: BankFileRefused when a value breaks a rule of the schema.
    """
    built = _build(document_class(definition), content, "Document")
    check_document(built)
    return built


def render_document(definition: str, document: Any) -> bytes:
    """A Document as octets, the same for the same content."""
    config = SerializerConfig(indent="  ", xml_declaration=True, encoding="UTF-8")
    serializer = XmlSerializer(context=_CONTEXT, config=config)
    namespaces: dict[str | None, str] = {None: f"{NAMESPACE}{definition}"}
    return serializer.render(document, ns_map=namespaces).encode("utf-8")


def _reason(error: Exception) -> str:
    """The library's complaint in our words where we know it."""
    lacks = re.match(r"(\w+)\.__init__\(\) missing .*?: (.*)", str(error))
    if lacks:
        return f"{lacks[1]} lacks {lacks[2]}"
    unknown = re.search(r"Unknown \w+ (?:\{[^}]*\})?(\w+):(?:\{[^}]*\})?(\w+)", str(error))
    return f"{unknown[1]} has no {unknown[2]}" if unknown else quoted(error)


def _faults(node: Any, path: str) -> Iterator[tuple[str, str, str]]:
    """Where a value breaks its schema: place, what, what is allowed."""
    chosen = 0
    for field in fields(node):
        value = getattr(node, field.name)
        name = field.metadata.get("name", field.name)
        if isinstance(value, list):
            yield from _list_faults(value, field, f"{path}/{name}")
            chosen += bool(value)
        elif value is not None:
            chosen += 1
            below = path if field.name == "value" else f"{path}/{name}"
            yield from _value_faults(value, field, below)
    if type(node).__name__.endswith("Choice") and chosen != 1:
        yield path, f"has {chosen} of its alternatives", "exactly one"


def _list_faults(values: list[Any], field: Field[Any], path: str) -> Iterator[tuple[str, str, str]]:
    least = field.metadata.get("min_occurs", 0)
    most = field.metadata.get("max_occurs", len(values))
    if not least <= len(values) <= most:
        yield path, f"stands {len(values)} times", f"{least} to {most}"
    for place, value in enumerate(values, 1):
        yield from _value_faults(value, field, f"{path}[{place}]")


def _value_faults(value: Any, field: Field[Any], path: str) -> Iterator[tuple[str, str, str]]:
    rules = field.metadata
    if is_dataclass(value):
        yield from _faults(value, path)
    elif isinstance(value, str) and not isinstance(value, Enum):
        if not rules.get("min_length", 0) <= len(value) <= rules.get("max_length", len(value)):
            allowed = f"{rules.get('min_length', 0)} to {rules.get('max_length', 'any')} characters"
            yield path, f"is {len(value)} characters long", allowed
        if "pattern" in rules and not re.fullmatch(rules["pattern"], value, re.ASCII):
            yield path, f"{quoted(value)} has another shape", rules["pattern"]
    elif isinstance(value, Decimal):
        yield from _number_faults(value, rules, path)


def _number_faults(
    value: Decimal, rules: Mapping[str, Any], path: str
) -> Iterator[tuple[str, str, str]]:
    if not value.is_finite():
        yield path, f"{quoted(value)} is not a number", "a finite decimal"
        return
    _, digits, exponent = value.as_tuple()
    decimals = max(0, -int(exponent))
    if len(digits) > rules.get("total_digits", 38) or int(exponent) > 0:
        yield path, f"{quoted(value)} has too many digits", f"{rules.get('total_digits', 38)}"
    if decimals > rules.get("fraction_digits", 38):
        yield path, f"{quoted(value)} has {decimals} decimals", f"{rules['fraction_digits']}"
    if value < rules.get("min_inclusive", value):
        yield path, f"{quoted(value)} is too small", f"from {rules['min_inclusive']}"


@cache
def _members(kind: Any) -> dict[str, tuple[str, Any, bool]]:
    """By XML name: the attribute, the type of one value, and whether it may stand several times."""
    hints = get_type_hints(kind)
    found = {}
    for field in fields(kind):
        hint = hints[field.name]
        several = get_origin(hint) is list
        if several or get_origin(hint) in (Union, UnionType):
            hint = next(one for one in get_args(hint) if one is not NoneType)
        found[field.metadata.get("name", field.name)] = (field.name, hint, several)
    return found


def _build(kind: Any, content: Mapping[str, Any], path: str) -> Any:
    members, given = _members(kind), {}
    for name, value in content.items():
        if value is None or value in ("", {}, [], ()):
            continue
        attribute, hint, several = members[name]
        below = f"{path}/{name}"
        if several:
            given[attribute] = [_value(hint, one, below) for one in value]
        else:
            given[attribute] = _value(hint, value, below)
    for field in fields(kind):
        needed = field.default is MISSING and field.default_factory is MISSING
        if needed and field.name not in given:
            name = field.metadata.get("name", field.name)
            raise BankFileRefused("is missing", where=f"{path}/{name}", allowed="a value")
    return kind(**given)


def _value(hint: Any, value: Any, path: str) -> Any:
    if isinstance(value, Mapping):
        return _build(hint, value, path)
    try:
        if hint is XmlDate:
            return XmlDate.from_string(value)
        if hint is XmlDateTime:
            return XmlDateTime.from_string(value)
        return hint(value)
    except (ValueError, ArithmeticError):
        raise BankFileRefused(f"{quoted(value)} cannot stand here", where=path) from None
