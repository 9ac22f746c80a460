"""The octets of a key: as long as its algorithm says, as strong as it claims, never degenerate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.crypto.key_blocks.attributes import KeyAlgorithm
from tallystick.crypto.key_blocks.refusals import WeakerKey
from tallystick.crypto.mechanisms import (
    BlockCipher,
    CheckMethod,
    Cmac,
    KeyRefused,
    cmac_check_value,
    hmac_check_value,
    legacy_check_value,
)
from tallystick.ground.errors import Defect

STRENGTH_ENOUGH = 256
"""No key is asked for more (SP 800-57 part 1 rev. 5, table 2 ends there): an HMAC-SHA-512 key may
travel under AES-256."""
_DES_OCTETS = 8
_METHODS = {"TDES": CheckMethod.LEGACY, "AES": CheckMethod.CMAC, "HMAC": CheckMethod.HMAC}

HASHES: Mapping[KeyAlgorithm, str] = MappingProxyType(
    {
        KeyAlgorithm.HMAC_SHA224: "sha224",
        KeyAlgorithm.HMAC_SHA256: "sha256",
        KeyAlgorithm.HMAC_SHA384: "sha384",
        KeyAlgorithm.HMAC_SHA512: "sha512",
    }
)
"""The hash of an HMAC key, as hashlib names it."""

# SP 800-67 rev. 2, 3.3.2: weak and semi-weak DES keys, without their parity bits.
_WEAK = frozenset(
    {
        0x0000000000000000,
        0xFEFEFEFEFEFEFEFE,
        0xE0E0E0E0F0F0F0F0,
        0x1E1E1E1E0E0E0E0E,
        0x00FE00FE00FE00FE,
        0xFE00FE00FE00FE00,
        0x1EE01EE00EF00EF0,
        0xE01EE01EF00EF00E,
        0x00E000E000F000F0,
        0xE000E000F000F000,
        0x1EFE1EFE0EFE0EFE,
        0xFE1EFE1EFE0EFE0E,
        0x001E001E000E000E,
        0x1E001E000E000E00,
        0xE0FEE0FEF0FEF0FE,
        0xFEE0FEE0FEF0FEF0,
    }
)
_WITHOUT_PARITY = 0xFEFEFEFEFEFEFEFE


def demand_length(key: bytes, algorithm: KeyAlgorithm) -> None:
    """Refuse a symmetric key that is not as long as its algorithm. Refuses: KeyRefused."""
    if not algorithm.is_symmetric or len(key) != algorithm.octets:
        raise KeyRefused(f"these octets are no key of {algorithm}")


def demand_not_weaker(wrapping: KeyAlgorithm, wrapped: KeyAlgorithm) -> None:
    """Refuse to protect a key with a weaker one.

    Strengths are those of SP 800-57 part 1 rev. 5, table 2: TDEA 80 and 112 bits, RSA-2048 112,
    RSA-3072 128, RSA-4096 152, P-256 128, P-384 192, P-521 256. Refuses: WeakerKey.

    >>> demand_not_weaker(KeyAlgorithm.RSA_3072, KeyAlgorithm.AES_128)
    >>> demand_not_weaker(KeyAlgorithm.TDES_3KEY, KeyAlgorithm.AES_128)
    Traceback (most recent call last):
    tallystick.crypto.key_blocks.refusals.WeakerKey: AES_128 is never protected by TDES_3KEY
    """
    if wrapping.strength_bits < min(wrapped.strength_bits, STRENGTH_ENOUGH):
        raise WeakerKey(f"{wrapped} is never protected by {wrapping}")


def demand_sound(key: bytes, algorithm: KeyAlgorithm) -> None:
    """Refuse a key that its form betrays, as test keys are: not for production.

    Refuses: KeyRefused for octets all alike; with TDEA for two parts alike (which is single DES, or
             a two-part key in the length of three) and for weak and semi-weak parts. Parity bits
             count for nothing here.
    Source:  SP 800-67 rev. 2, 3.3.2; X9.24-1.
    """
    if len(set(key)) <= 1:
        raise KeyRefused("a key is not one octet over and over")
    if not algorithm.startswith("TDES"):
        return
    parts = [
        int.from_bytes(key[start : start + _DES_OCTETS], "big") & _WITHOUT_PARITY
        for start in range(0, len(key), _DES_OCTETS)
    ]
    if len(set(parts)) != len(parts):
        raise KeyRefused("two parts of a TDEA key are alike")
    if _WEAK.intersection(parts):
        raise KeyRefused("a part of a TDEA key is weak")


def with_odd_parity(key: bytes) -> bytes:
    """A TDEA key with the last bit of each octet set to odd parity.

    Ciphers and check values do not see the difference; comparing octets does.

    >>> with_odd_parity(bytes.fromhex("00ff1234567890aa")).hex()
    '01fe1334577991ab'
    """
    return bytes(octet if octet.bit_count() & 1 else octet ^ 1 for octet in key)


def check_method(algorithm: KeyAlgorithm) -> CheckMethod:
    """How keys of this symmetric algorithm are checked when nobody asks for another way."""
    try:
        return _METHODS[algorithm.partition("_")[0]]
    except KeyError:
        raise Defect(f"{algorithm} is not symmetric") from None


def check_value_of(
    key: bytes, algorithm: KeyAlgorithm, *, method: CheckMethod | None = None, octets: int = 3
) -> str:
    """The check value of a symmetric key, as upper-case hex digits.

    TDEA keys are checked by the legacy method, AES keys by CMAC and HMAC keys by HMAC when `method`
    is left out; a block cipher's key may be asked for by either of the first two.

    >>> check_value_of(bytes.fromhex("f039121bec83d26b169bdcd5b22aaf8f"), KeyAlgorithm.TDES_2KEY)
    'CB9DEA'
    """
    demand_length(key, algorithm)
    chosen = method or check_method(algorithm)
    if algorithm in HASHES and chosen is CheckMethod.HMAC:
        return hmac_check_value(key, hash_name=HASHES[algorithm], octets=octets)
    tdes = algorithm.startswith("TDES")
    if chosen is CheckMethod.LEGACY and algorithm not in HASHES:
        cipher = BlockCipher.tdes(key) if tdes else BlockCipher.aes(key)
        return legacy_check_value(cipher, octets=octets)
    if chosen is CheckMethod.CMAC and algorithm not in HASHES:
        return cmac_check_value(Cmac.tdes(key) if tdes else Cmac.aes(key), octets=octets)
    raise KeyRefused(f"keys of {algorithm} have no check value by {chosen}")
