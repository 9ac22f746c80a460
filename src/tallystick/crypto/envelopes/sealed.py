"""Sealed envelopes: compact JWE with ECDH-ES on P-256 and A256GCM.

A fresh ephemeral key for every envelope gives a fresh content key, so that no initialisation vector
can meet the same key twice; the vector is random all the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import msgspec

from tallystick.crypto.envelopes.refusals import EnvelopeRefused
from tallystick.crypto.envelopes.strict import read_header, read_name, read_part, split_token
from tallystick.crypto.mechanisms import (
    AgreementKey,
    KeyRefused,
    PublicKey,
    Undecipherable,
    concat_kdf,
    decrypt_gcm,
    encrypt_gcm,
    public_key_from_jwk,
)
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.limits import MESSAGE_MAX

_IV_OCTETS = 12
_TAG_OCTETS = 16
_MEMBERS = frozenset({"alg", "enc", "kid", "epk", "typ"})
_MEMBERS_AND_CTY = _MEMBERS | {"cty"}
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed envelope, parsed and not yet opened. Nothing in it can be believed but its shape."""

    kid: str
    epk: PublicKey
    iv: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)
    tag: bytes = field(repr=False)
    aad: bytes = field(repr=False)


def seal(plaintext: bytes, *, to: PublicKey, kid: str, typ: str, cty: str | None = None) -> str:
    """Seal octets so that only the holder of the private key of `to` opens them.

    Gives:  compact JWE; its header has exactly alg, enc, kid, epk, typ and, when given, cty.
    Source: RFC 7516 §5.1, RFC 7518 §4.6 (direct key agreement) and §5.3.
    """
    ephemeral = AgreementKey.generate()
    header = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "kid": kid,
        "epk": ephemeral.public.jwk(),
        "typ": typ,
    }
    if cty is not None:
        header["cty"] = cty
    aad = to_base64url(_encoder.encode(header))
    iv = os.urandom(_IV_OCTETS)
    key = _content_key(ephemeral.agree(to))
    sealed = encrypt_gcm(key, iv=iv, plaintext=plaintext, aad=aad.encode("ascii"))
    ciphertext, tag = sealed[:-_TAG_OCTETS], sealed[-_TAG_OCTETS:]
    return f"{aad}..{to_base64url(iv)}.{to_base64url(ciphertext)}.{to_base64url(tag)}"


def parse_sealed(
    token: str, *, typ: str, cty: str | None = None, octets_max: int = MESSAGE_MAX
) -> Sealed:
    """Read a compact JWE of exactly the expected type; needs no key.

    Takes:   token of at most `octets_max` characters; `cty` None when the header must not have one.
    Refuses: EnvelopeRefused for any other member, algorithm, type or spelling, a key share that is
             not on the curve, an encrypted key, and sizes beyond the limits.
    Source:  RFC 7516 §7.1; the refusals of `zip`, `crit` and foreign keys follow RFC 8725 §3.
    """
    aad, encrypted_key, iv, ciphertext, tag = split_token(token, parts=5, octets_max=octets_max)
    header = read_header(aad)
    _check_header(header, typ=typ, cty=cty)
    if encrypted_key:
        raise EnvelopeRefused("parts")
    try:
        epk = public_key_from_jwk(header["epk"], remember=False)
    except KeyRefused:
        raise EnvelopeRefused("epk") from None
    sealed = Sealed(
        kid=read_name(header["kid"]),
        epk=epk,
        iv=read_part(iv),
        ciphertext=read_part(ciphertext),
        tag=read_part(tag),
        aad=aad,
    )
    if len(sealed.iv) != _IV_OCTETS or len(sealed.tag) != _TAG_OCTETS:
        raise EnvelopeRefused("parts")
    return sealed


def open_sealed(sealed: Sealed, private: AgreementKey) -> bytes:
    """Open a parsed envelope. Refuses: EnvelopeRefused when one bit of it is not what was sealed.

    Source: RFC 7516 §5.2.
    """
    key = _content_key(private.agree(sealed.epk))
    try:
        return decrypt_gcm(
            key, iv=sealed.iv, ciphertext=sealed.ciphertext + sealed.tag, aad=sealed.aad
        )
    except Undecipherable:
        raise EnvelopeRefused("tag") from None


def _check_header(header: dict[str, object], *, typ: str, cty: str | None) -> None:
    if header.keys() != (_MEMBERS if cty is None else _MEMBERS_AND_CTY):
        raise EnvelopeRefused("header.members")
    if header["alg"] != "ECDH-ES" or header["enc"] != "A256GCM":
        raise EnvelopeRefused("header.alg")
    if header["typ"] != typ or header.get("cty") != cty:
        raise EnvelopeRefused("header.typ")


def _content_key(shared: bytes) -> bytes:
    return concat_kdf(shared, algorithm=b"A256GCM", bits=256)
