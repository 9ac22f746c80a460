"""Key derivation from an agreed secret: the concatenation KDF and the KDF of X9.63."""

from __future__ import annotations

from enum import StrEnum

from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF

from tallystick.crypto.mechanisms.key_pairs import HashName
from tallystick.ground.errors import Defect

_OCTETS_MAX = 64


class Derivation(StrEnum):
    """Which way a key is derived from an agreed secret."""

    NIST_SP800 = "NIST_SP800"
    """One step, hash of counter, secret and information (SP 800-56A rev. 3 §5.8.2)."""
    ANSI_X963 = "ANSI_X963"
    """Hash of secret, counter and information (ANSI X9.63-2001 §5.6.3; SEC 1 §3.6.1)."""


def derive_agreed(
    shared: bytes, *, derivation: Derivation, hashed: HashName, information: bytes, octets: int
) -> bytes:
    """Derive up to 64 octets from a shared secret; both sides hash the same information.

    >>> derive_agreed(
    ...     bytes.fromhex("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08"),
    ...     derivation=Derivation.ANSI_X963, hashed=HashName.SHA_256, information=b"", octets=16,
    ... ).hex()
    '443024c3dae66b95e6f5670601558f71'
    """
    if not 0 < octets <= _OCTETS_MAX:
        raise Defect("1 to 64 octets are derived at a time")
    if derivation is Derivation.NIST_SP800:
        return ConcatKDFHash(hashed.native, octets, information).derive(shared)
    return X963KDF(hashed.native, octets, information).derive(shared)
