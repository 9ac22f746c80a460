"""Ed25519: signing keys of the provider and verification against pinned public keys."""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tallystick.crypto.mechanisms.refusals import KeyRefused, SignatureRefused
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

_KEY_OCTETS = 32
_SIGNATURE_OCTETS = 64
# The y coordinates (sign bit cleared) of the points whose order divides 8, in every spelling that
# decoders take. Under such a key one signature fits many texts, so it is no key at all.
_SMALL_ORDER = frozenset(
    bytes.fromhex(octets)
    for octets in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
)


class SigningKey:
    """An Ed25519 private key. It signs; it has no other use."""

    __slots__ = ("_native", "public")

    def __init__(self, native: Ed25519PrivateKey) -> None:
        self._native = native
        self.public = native.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh key from the operating system's generator."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_secret(cls, seed: Secret) -> SigningKey:
        """Read a 32-octet seed (RFC 8032 §5.1.5). Refuses: KeyRefused for another length."""
        octets = seed.reveal()
        if len(octets) != _KEY_OCTETS:
            raise KeyRefused("an Ed25519 seed is 32 octets")
        return cls(Ed25519PrivateKey.from_private_bytes(octets))

    def secret(self) -> Secret:
        """The seed, 32 octets; only for the sealed key file."""
        return Secret(self._native.private_bytes_raw())

    def sign(self, octets: bytes) -> bytes:
        """Sign octets: 64 octets, the same for the same octets (RFC 8032 §5.1.6)."""
        return self._native.sign(octets)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.hex()[:16]}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a private key is not serialised")


def ed25519_verify(public_raw: bytes, octets: bytes, signature: bytes) -> None:
    """Verify a pure Ed25519 signature, or raise.

    Takes:   public_raw 32 octets, from our own register or pinned by whoever trusts it;
             signature 64 octets.
    Refuses: SignatureRefused, whatever was wrong with the signature; KeyRefused for a key of
             another length or of small order.
    Source:  RFC 8032 §5.1.7.
    """
    native = _read_key(bytes(public_raw))
    if len(signature) != _SIGNATURE_OCTETS:
        raise SignatureRefused("the signature was refused")
    try:
        native.verify(signature, octets)
    except InvalidSignature:
        raise SignatureRefused("the signature was refused") from None


@lru_cache(maxsize=256)
def _read_key(public_raw: bytes) -> Ed25519PublicKey:
    if len(public_raw) != _KEY_OCTETS:
        raise KeyRefused("an Ed25519 public key is 32 octets")
    if public_raw[:-1] + bytes([public_raw[-1] & 0x7F]) in _SMALL_ORDER:
        raise KeyRefused("an Ed25519 key of small order is no key")
    try:
        return Ed25519PublicKey.from_public_bytes(public_raw)
    except ValueError:
        raise KeyRefused("not an Ed25519 public key") from None
