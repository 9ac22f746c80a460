"""Hybrid key transport: a key that neither a quantum computer nor a broken lattice alone opens.

What TR-34 does with RSA, done with HPKE over ML-KEM and an elliptic curve, and signed twice: with a
key pair as certificates have them, and with ML-DSA-65. Both signatures must hold. The format is
ours; the payment industry has none yet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tallystick.crypto.key_blocks import der
from tallystick.crypto.key_blocks.attributes import KeyAttributes
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.key_blocks.material import demand_sound
from tallystick.crypto.key_blocks.short_header import read_short_header, write_short_header
from tallystick.crypto.mechanisms import (
    SIGNING_PUBLIC_OCTETS,
    HybridKeyPair,
    HybridPublicKey,
    HybridSuite,
    KeyPair,
    KeyRefused,
    LatticeSigningKey,
    PublicHalf,
    SignatureRefused,
    Undecipherable,
    default_scheme,
    verify_lattice,
)

NONCE_OCTETS = 16
TRANSPORT_OCTETS_MAX = 16 * 1024
_LABEL = b"tallystick hybrid transport 1"
_VERSION = 1
_SEED_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridVerifier:
    """The public halves of a distributor: of its pair and of its ML-DSA-65 key (octets)."""

    pair: PublicHalf
    lattice: bytes

    @classmethod
    def read(cls, octets: bytes) -> HybridVerifier:
        """Read what `octets` wrote. Refuses: KeyRefused."""
        lattice, info = octets[:SIGNING_PUBLIC_OCTETS], octets[SIGNING_PUBLIC_OCTETS:]
        return cls(pair=PublicHalf.from_der(info), lattice=lattice)

    def octets(self) -> bytes:
        """The ML-DSA-65 key, then the SubjectPublicKeyInfo of the pair."""
        return self.lattice + self.pair.der()

    def identity(self) -> bytes:
        """SHA-256 over both, 32 octets."""
        return hashlib.sha256(self.pair.identity() + self.lattice).digest()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HybridSigner:
    """The keys of a distributor."""

    pair: KeyPair
    lattice: LatticeSigningKey

    @classmethod
    def generate(cls) -> HybridSigner:
        """A fresh pair on P-384 and a fresh ML-DSA-65 key."""
        return cls(pair=KeyPair.generate("ECC_NIST_P384"), lattice=LatticeSigningKey.generate())

    @classmethod
    def from_secret(cls, octets: bytes) -> HybridSigner:
        """Read what `secret` wrote. Refuses: KeyRefused."""
        seed, pair = octets[:_SEED_OCTETS], octets[_SEED_OCTETS:]
        return cls(pair=KeyPair.from_pkcs8(pair), lattice=LatticeSigningKey(seed))

    def secret(self) -> bytes:
        """The seed of ML-DSA-65, then the pair as PKCS #8; only to be sealed at once."""
        return self.lattice.secret() + self.pair.pkcs8()

    def verifier(self) -> HybridVerifier:
        return HybridVerifier(pair=self.pair.public, lattice=self.lattice.public)


def make_transport(
    key: bytes,
    attributes: KeyAttributes,
    *,
    recipient: HybridPublicKey,
    signer: HybridSigner,
    nonce: bytes,
) -> bytes:
    """Carry a key to one recipient, who gave the nonce of 16 octets.

    Gives:   DER: SEQUENCE { told, signature of the pair, signature of ML-DSA-65 }, where told is
             SEQUENCE { version, suite, recipient, signer, nonce, header, sealed key }.
    Refuses: KeyTokenRefused for a key stronger than the suite, or of another length.
    Source:  RFC 9180 (HPKE), FIPS 203, FIPS 204; X9.143 for the header.
    """
    if len(key) != attributes.algorithm.octets or len(nonce) != NONCE_OCTETS:
        raise KeyTokenRefused("key")
    _demand_strength(attributes, recipient.suite)
    bound = (
        der.integer(_VERSION)
        + der.octet_string(recipient.suite.encode("ascii"))
        + der.octet_string(hashlib.sha256(recipient.octets).digest())
        + der.octet_string(signer.verifier().identity())
        + der.octet_string(nonce)
        + der.octet_string(write_short_header(attributes))
    )
    sealed = recipient.seal(key, info=_LABEL + b"\n" + bound)
    told = der.sequence(bound, der.octet_string(sealed))
    by_pair = signer.pair.sign(_signed(told), scheme=default_scheme(signer.pair.public))
    by_lattice = signer.lattice.sign(told, context=_LABEL)
    return der.sequence(told, der.octet_string(by_pair), der.octet_string(by_lattice))


def open_transport(
    transport: bytes, *, recipient: HybridKeyPair, signer: HybridVerifier, nonce: bytes
) -> tuple[bytes, KeyAttributes]:
    """Take a key out of its transport.

    Refuses: KeyTokenRefused, with one text for everything; nothing is opened before both
             signatures are verified.
    """
    try:
        return _open(transport, recipient=recipient, signer=signer, nonce=nonce)
    except (der.DerRefused, KeyRefused, SignatureRefused, Undecipherable) as inner:
        raise KeyTokenRefused(inner.code) from None


def _open(
    transport: bytes, *, recipient: HybridKeyPair, signer: HybridVerifier, nonce: bytes
) -> tuple[bytes, KeyAttributes]:
    if len(transport) > TRANSPORT_OCTETS_MAX:
        raise KeyTokenRefused("size")
    outer = der.read_element(transport, tag=der.SEQUENCE)
    told, by_pair, by_lattice = der.inside(outer, der.SEQUENCE, *[der.OCTET_STRING] * 2)
    signer.pair.verify(_signed(told.whole), by_pair.content, scheme=default_scheme(signer.pair))
    verify_lattice(signer.lattice, told.whole, by_lattice.content, context=_LABEL)
    version, *parts, sealed = der.inside(told, der.INTEGER, *[der.OCTET_STRING] * 6)
    expected = (
        recipient.suite.encode("ascii"),
        hashlib.sha256(recipient.public.octets).digest(),
        signer.identity(),
        nonce,
    )
    *named, header = (part.content for part in parts)
    if der.read_integer(version) != _VERSION or tuple(named) != expected:
        raise KeyTokenRefused("binding")
    bound = told.content[: -len(sealed.whole)]
    key = recipient.open(sealed.content, info=_LABEL + b"\n" + bound)
    attributes = read_short_header(header, key_octets=len(key))
    demand_sound(key, attributes.algorithm)
    _demand_strength(attributes, recipient.suite)
    return key, attributes


def _signed(told: bytes) -> bytes:
    return _LABEL + b"\n" + told


def _demand_strength(attributes: KeyAttributes, suite: HybridSuite) -> None:
    """A key is never carried by a weaker mechanism; more than 256 bits nobody asks for."""
    if min(attributes.algorithm.strength_bits, 256) > suite.strength_bits:
        raise KeyTokenRefused("strength")
