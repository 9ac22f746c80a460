"""ECDH-ES on P-256: the private side of key agreement and the Concat KDF."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric import ec

from tallystick.crypto.mechanisms.nist_curve import COORDINATE_OCTETS, PublicKey
from tallystick.crypto.mechanisms.refusals import KeyRefused
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

_CURVE = ec.SECP256R1()
_ECDH = ec.ECDH()


class AgreementKey:
    """A P-256 private key that agrees on secrets and does nothing else: it cannot sign."""

    __slots__ = ("_native", "public")

    def __init__(self, native: ec.EllipticCurvePrivateKey) -> None:
        self._native = native
        self.public = PublicKey.from_native(native.public_key())

    @classmethod
    def generate(cls) -> AgreementKey:
        """A fresh key from the operating system's generator."""
        return cls(ec.generate_private_key(_CURVE))

    @classmethod
    def from_secret(cls, scalar: Secret) -> AgreementKey:
        """Read a private scalar of 32 octets, big-endian. Refuses: KeyRefused outside 1..n-1."""
        octets = scalar.reveal()
        try:
            native = ec.derive_private_key(int.from_bytes(octets, "big"), _CURVE)
        except ValueError:
            raise KeyRefused("not a P-256 private key") from None
        if len(octets) != COORDINATE_OCTETS:
            raise KeyRefused("not a P-256 private key")
        return cls(native)

    def secret(self) -> Secret:
        """The private scalar, 32 octets; only for the sealed key file."""
        scalar = self._native.private_numbers().private_value
        return Secret(scalar.to_bytes(COORDINATE_OCTETS, "big"))

    def agree(self, peer: PublicKey) -> bytes:
        """The shared secret Z, 32 octets; always derive from it, never use it as a key."""
        return self._native.exchange(_ECDH, peer.native)

    def __repr__(self) -> str:
        return f"AgreementKey({self.public.thumbprint}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a private key is not serialised")


def concat_kdf(
    shared: bytes, *, algorithm: bytes, bits: int, apu: bytes = b"", apv: bytes = b""
) -> bytes:
    """Derive a content-encryption key of at most 256 bits from a shared secret.

    Source: RFC 7518 §4.6.2 (SP 800-56A Concat KDF, SHA-256, one round).
    """
    if bits not in (128, 256):
        raise Defect("one round of the Concat KDF gives 128 or 256 bits")
    info = _other_info(algorithm, bits, apu, apv)
    return hashlib.sha256(b"\x00\x00\x00\x01" + shared + info).digest()[: bits // 8]


@lru_cache(maxsize=16)
def _other_info(algorithm: bytes, bits: int, apu: bytes, apv: bytes) -> bytes:
    parts = (_with_length(algorithm), _with_length(apu), _with_length(apv))
    return b"".join(parts) + bits.to_bytes(4, "big")


def _with_length(octets: bytes) -> bytes:
    return len(octets).to_bytes(4, "big") + octets
