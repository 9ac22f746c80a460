"""Strangers' JSON: limited in size and depth, no member twice, no number that JSON lacks."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from tallystick.ground.errors import Misconfigured

JSON_MAX = 64 * 1024 * 1024
"""Octets of one document; ATT&CK for Mobile has four million."""
DEPTH_MAX = 64


def read_json(octets: bytes, *, where: str) -> Any:
    """Read a document. Refuses: Misconfigured."""
    if len(octets) > JSON_MAX:
        raise Misconfigured("the file is too long", where=where, allowed=f"{JSON_MAX} octets")
    try:
        value = json.loads(
            octets.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_number
        )
    except _Ambiguous as wrong:
        raise Misconfigured(str(wrong), where=where) from None
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError:
        # Not UTF-8, not JSON, and numbers of too many digits are all ValueErrors.
        raise Misconfigured("not JSON", where=where, allowed="JSON in UTF-8") from None
    _check_depth(value, where)
    return value


class _Ambiguous(Exception):
    """A document that two readers may understand differently."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise _Ambiguous(f"the member {name[:60]!r} stands twice in one object")
        table[name] = value
    return table


def _no_number(word: str) -> NoReturn:
    raise _Ambiguous(f"{word} is no number of JSON")


def _check_depth(value: Any, where: str) -> None:
    waiting = [(value, 1)]
    while waiting:
        inner, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise _too_deep(where)
        if isinstance(inner, dict):
            waiting += [(member, depth + 1) for member in inner.values()]
        elif isinstance(inner, list):
            waiting += [(member, depth + 1) for member in inner]


def _too_deep(where: str) -> Misconfigured:
    return Misconfigured("nested too deeply", where=where, allowed=f"{DEPTH_MAX} levels")


def table_of(value: Any) -> dict[str, Any]:
    """A table, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []
