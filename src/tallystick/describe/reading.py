"""From strangers' TOML to checked plain values; every problem is noted, none stops the reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tallystick.describe.fields import Field, Kind
from tallystick.describe.lines import Path
from tallystick.describe.problems import Problems, nearest, shown
from tallystick.ground.days import is_day
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import NAME_CHARACTERS_MAX
from tallystick.ground.money import EXPONENTS, parse_amount

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_ENTRY = re.compile(r"[TCR](?:-[A-Z0-9.]+){1,6}")
RATE = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?")
"""A rate as people write it: it is kept as the exact ratio that it says, never as a float."""
_WORDS_SHOWN = 40


def read_table(
    shape: Field, value: Any, problems: Problems, *, currency: str, path: Path = ()
) -> dict[str, Any]:
    """The values of a table that are as the shape asks; whatever is not is noted and left out."""
    if not isinstance(value, dict):
        problems.add(path, f"found {shown(value)}", f"a table: {shape.means}")
        return {}
    for key in value:
        if key not in shape.fields:
            hint = nearest(key, shape.fields)
            problems.add((*path, key), f"unknown key {shown(key)}{hint}", ", ".join(shape.fields))
    kept = {}
    for key, field in shape.fields.items():
        if key in value:
            read = _read(field, value[key], problems, currency, (*path, key))
            if read is not None:
                kept[key] = read
        elif field.required:
            problems.add((*path, key), "is missing", _allowed(field))
    return kept


def _read(field: Field, value: Any, problems: Problems, currency: str, path: Path) -> Any:
    if field.kind is Kind.TABLE:
        return read_table(field, value, problems, currency=currency, path=path)
    if field.kind is Kind.TABLES:
        return _read_tables(field, value, problems, currency, path)
    if field.kind is Kind.WORDS:
        return _read_words(field, value, problems, path)
    if field.kind in (Kind.NAMES, Kind.ENTRIES):
        return _read_names(field, value, problems, path)
    if field.kind is Kind.MONEY:
        return _read_money(value, problems, currency, path)
    if _sound(field, value):
        return value
    hint = nearest(value, field.values) if isinstance(value, str) else ""
    problems.add(path, f"found {shown(value)}{hint}", _allowed(field))
    return None


def _sound(field: Field, value: Any) -> bool:
    if field.kind is Kind.COUNT:
        return type(value) is int and field.least <= value <= field.most
    if not isinstance(value, str):
        return False
    if field.kind is Kind.WORD:
        return value in field.values
    if field.kind is Kind.ID:
        return _ID.fullmatch(value) is not None
    if field.kind is Kind.DAY:
        return is_day(value)
    if field.kind is Kind.ENTRY:
        return _ENTRY.fullmatch(value) is not None
    if field.kind is Kind.RATE:
        return RATE.fullmatch(value) is not None and value.strip("0.") != ""
    return _is_name(value)


def _is_name(value: str) -> bool:
    return 0 < len(value.strip()) == len(value) <= NAME_CHARACTERS_MAX and value.isprintable()


def _read_tables(
    field: Field, value: Any, problems: Problems, currency: str, path: Path
) -> list[dict[str, Any]]:
    """One entry for each table, also for a faulty one, so that positions stay as in the file."""
    if not isinstance(value, list):
        allowed = f"[[{path[-1]}]], once for each: {field.means}"
        problems.add(path, f"found {shown(value)}", allowed)
        return []
    if not field.least <= len(value) <= field.most:
        problems.add(path, f"found {shown(value)}", f"{field.least} to {field.most} of them")
        return []
    inner = Field(kind=Kind.TABLE, means=field.means, fields=field.fields)
    return [
        read_table(inner, member, problems, currency=currency, path=(*path, position))
        for position, member in enumerate(value)
    ]


def _read_words(field: Field, value: Any, problems: Problems, path: Path) -> list[str] | None:
    if not isinstance(value, list) or len(value) < field.least:
        problems.add(path, f"found {shown(value)}", _allowed(field))
        return None
    kept: set[str] = set()
    for member in value:
        if not isinstance(member, str) or member not in field.values:
            hint = nearest(member, field.values) if isinstance(member, str) else ""
            problems.add(path, f"found {shown(member)}{hint}", ", ".join(field.values))
        elif member in kept:
            problems.add(path, f"{shown(member)} stands twice", "each word once")
        else:
            kept.add(member)
    return [word for word in field.values if word in kept]


def _read_names(field: Field, value: Any, problems: Problems, path: Path) -> list[str] | None:
    """A list of free names or of ids of the catalogue, in the file's order."""
    sound = _is_name if field.kind is Kind.NAMES else _ENTRY.fullmatch
    if not isinstance(value, list) or not field.least <= len(value) <= field.most:
        problems.add(path, f"found {shown(value)}", _allowed(field))
        return None
    kept: set[str] = set()
    for member in value:
        if not isinstance(member, str) or not sound(member):
            problems.add(path, f"found {shown(member)}", _allowed(field))
        elif member.casefold() in kept:
            problems.add(path, f"{shown(member)} stands twice", "each of them once")
        else:
            kept.add(member.casefold())
    return value


def _read_money(value: Any, problems: Problems, currency: str, path: Path) -> int | None:
    if not isinstance(value, str) or len(value) > _WORDS_SHOWN:
        allowed = f'a decimal in quotes, such as "{_example(currency)}"'
        problems.add(path, f"found {shown(value)}", allowed)
        return None
    try:
        return parse_amount(value, currency).minor
    except Misconfigured:
        decimals = EXPONENTS[currency]
        allowed = f'a decimal of at most {decimals} decimals, such as "{_example(currency)}"'
        problems.add(path, f"found {shown(value)}", allowed)
        return None


def _example(currency: str) -> str:
    return "1500" if EXPONENTS[currency] == 0 else "1500.00"


def _allowed(field: Field) -> str:
    """What may stand in this place, in words."""
    if field.kind is Kind.COUNT:
        return f"a whole number from {field.least} to {field.most}"
    if field.kind is Kind.WORD and len(field.values) > _WORDS_SHOWN:
        return f"{field.means}, such as {field.values[0]}"
    if field.kind in (Kind.WORD, Kind.WORDS):
        prefix = "a list of " if field.kind is Kind.WORDS else ""
        return prefix + ", ".join(field.values)
    if field.kind is Kind.ID:
        return f"{field.means}: 1 to 31 of a-z 0-9 -"
    if field.kind is Kind.MONEY:
        return f"a decimal in quotes: {field.means}"
    if field.kind is Kind.RATE:
        return f'a decimal in quotes, at most 8 decimals, such as "129.35": {field.means}'
    if field.kind is Kind.DAY:
        return f'{field.means}, such as "2027-06-30"'
    if field.kind is Kind.ENTRY:
        return f"{field.means}: an id of the catalogue"
    if field.kind is Kind.ENTRIES:
        return f"a list of at most {field.most} ids: {field.means}"
    if field.kind is Kind.NAMES:
        return f"a list of {field.least} to {field.most}: {field.means}"
    if field.kind is Kind.NAME:
        return f"{field.means}: 1 to {NAME_CHARACTERS_MAX} printed characters"
    return field.means


def flat_parameters(tables: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """`{"pin": {"tries_max": 3}}` as `{"pin.tries_max": 3}`, sorted."""
    return {
        f"{group}.{last}": tables[group][last]
        for group in sorted(tables)
        for last in sorted(tables[group])
    }
