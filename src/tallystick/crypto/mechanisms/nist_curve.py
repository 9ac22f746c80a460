"""P-256: public keys as strict JWKs, thumbprints and ES256 verification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tallystick.crypto.mechanisms.refusals import KeyRefused, SignatureRefused
from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import NotAnIdentifier, decode_base64url, to_base64url

COORDINATE_OCTETS = 32
_COORDINATE_CHARACTERS = 43
_KEYS_REMEMBERED = 8192
_CURVE = ec.SECP256R1()
_ES256 = ec.ECDSA(SHA256())
_EC_MEMBERS = frozenset({"kty", "crv", "x", "y"})
_OKP_MEMBERS = frozenset({"kty", "crv", "x"})


class PublicKey:
    """A P-256 public key, known to lie on the curve. Immutable; equal when the points are equal."""

    __slots__ = ("_native", "_point", "_thumbprint")

    def __init__(self, native: ec.EllipticCurvePublicKey, point: bytes) -> None:
        self._native = native
        self._point = point
        self._thumbprint = ""

    @classmethod
    def from_point(cls, point: bytes) -> PublicKey:
        """Read an uncompressed point of 65 octets (SEC 1 §2.3.3). Refuses: KeyRefused."""
        if len(point) != 1 + 2 * COORDINATE_OCTETS or point[0] != 4:
            raise KeyRefused("not an uncompressed P-256 point")
        try:
            native = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        except ValueError:
            raise KeyRefused("not a point on P-256") from None
        return cls(native, point)

    @classmethod
    def from_native(cls, native: ec.EllipticCurvePublicKey) -> PublicKey:
        """Take over a key that pyca/cryptography has already checked; used inside crypto/ only."""
        return cls(native, native.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def native(self) -> ec.EllipticCurvePublicKey:
        """The key object of pyca/cryptography; for crypto/ only."""
        return self._native

    @property
    def point(self) -> bytes:
        """The uncompressed point, 65 octets (SEC 1 §2.3.3): what makes two keys the same."""
        return self._point

    @property
    def thumbprint(self) -> str:
        """RFC 7638 SHA-256 thumbprint, 43 characters of base64url; the `kid` of a server key."""
        if not self._thumbprint:
            self._thumbprint = hash_members(self.jwk())
        return self._thumbprint

    def jwk(self) -> dict[str, str]:
        """The key as a JWK with exactly kty, crv, x, y (RFC 7518 §6.2.1)."""
        x = to_base64url(self._point[1:33])
        return {"kty": "EC", "crv": "P-256", "x": x, "y": to_base64url(self._point[33:])}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self._point == other._point

    def __hash__(self) -> int:
        return hash(self._point)

    def __repr__(self) -> str:
        return f"PublicKey({self.thumbprint})"


def public_key_from_jwk(jwk: object, *, remember: bool = True) -> PublicKey:
    """Read a P-256 public key from a JWK with exactly kty, crv, x and y.

    Keys of devices come back with every message: they are remembered (least recently used out
    first). Keys that are used once, such as an `epk`, are read with `remember=False`.

    Refuses: KeyRefused for any other member, kind or curve, for coordinates that are not 32 octets
             of canonical base64url, and for a point that is not on the curve.
    Source:  RFC 7517, RFC 7518 §6.2.1; point validation as in SP 800-56A rev. 3 §5.6.2.3.
    """
    if not isinstance(jwk, Mapping) or jwk.keys() != _EC_MEMBERS:
        raise KeyRefused("a public key has exactly the members kty, crv, x and y")
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise KeyRefused("not a P-256 key")
    x, y = jwk["x"], jwk["y"]
    if not (isinstance(x, str) and isinstance(y, str)):
        raise KeyRefused("a coordinate is a string")
    return _remembered_key(x, y) if remember else _read_key(x, y)


def thumbprint(jwk: object) -> str:
    """RFC 7638 SHA-256 thumbprint of a P-256 or Ed25519 public JWK: 43 characters of base64url.

    Refuses: KeyRefused for a JWK that is not exactly one of the two.
    """
    if isinstance(jwk, Mapping) and jwk.get("kty") == "OKP":
        return hash_members(_okp_members(jwk))
    return public_key_from_jwk(jwk).thumbprint


def es256_verify(*, public: PublicKey, octets: bytes, signature: bytes) -> None:
    """Verify an ECDSA P-256 SHA-256 signature, or raise.

    Takes:   signature as r || s, 64 octets (IEEE P1363, RFC 7518 §3.4), never DER.
    Refuses: SignatureRefused, whatever was wrong.
    """
    if len(signature) != 2 * COORDINATE_OCTETS:
        raise SignatureRefused("the signature was refused")
    r = int.from_bytes(signature[:COORDINATE_OCTETS], "big")
    s = int.from_bytes(signature[COORDINATE_OCTETS:], "big")
    try:
        public.native.verify(encode_dss_signature(r, s), octets, _ES256)
    except InvalidSignature:
        raise SignatureRefused("the signature was refused") from None


def hash_members(required: Mapping[str, str]) -> str:
    """SHA-256 over the canonical JSON of a JWK's required members (RFC 7638 §3)."""
    return to_base64url(hashlib.sha256(canonical_json(dict(required))).digest())


def _read_key(x: str, y: str) -> PublicKey:
    return PublicKey.from_point(b"\x04" + read_coordinate(x) + read_coordinate(y))


_remembered_key = lru_cache(maxsize=_KEYS_REMEMBERED)(_read_key)


def read_coordinate(text: str) -> bytes:
    """Read 32 octets of canonical base64url. Refuses: KeyRefused."""
    if len(text) != _COORDINATE_CHARACTERS or not text.isascii():
        raise KeyRefused("a coordinate is 32 octets of base64url")
    try:
        return decode_base64url(text.encode("ascii"))
    except NotAnIdentifier:
        raise KeyRefused("a coordinate is 32 octets of base64url") from None


def _okp_members(jwk: Mapping[str, object]) -> dict[str, str]:
    x = jwk.get("x")
    if jwk.keys() != _OKP_MEMBERS or jwk["crv"] != "Ed25519" or not isinstance(x, str):
        raise KeyRefused("an Ed25519 public key has exactly the members kty, crv and x")
    read_coordinate(x)
    return {"kty": "OKP", "crv": "Ed25519", "x": x}
