"""Canonical JSON (RFC 8785) and the digests that chain one artefact to the next.

Our artefacts hold objects with ASCII keys, lists, strings, booleans, null and whole numbers of at
most 2**53 - 1. Within that set sorted members and no white space *are* RFC 8785; floating point is
refused, because its last bit differs between machines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from tallystick.ground.errors import Defect

_INT_MAX = 2**53 - 1
_encoder = msgspec.json.Encoder(order="sorted")


def canonical_json(value: Any) -> bytes:
    """Encode a plain value (dict, list, tuple, str, int, bool, None) as RFC 8785 octets.

    Refuses: Defect for floats, other types, non-ASCII keys and integers beyond 2**53 - 1.

    >>> canonical_json({"b": 1, "a": [True, None, "é"]})
    b'{"a":[true,null,"\\xc3\\xa9"],"b":1}'
    """
    demand_canonical(value)
    return _encoder.encode(value)


def encode_checked(value: Any) -> bytes:
    """As `canonical_json`, for a value whose every part went through `demand_canonical` before."""
    return _encoder.encode(value)


def digest(octets: bytes) -> str:
    """SHA-256 of octets, written `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(octets).hexdigest()}"


def digest_of(value: Any) -> str:
    """Digest of a value's canonical JSON."""
    return digest(canonical_json(value))


def demand_canonical(value: Any) -> None:
    """Refuses: Defect for a value that has no canonical form; see `canonical_json`."""
    kind = type(value)
    if kind is str:
        if not (value.isascii() or _is_unicode(value)):
            raise Defect("a lone surrogate has no canonical form")
    elif kind is dict:
        for key in value:
            if type(key) is not str or not key.isascii():
                raise Defect(f"canonical keys are ASCII strings, not {key!r}")
        _check_each(value.values())
    elif kind is list or kind is tuple:
        _check_each(value)
    elif kind is int:
        if abs(value) > _INT_MAX:
            raise Defect("an integer beyond 2**53 - 1 has no canonical form")
    elif value is not None and kind is not bool:
        raise Defect(f"{kind.__name__} has no canonical form")


def _check_each(members: Iterable[Any]) -> None:
    for member in members:
        # Most members are ASCII strings: they are recognised here, without another call.
        kind = type(member)
        if kind is str:
            if member.isascii():
                continue
        elif member is None or (kind is int and -_INT_MAX <= member <= _INT_MAX):
            continue
        demand_canonical(member)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
