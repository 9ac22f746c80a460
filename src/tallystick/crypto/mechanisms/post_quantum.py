"""Post-quantum mechanisms: ML-KEM beside elliptic curves for carrying keys, ML-DSA-65 for signing.

A hybrid holds as long as one of its two halves does. Both suites are HPKE in base mode with the
hybrid KEMs of pyca/cryptography, HKDF and AES-256-GCM; who sent something they do not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tallystick.crypto.mechanisms.refusals import KeyRefused, SignatureRefused, Undecipherable
from tallystick.ground.errors import Defect

_SEED_OCTETS = 64
_P384_OCTETS = 48
_P384 = ec.SECP384R1()
_SIGNING_SEED_OCTETS = 32
SIGNATURE_OCTETS = 3309
"""Length of a signature of ML-DSA-65 (FIPS 204, table 2)."""
SIGNING_PUBLIC_OCTETS = 1952
CONTEXT_OCTETS_MAX = 255


class HybridSuite(StrEnum):
    """Which two mechanisms carry a key together."""

    MLKEM768_X25519 = "MLKEM768-X25519"
    """ML-KEM-768 (category 3) with X25519, also known as X-Wing."""
    MLKEM1024_P384 = "MLKEM1024-P384"
    """ML-KEM-1024 (category 5) with P-384."""

    @property
    def strength_bits(self) -> int:
        """Strength against a quantum computer too: that of the ML-KEM half (FIPS 203, table 1)."""
        return _SUITES[self].strength_bits

    @property
    def public_octets(self) -> int:
        """Length of a public key: the ML-KEM key, then the other's."""
        return _SUITES[self].mlkem_octets + _SUITES[self].other_octets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suite:
    native: hpke.Suite
    strength_bits: int
    mlkem_octets: int
    other_octets: int
    secret_octets: int


_SUITES: Mapping[HybridSuite, _Suite] = MappingProxyType(
    {
        HybridSuite.MLKEM768_X25519: _Suite(
            native=hpke.Suite(
                hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM
            ),
            strength_bits=192,
            mlkem_octets=1184,
            other_octets=32,
            secret_octets=_SEED_OCTETS + 32,
        ),
        HybridSuite.MLKEM1024_P384: _Suite(
            native=hpke.Suite(hpke.KEM.MLKEM1024_P384, hpke.KDF.HKDF_SHA512, hpke.AEAD.AES_256_GCM),
            strength_bits=256,
            mlkem_octets=1568,
            other_octets=97,
            secret_octets=_SEED_OCTETS + _P384_OCTETS,
        ),
    }
)


class HybridPublicKey:
    """What keys are carried to. `octets`: the ML-KEM key, then that of X25519 or P-384."""

    __slots__ = ("_native", "octets", "suite")

    def __init__(
        self,
        suite: HybridSuite,
        octets: bytes,
        native: hpke.MLKEM768X25519PublicKey | hpke.MLKEM1024P384PublicKey,
    ) -> None:
        self.suite, self.octets, self._native = suite, octets, native

    @classmethod
    def read(cls, suite: HybridSuite, octets: bytes) -> HybridPublicKey:
        """Read a public key of a suite. Refuses: KeyRefused for anything else."""
        size = _SUITES[suite].mlkem_octets
        if len(octets) != suite.public_octets:
            raise KeyRefused("not a public key of this suite")
        try:
            return cls(suite, octets, _join_public(suite, octets[:size], octets[size:]))
        except ValueError:
            raise KeyRefused("not a public key of this suite") from None

    def seal(self, plaintext: bytes, *, info: bytes) -> bytes:
        """Encipher for the holder; `info` is bound and not carried. Gives: encapsulation, then
        ciphertext (HPKE, RFC 9180 §6.1, base mode)."""
        return _SUITES[self.suite].native.encrypt(plaintext, self._native, info)


class HybridKeyPair:
    """A pair whose private half is two seeds, kept as octets: that of ML-KEM, then the other's."""

    __slots__ = ("_native", "_secret", "public", "suite")

    def __init__(self, suite: HybridSuite, secret: bytes) -> None:
        if len(secret) != _SUITES[suite].secret_octets:
            raise KeyRefused("not a private key of this suite")
        self.suite, self._secret = suite, secret
        self._native, octets, native = _join_private(
            suite, secret[:_SEED_OCTETS], secret[_SEED_OCTETS:]
        )
        self.public = HybridPublicKey(suite, octets, native)

    @classmethod
    def generate(cls, suite: HybridSuite = HybridSuite.MLKEM768_X25519) -> HybridKeyPair:
        """A fresh pair from the operating system's generator."""
        seed = mlkem.MLKEM768PrivateKey.generate().private_bytes_raw()
        if suite is HybridSuite.MLKEM768_X25519:
            return cls(suite, seed + x25519.X25519PrivateKey.generate().private_bytes_raw())
        scalar = ec.generate_private_key(_P384).private_numbers().private_value
        return cls(suite, seed + scalar.to_bytes(_P384_OCTETS, "big"))

    def secret(self) -> bytes:
        """The seeds; only to be sealed at once."""
        return self._secret

    def open(self, sealed: bytes, *, info: bytes) -> bytes:
        """Open what `HybridPublicKey.seal` gave. Refuses: Undecipherable, whatever was wrong."""
        try:
            return _SUITES[self.suite].native.decrypt(sealed, self._native, info)
        except (InvalidTag, ValueError):
            raise Undecipherable("the ciphertext was refused") from None

    def __repr__(self) -> str:
        return f"HybridKeyPair({self.suite}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a private key is not serialised")


class LatticeSigningKey:
    """An ML-DSA-65 key (FIPS 204): it signs with a context that says what for."""

    __slots__ = ("_native", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != _SIGNING_SEED_OCTETS:
            raise KeyRefused("not a seed of ML-DSA-65")
        self._native = mldsa.MLDSA65PrivateKey.from_seed_bytes(seed)
        self.public = self._native.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> LatticeSigningKey:
        """A fresh key from the operating system's generator."""
        return cls(mldsa.MLDSA65PrivateKey.generate().private_bytes_raw())

    def secret(self) -> bytes:
        """The seed, 32 octets; only to be sealed at once."""
        return self._native.private_bytes_raw()

    def sign(self, octets: bytes, *, context: bytes) -> bytes:
        """Sign octets for one context of at most 255 octets: 3309 octets, other ones each time."""
        if len(context) > CONTEXT_OCTETS_MAX:
            raise Defect("a context has at most 255 octets")
        return self._native.sign(octets, context)

    def __repr__(self) -> str:
        return "LatticeSigningKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a signing key is not serialised")


def verify_lattice(public: bytes, octets: bytes, signature: bytes, *, context: bytes) -> None:
    """Verify ML-DSA-65, or raise. Refuses: SignatureRefused, whatever was wrong."""
    if len(public) != SIGNING_PUBLIC_OCTETS or len(signature) != SIGNATURE_OCTETS:
        raise SignatureRefused("the signature was refused")
    try:
        mldsa.MLDSA65PublicKey.from_public_bytes(public).verify(signature, octets, context)
    except (InvalidSignature, ValueError):
        raise SignatureRefused("the signature was refused") from None


def _join_public(
    suite: HybridSuite, lattice: bytes, other: bytes
) -> hpke.MLKEM768X25519PublicKey | hpke.MLKEM1024P384PublicKey:
    if suite is HybridSuite.MLKEM768_X25519:
        return hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(lattice),
            x25519.X25519PublicKey.from_public_bytes(other),
        )
    if other[:1] != b"\x04":
        raise ValueError("not an uncompressed point")
    return hpke.MLKEM1024P384PublicKey(
        mlkem.MLKEM1024PublicKey.from_public_bytes(lattice),
        ec.EllipticCurvePublicKey.from_encoded_point(_P384, other),
    )


def _join_private(
    suite: HybridSuite, seed: bytes, other: bytes
) -> tuple[
    hpke.MLKEM768X25519PrivateKey | hpke.MLKEM1024P384PrivateKey,
    bytes,
    hpke.MLKEM768X25519PublicKey | hpke.MLKEM1024P384PublicKey,
]:
    if suite is HybridSuite.MLKEM768_X25519:
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
        montgomery = x25519.X25519PrivateKey.from_private_bytes(other)
        both = hpke.MLKEM768X25519PrivateKey(lattice, montgomery)
        halves = lattice.public_key(), montgomery.public_key()
        return both, b"".join(half.public_bytes_raw() for half in halves), both.public_key()
    larger = mlkem.MLKEM1024PrivateKey.from_seed_bytes(seed)
    try:
        curve = ec.derive_private_key(int.from_bytes(other, "big"), _P384)
    except ValueError:
        raise KeyRefused("not a private key of this suite") from None
    whole = hpke.MLKEM1024P384PrivateKey(larger, curve)
    point = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return whole, larger.public_key().public_bytes_raw() + point, whole.public_key()
