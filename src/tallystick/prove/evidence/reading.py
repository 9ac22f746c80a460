"""Reading canonical JSON back: one spelling per value, every member known, every type exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect, TallystickError

T = TypeVar("T")


class Malformed(TallystickError):
    """Not exactly the expected shape; whoever reads turns it into a refusal of its own."""


def read_canonical(octets: bytes) -> Any:
    """Parse octets that must be canonical JSON: no white space, sorted, no member twice.

    Refuses: Malformed.

    >>> read_canonical(b'{"a":1}')
    {'a': 1}
    """
    try:
        value = msgspec.json.decode(octets)
        again = canonical_json(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Defect):
        raise Malformed("not JSON of our kind") from None
    if again != octets:
        raise Malformed("not canonical JSON")
    return value


def read_object(value: Any, members: Mapping[str, type[Any] | tuple[type[Any], ...]]) -> Any:
    """Demand a JSON object with exactly these members, each of its type (never a subtype).

    Refuses: Malformed.
    """
    if type(value) is not dict:
        raise Malformed("not an object")
    if value.keys() != members.keys():
        odd = sorted(value.keys() ^ members.keys())
        raise Malformed(f"missing or unknown: {', '.join(odd)[:200]}")
    for name, kinds in members.items():
        allowed = kinds if isinstance(kinds, tuple) else (kinds,)
        if type(value[name]) not in allowed:
            raise Malformed(f"{name} has another type")
    return value


def read_list(value: Any, kind: type[T]) -> tuple[T, ...]:
    """Demand a list whose elements are all exactly of this type. Refuses: Malformed."""
    if type(value) is not list or any(type(element) is not kind for element in value):
        raise Malformed(f"not a list of {kind.__name__}")
    return tuple(value)
