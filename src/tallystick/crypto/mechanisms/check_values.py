"""Check values: a few octets by which two people see that they hold the same key.

A check value is public, and everyone who has it may test a guess of the key with it: it is cut to
what its method allows, and no key is short enough to be guessed. Given as upper-case hex digits, as
custodians read them to one another.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tallystick.crypto.mechanisms.block_ciphers import BlockCipher
from tallystick.crypto.mechanisms.cmac import Cmac
from tallystick.ground.errors import Defect


class CheckMethod(StrEnum):
    """How a check value is made. The names are those of payment services; X9.143 knows two."""

    LEGACY = "ANSI_X9_24"
    """A block of zeros enciphered; X9.143 code 00. TDEA keys."""
    CMAC = "CMAC"
    """CMAC of a block of zeros; X9.143 code 01. AES keys, and TDEA keys that know it."""
    HMAC = "HMAC"
    """HMAC of an empty message."""
    SHA_1 = "SHA_1"
    """SHA-1 of a public key (DER SubjectPublicKeyInfo); it tells keys apart and proves nothing."""
    SHA_256 = "SHA_256"
    """SHA-256 of a public key (DER SubjectPublicKeyInfo)."""


OCTETS_MAX: Mapping[CheckMethod, int] = MappingProxyType(
    {
        CheckMethod.LEGACY: 3,
        CheckMethod.CMAC: 5,
        CheckMethod.HMAC: 3,
        CheckMethod.SHA_1: 20,
        CheckMethod.SHA_256: 32,
    }
)
"""The longest check value of each method (X9.24-1:2017 annex A for the first two)."""


def legacy_check_value(cipher: BlockCipher, *, octets: int = 3) -> str:
    """Check value of a block cipher's key: the left of a block of zeros, enciphered.

    Takes: 2 or 3 octets to keep. Source: X9.24-1:2017 annex A (legacy method).

    >>> key = bytes.fromhex("3f419e1cb7079442aa37474c2efbf8b8")  # X9 TR-31:2018 A.7.2.2
    >>> legacy_check_value(BlockCipher.tdes(key))
    '57C409'
    """
    return _cut(cipher.encrypt(bytes(cipher.octets)), CheckMethod.LEGACY, octets)


def cmac_check_value(mac: Cmac, *, octets: int = 3) -> str:
    """Check value of a block cipher's key: the left of the CMAC of a block of zeros.

    Takes: 2 to 5 octets to keep. Source: X9.24-1:2017 annex A (CMAC method).

    >>> key = bytes.fromhex("3f419e1cb7079442aa37474c2efbf8b8")  # X9.143:2021 8.1
    >>> cmac_check_value(Cmac.aes(key), octets=5)
    '08793E25AB'
    """
    return _cut(mac.tag(bytes(mac.octets)), CheckMethod.CMAC, octets)


def hmac_check_value(key: bytes, *, hash_name: str, octets: int = 3) -> str:
    """Check value of an HMAC key: the left of the HMAC of nothing, with the key's own hash.

    Takes: a name of hashlib, 2 or 3 octets to keep. Source: as hosted payment services document it.
    """
    return _cut(hmac.digest(key, b"", hash_name), CheckMethod.HMAC, octets)


def public_check_value(info: bytes, method: CheckMethod, *, octets: int = 4) -> str:
    """Check value of a public key: the left of a hash of its DER SubjectPublicKeyInfo.

    Takes: SHA_1 or SHA_256, and how many octets to keep; 4 is what payment services show.
    """
    if method is CheckMethod.SHA_1:
        return _cut(hashlib.sha1(info, usedforsecurity=False).digest(), method, octets)
    if method is CheckMethod.SHA_256:
        return _cut(hashlib.sha256(info).digest(), method, octets)
    raise Defect(f"{method} is no check value of a public key")


def _cut(whole: bytes, method: CheckMethod, octets: int) -> str:
    if not 2 <= octets <= OCTETS_MAX[method]:
        raise Defect(f"a check value by {method} has 2 to {OCTETS_MAX[method]} octets")
    return whole[:octets].hex().upper()
