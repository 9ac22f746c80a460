"""The handset's three P-256 keys, each with one job, and the provider's public keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.handset.errors import Malformed
from tallystick.handset.reading import EcJwk, OkpJwk, read_octets

_CURVE = ec.SECP256R1()
_ECDSA = ec.ECDSA(hashes.SHA256())
_ECDH = ec.ECDH()
_COORDINATE = 32


def thumbprint(jwk: dict[str, str]) -> str:
    """RFC 7638 SHA-256 thumbprint of a JWK that holds its required members only.

    >>> thumbprint({"kty": "OKP", "crv": "Ed25519",
    ...             "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})  # RFC 8037 A.3
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    return to_base64url(hashlib.sha256(canonical_json(jwk)).digest())


@dataclass(frozen=True, slots=True)
class PeerKey:
    """Somebody else's P-256 key, to agree with; `thumbprint` is its kid."""

    public: ec.EllipticCurvePublicKey
    thumbprint: str


def read_peer_key(jwk: EcJwk) -> PeerKey:
    """Read a P-256 JWK. Refuses: Malformed for coordinates of another length or off the curve."""
    x, y = read_octets(jwk.x), read_octets(jwk.y)
    if len(x) != _COORDINATE or len(y) != _COORDINATE:
        raise Malformed("a P-256 coordinate is 32 octets")
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, b"\x04" + x + y)
    except ValueError:
        raise Malformed("not a point of P-256") from None
    members = {"kty": "EC", "crv": "P-256", "x": jwk.x, "y": jwk.y}
    return PeerKey(public, thumbprint(members))


class DeviceKey:
    """One P-256 key pair of this device. The private half is shown by `reveal` only."""

    __slots__ = ("_private", "_thumbprint", "jwk")

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._private, self._thumbprint = private, ""
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": to_base64url(point[1:33]),
            "y": to_base64url(point[33:]),
        }

    @property
    def thumbprint(self) -> str:
        """The kid of this key; an ephemeral key is never asked for it."""
        self._thumbprint = self._thumbprint or thumbprint(self.jwk)
        return self._thumbprint

    @classmethod
    def create(cls) -> DeviceKey:
        return cls(ec.generate_private_key(_CURVE))

    @classmethod
    def restore(cls, scalar: Secret) -> DeviceKey:
        """The key pair of a scalar that `reveal` gave. Refuses: Malformed."""
        try:
            return cls(ec.derive_private_key(int.from_bytes(scalar.reveal(), "big"), _CURVE))
        except ValueError:
            raise Malformed("not a P-256 private key") from None

    def reveal(self) -> Secret:
        """The private scalar, 32 octets, to keep in the device's own file."""
        scalar = self._private.private_numbers().private_value
        return Secret(scalar.to_bytes(_COORDINATE, "big"))

    def sign(self, octets: bytes) -> bytes:
        """ES256 signature, 64 octets r || s (RFC 7518 §3.4)."""
        r, s = decode_dss_signature(self._private.sign(octets, _ECDSA))
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")

    def agree(self, peer: PeerKey) -> bytes:
        """The ECDH shared secret, 32 octets."""
        return self._private.exchange(_ECDH, peer.public)

    def __repr__(self) -> str:
        return f"DeviceKey({self.thumbprint}, private half hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsetKeys:
    """Three keys, three purposes: identity, mobile digital signature, opening answers."""

    session: DeviceKey
    signature: DeviceKey
    agreement: DeviceKey

    @classmethod
    def create(cls) -> HandsetKeys:
        return cls(
            session=DeviceKey.create(),
            signature=DeviceKey.create(),
            agreement=DeviceKey.create(),
        )

    def jwks(self) -> dict[str, dict[str, str]]:
        """The three public keys as an enrolment carries them."""
        return {
            "session": self.session.jwk,
            "signature": self.signature.jwk,
            "agreement": self.agreement.jwk,
        }


def read_ed25519_key(jwk: OkpJwk) -> bytes:
    """The 32 raw octets of an Ed25519 JWK. Refuses: Malformed."""
    raw = read_octets(jwk.x)
    if len(raw) != 32:
        raise Malformed("an Ed25519 key is 32 octets")
    return raw


def check_es256(public: ec.EllipticCurvePublicKey, *, octets: bytes, signature: bytes) -> None:
    """Check an ES256 signature of 64 octets r || s. Refuses: Malformed."""
    r, s = signature[:_COORDINATE], signature[_COORDINATE:]
    if len(signature) != 2 * _COORDINATE:
        raise Malformed("an ES256 signature is 64 octets")
    try:
        numbers = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        public.verify(numbers, octets, _ECDSA)
    except InvalidSignature:
        raise Malformed("the signature does not hold") from None


def check_ed25519(*, public: bytes, octets: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature. Refuses: Malformed."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, octets)
    except (InvalidSignature, ValueError):
        raise Malformed("the signature does not hold") from None
