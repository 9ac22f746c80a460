"""Compact JOSE as the wire page allows it: JWS with ES256, JWE with ECDH-ES and A256GCM.

`sign` and `seal` write what the page says. `write_signed` and `seal_under` take any header, so that
a trial can write what the page forbids.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallystick.ground.identifiers import to_base64url
from tallystick.ground.limits import HEADER_MAX
from tallystick.handset.errors import Malformed
from tallystick.handset.keys import DeviceKey, PeerKey, read_peer_key
from tallystick.handset.reading import EcJwk, Strict, read_json, read_octets

_IV, _TAG = 12, 16


class _SealedHeader(Strict):
    alg: Literal["ECDH-ES"]
    enc: Literal["A256GCM"]
    kid: str
    epk: EcJwk
    typ: str


def sign(payload: bytes, *, header: Mapping[str, object], key: DeviceKey) -> str:
    """A compact JWS; the header says `alg` itself."""
    signing_input = f"{_encode(header)}.{to_base64url(payload)}"
    return f"{signing_input}.{to_base64url(key.sign(signing_input.encode('ascii')))}"


def write_signed(payload: bytes, *, header: Mapping[str, object], signature: bytes) -> str:
    """A compact JWS with any signature octets at all; for trials."""
    return f"{_encode(header)}.{to_base64url(payload)}.{to_base64url(signature)}"


def sealed_header(
    *, to: PeerKey, ephemeral: DeviceKey, typ: str, cty: str | None
) -> dict[str, object]:
    """The only JWE header that the wire page knows."""
    header: dict[str, object] = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "kid": to.thumbprint,
        "epk": ephemeral.jwk,
        "typ": typ,
    }
    return header if cty is None else {**header, "cty": cty}


def seal(plaintext: bytes, *, to: PeerKey, typ: str, cty: str | None = None) -> str:
    """A compact JWE to one key, under a fresh ephemeral key."""
    ephemeral = DeviceKey.create()
    header = sealed_header(to=to, ephemeral=ephemeral, typ=typ, cty=cty)
    return seal_under(plaintext, header=header, to=to, ephemeral=ephemeral)


def seal_under(
    plaintext: bytes, *, header: Mapping[str, object], to: PeerKey, ephemeral: DeviceKey
) -> str:
    """A compact JWE under any header at all; for trials."""
    protected = _encode(header)
    iv = os.urandom(_IV)
    key = derive_key(ephemeral.agree(to))
    sealed = AESGCM(key).encrypt(iv, plaintext, protected.encode("ascii"))
    return ".".join(
        (
            protected,
            "",
            to_base64url(iv),
            to_base64url(sealed[:-_TAG]),
            to_base64url(sealed[-_TAG:]),
        )
    )


def open_sealed(token: str, *, key: DeviceKey, typ: str) -> bytes:
    """Open a compact JWE that was sealed to this key. Refuses: Malformed, for every reason."""
    parts = token.split(".")
    if len(parts) != 5 or parts[1] != "":
        raise Malformed("not a compact JWE with direct key agreement")
    protected, _, iv, ciphertext, tag = parts
    if len(protected) > HEADER_MAX * 4 // 3 + 3:
        raise Malformed("the header is too long")
    header = read_json(read_octets(protected), _SealedHeader)
    if header.typ != typ or header.kid != key.thumbprint:
        raise Malformed("sealed for another purpose or to another key")
    nonce, mark = read_octets(iv), read_octets(tag)
    if len(nonce) != _IV or len(mark) != _TAG:
        raise Malformed("initialisation vector or tag of another length")
    content_key = derive_key(key.agree(read_peer_key(header.epk)))
    octets = read_octets(ciphertext) + mark
    try:
        return AESGCM(content_key).decrypt(nonce, octets, protected.encode("ascii"))
    except InvalidTag:
        raise Malformed("does not open") from None


def derive_key(
    shared: bytes,
    *,
    algorithm: bytes = b"A256GCM",
    apu: bytes = b"",
    apv: bytes = b"",
    length: int = 32,
) -> bytes:
    """Concat KDF with SHA-256, one round (RFC 7518 §4.6.2, NIST SP 800-56A).

    Takes: the ECDH shared secret; length in octets, at most 32. On the wire the three names keep
    their defaults; the RFC's own example needs others.
    """
    named = b"".join(len(part).to_bytes(4, "big") + part for part in (algorithm, apu, apv))
    material = b"\x00\x00\x00\x01" + shared + named + (length * 8).to_bytes(4, "big")
    return hashlib.sha256(material).digest()[:length]


def _encode(header: Mapping[str, object]) -> str:
    return to_base64url(msgspec.json.encode(header))
