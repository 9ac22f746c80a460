"""Two parties that exchange keys, with authorities of their own; made once for the whole run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import KeyPair, LocalAuthority, Purpose, X509Certificate

NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Party:
    """A pair, its certificate and the authority that issued it."""

    authority: LocalAuthority
    pair: KeyPair
    certificate: X509Certificate


@cache
def party(name: str, algorithm: str, purpose: Purpose) -> Party:
    authority = LocalAuthority.create(
        common_name=f"{name} root", at_ms=NOW_MS, days=365, algorithm="RSA_2048"
    )
    pair = KeyPair.generate(algorithm)
    certificate = authority.issue(
        pair.public, common_name=name, at_ms=NOW_MS, days=30, purpose=purpose
    )
    return Party(authority, pair, certificate)


def distributor() -> Party:
    """KDH."""
    return party("host", "RSA_2048", Purpose.SIGNATURE)


def recipient() -> Party:
    """KRD, strong enough for AES-128."""
    return party("device", "RSA_3072", Purpose.KEY_TRANSPORT)


def attributes(
    algorithm: KeyAlgorithm = KeyAlgorithm.AES_128,
    usage: KeyUsage = KeyUsage.KEY_ENCRYPTION,
    mode: KeyMode = KeyMode.BOTH,
) -> KeyAttributes:
    return KeyAttributes(
        usage=usage, algorithm=algorithm, mode=mode, exportability=Exportability.EXPORTABLE
    )
