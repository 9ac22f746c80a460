"""Strangers' JSON, read once and strictly: UTF-8, no member twice, none unknown, no floats."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn, TypeVar

import msgspec

from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.handset.errors import Malformed

Shape = TypeVar("Shape")

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number that every JSON reader keeps exactly."""


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """Base of every shape that the provider may send."""


class EcJwk(Strict):
    """A P-256 public key as a JWK of exactly four members."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str


class OkpJwk(Strict):
    """An Ed25519 public key as a JWK of exactly three members."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str


def read_json(octets: bytes, shape: type[Shape]) -> Shape:
    """Read JSON octets into a shape. Refuses: Malformed.

    >>> read_json(b'{"kty":"OKP","crv":"Ed25519","x":"AA"}', OkpJwk).x
    'AA'
    """
    try:
        value = _DECODER.decode(octets.decode("utf-8"))
        if b"\\u" in octets:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on a lone surrogate
        return msgspec.convert(value, shape, strict=True)
    except (ValueError, RecursionError, msgspec.ValidationError) as wrong:
        raise Malformed(f"not a {shape.__name__}: {type(wrong).__name__}") from None


def read_octets(text: str) -> bytes:
    """Decode base64url without padding, in its one spelling. Refuses: Malformed."""
    try:
        return from_base64url(text)
    except NotAnIdentifier:
        raise Malformed("not base64url in its one spelling") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _not_whole(text: str) -> NoReturn:
    raise ValueError("not a whole number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_not_whole, parse_constant=_not_whole
)
