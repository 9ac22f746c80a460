"""The register of mechanisms: what we run, how strong it is, and until when.

Strengths follow SP 800-57 part 1 rev. 5, tables 2 to 4. The last year of the elliptic-curve
mechanisms is the planning date of the initial public draft of NIST IR 8547 (2024): a quantum
computer would break them, so nobody should promise more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.crypto.mechanisms.refusals import MechanismRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """One approved mechanism. `not_after` is the last year of use, None when none is set."""

    name: str
    purpose: str
    strength_bits: int
    not_after: int | None
    source: str


def _register(*mechanisms: Mechanism) -> Mapping[str, Mechanism]:
    return MappingProxyType({mechanism.name: mechanism for mechanism in mechanisms})


MECHANISMS = _register(
    Mechanism(
        name="ES256",
        purpose="signature of devices",
        strength_bits=128,
        not_after=2035,
        source="FIPS 186-5; RFC 7518 §3.4; NIST IR 8547 (draft)",
    ),
    Mechanism(
        name="Ed25519",
        purpose="signature of the provider",
        strength_bits=128,
        not_after=2035,
        source="FIPS 186-5; RFC 8032; NIST IR 8547 (draft)",
    ),
    Mechanism(
        name="RS256",
        purpose="signature of messages between providers, RSA of 3072 bits",
        strength_bits=128,
        not_after=2035,
        source="FIPS 186-5; RFC 7518 §3.3; SP 800-57 part 1 rev. 5; NIST IR 8547 (draft)",
    ),
    Mechanism(
        name="ECDH-ES",
        purpose="key agreement on P-256, Concat KDF",
        strength_bits=128,
        not_after=2035,
        source="SP 800-56A rev. 3; RFC 7518 §4.6; NIST IR 8547 (draft)",
    ),
    Mechanism(
        name="A256GCM",
        purpose="authenticated encryption",
        strength_bits=256,
        not_after=None,
        source="SP 800-38D; RFC 7518 §5.3",
    ),
    Mechanism(
        name="HMAC-SHA-256",
        purpose="message authentication, reference PIN",
        strength_bits=256,
        not_after=None,
        source="FIPS 198-1; RFC 2104",
    ),
    Mechanism(
        name="HKDF-SHA-256",
        purpose="key derivation",
        strength_bits=256,
        not_after=None,
        source="SP 800-56C rev. 2; RFC 5869",
    ),
    Mechanism(
        name="SHA-256",
        purpose="digests, collision resistance",
        strength_bits=128,
        not_after=None,
        source="FIPS 180-4; SP 800-107 rev. 1",
    ),
    Mechanism(
        name="scrypt",
        purpose="stretching of the key file's passphrase; no stronger than the passphrase",
        strength_bits=128,
        not_after=None,
        source="RFC 7914",
    ),
)


def demand_strength(name: str, bits: int, *, year: int | None = None) -> Mechanism:
    """Return the mechanism when it gives at least `bits` of strength (and is usable in `year`).

    Refuses: MechanismRefused for an unknown name, for less strength, and after the last year.

    >>> demand_strength("ES256", 128).purpose
    'signature of devices'
    """
    mechanism = MECHANISMS.get(name)
    if mechanism is None:
        raise MechanismRefused(f"{name!r} is not an approved mechanism")
    if mechanism.strength_bits < bits:
        raise MechanismRefused(f"{name} gives {mechanism.strength_bits} bits, not {bits}")
    if year is not None and mechanism.not_after is not None and year > mechanism.not_after:
        raise MechanismRefused(f"{name} is not used after {mechanism.not_after}")
    return mechanism
