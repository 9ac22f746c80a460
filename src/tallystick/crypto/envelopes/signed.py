"""Signed envelopes: compact JWS with ES256, each type with its own way of naming the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.envelopes.strict import read_header, read_name, read_part, split_token
from tallystick.crypto.mechanisms import (
    KeyRefused,
    PublicKey,
    SignatureRefused,
    es256_verify,
    public_key_from_jwk,
)
from tallystick.ground.errors import Defect
from tallystick.ground.limits import MESSAGE_MAX

_SIGNATURE_OCTETS = 64
_HEADERS_REMEMBERED = 8192
"""Headers of devices, least recently used out first: some twenty megabytes at most."""

# How each type of docs/reference/wire.md names the key: enrolment and proof bring their own key,
# everything else names a device that we know.
_KEY_MEMBER = {
    "tallystick-enrolment+jws": "jwk",
    "tallystick-session+jws": "kid",
    "tallystick-message+jws": "kid",
    "dpop+jwt": "jwk",
}
_MEMBERS = {member: frozenset({"alg", "typ", member}) for member in ("jwk", "kid")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed envelope, parsed and not yet verified. Believe only what `verify` returns.

    `header` is needed to find the key; `key` is the key that the header brings (None when it names
    a device instead) and proves possession only, never identity.
    """

    header: Mapping[str, Any]
    key: PublicKey | None
    payload: bytes = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def verify(self, public: PublicKey) -> bytes:
        """Return the payload that the holder of `public` signed. Refuses: EnvelopeRefused.

        Source: RFC 7515 §5.2.
        """
        try:
            es256_verify(public=public, octets=self.signing_input, signature=self.signature)
        except SignatureRefused:
            raise EnvelopeRefused("signature") from None
        return self.payload


def parse_signed(token: str, *, typ: str, octets_max: int = MESSAGE_MAX) -> Signed:
    """Read a compact JWS of exactly the expected type; verifies nothing yet.

    Takes:   token of at most `octets_max` characters; `typ` one of the wire's signed types.
    Refuses: EnvelopeRefused for any other member, algorithm, type or spelling, for a key that is
             not on the curve and for sizes beyond the limits. Defect for a type the wire has not.
    Source:  RFC 7515 §7.1; one algorithm per type as in RFC 8725 §3.1.
    """
    protected, payload, signature = split_token(token, parts=3, octets_max=octets_max)
    header, key = _checked_header(protected, typ)
    signature_octets = read_part(signature)
    if len(signature_octets) != _SIGNATURE_OCTETS:
        raise EnvelopeRefused("parts")
    return Signed(
        header=header,
        key=key,
        payload=read_part(payload),
        signing_input=protected + b"." + payload,
        signature=signature_octets,
    )


@lru_cache(maxsize=_HEADERS_REMEMBERED)
def _checked_header(protected: bytes, typ: str) -> tuple[Mapping[str, Any], PublicKey | None]:
    """A header as its octets say it. A device spells the same one again and again.

    Only what was found in order is remembered, and nothing about a signature.
    """
    header = read_header(protected)
    key = _check_header(header, typ=typ)
    return MappingProxyType(header), key


def _check_header(header: dict[str, Any], *, typ: str) -> PublicKey | None:
    if typ not in _KEY_MEMBER:
        raise Defect(f"the wire has no signed type {typ!r}")
    member = _KEY_MEMBER[typ]
    if header.keys() != _MEMBERS[member]:
        raise EnvelopeRefused("header.members")
    if header["alg"] != "ES256":
        raise EnvelopeRefused("header.alg")
    if header["typ"] != typ:
        raise EnvelopeRefused("header.typ")
    if member == "kid":
        read_name(header["kid"])
        return None
    return _read_key(header["jwk"])


def _read_key(jwk: object) -> PublicKey:
    try:
        return public_key_from_jwk(jwk)
    except KeyRefused:
        raise EnvelopeRefused("jwk") from None
