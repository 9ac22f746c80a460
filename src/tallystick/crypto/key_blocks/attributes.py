"""What a key is for: usage, algorithm, mode of use and exportability, and which go together.

The codes are those of ANSI X9.143-2022 (formerly TR-31), as public implementations and the
documentation of payment services name them. Two numeric usages are our own, as X9.143 leaves
numeric codes to whoever defines them: neither may be exported to a stranger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tallystick.crypto.mechanisms import KeyRefused


class KeyUsage(StrEnum):
    """The one purpose of a key (X9.143: two characters)."""

    BASE_DERIVATION = "B0"
    INITIAL_DUKPT = "B1"
    CARD_VERIFICATION = "C0"
    DATA_ENCRYPTION = "D0"
    ASYMMETRIC_DATA_ENCRYPTION = "D1"
    EMV_CRYPTOGRAMS = "E0"
    EMV_CONFIDENTIALITY = "E1"
    EMV_INTEGRITY = "E2"
    EMV_DATA_AUTHENTICATION = "E3"
    EMV_DYNAMIC_NUMBERS = "E4"
    EMV_PERSONALISATION = "E5"
    EMV_OTHER = "E6"
    KEY_ENCRYPTION = "K0"
    KEY_BLOCK_PROTECTION = "K1"
    KEY_TRANSPORT = "K2"
    """An RSA key of TR-34, or one that key cryptograms are made for."""
    KEY_AGREEMENT = "K3"
    ISO20038_PROTECTION = "K4"
    MAC_16609 = "M0"
    MAC_9797_1 = "M1"
    MAC_9797_3 = "M3"
    MAC_CMAC = "M6"
    MAC_HMAC = "M7"
    PIN_ENCRYPTION = "P0"
    PIN_GENERATION = "P1"
    SIGNATURE = "S0"
    PIN_VERIFICATION_OTHER = "V0"
    PIN_VERIFICATION_3624 = "V1"
    PIN_VERIFICATION_PVV = "V2"
    FORMAT_PRESERVING = "10"
    """Ours: FF1 on payment tokens."""
    FIELD_SEALING = "11"
    """Ours: the root under which fields at rest are sealed."""


class KeyAlgorithm(StrEnum):
    """The algorithm of a key with its size. `letter` is the one of X9.143."""

    TDES_2KEY = "TDES_2KEY"
    TDES_3KEY = "TDES_3KEY"
    AES_128 = "AES_128"
    AES_192 = "AES_192"
    AES_256 = "AES_256"
    HMAC_SHA224 = "HMAC_SHA224"
    HMAC_SHA256 = "HMAC_SHA256"
    HMAC_SHA384 = "HMAC_SHA384"
    HMAC_SHA512 = "HMAC_SHA512"
    RSA_2048 = "RSA_2048"
    RSA_3072 = "RSA_3072"
    RSA_4096 = "RSA_4096"
    ECC_P256 = "ECC_NIST_P256"
    ECC_P384 = "ECC_NIST_P384"
    ECC_P521 = "ECC_NIST_P521"
    HYBRID_768 = "MLKEM768-X25519"
    """Two keys that carry another one together; like the next, known to no other system."""
    HYBRID_1024 = "MLKEM1024-P384"
    HYBRID_SIGNATURE = "ML-DSA-65-P384"
    """Two keys that sign together."""

    @property
    def letter(self) -> str:
        return _LETTERS[self.partition("_")[0]]

    @property
    def octets(self) -> int:
        """Length of a symmetric key; an HMAC key is as long as its hash. 0 when asymmetric."""
        return _OCTETS.get(self, 0)

    @property
    def strength_bits(self) -> int:
        """Security strength (SP 800-57 part 1 rev. 5, table 2; TDES: SP 800-131A rev. 2)."""
        return _STRENGTHS[self]

    @property
    def is_symmetric(self) -> bool:
        return self in _OCTETS


_HYBRIDS = (KeyAlgorithm.HYBRID_768, KeyAlgorithm.HYBRID_1024)
_LETTERS: Mapping[str, str] = MappingProxyType(
    {"TDES": "T", "AES": "A", "HMAC": "H", "RSA": "R", "ECC": "E"}
    | dict.fromkeys((*_HYBRIDS, KeyAlgorithm.HYBRID_SIGNATURE), "0")
)
"""X9.143 leaves digits to whoever defines them; no key block of ours has one."""
_OCTETS: Mapping[str, int] = MappingProxyType(
    {
        KeyAlgorithm.TDES_2KEY: 16,
        KeyAlgorithm.TDES_3KEY: 24,
        KeyAlgorithm.AES_128: 16,
        KeyAlgorithm.AES_192: 24,
        KeyAlgorithm.AES_256: 32,
        KeyAlgorithm.HMAC_SHA224: 28,
        KeyAlgorithm.HMAC_SHA256: 32,
        KeyAlgorithm.HMAC_SHA384: 48,
        KeyAlgorithm.HMAC_SHA512: 64,
    }
)
_STRENGTHS: Mapping[str, int] = MappingProxyType(
    {
        KeyAlgorithm.TDES_2KEY: 80,
        KeyAlgorithm.TDES_3KEY: 112,
        KeyAlgorithm.AES_128: 128,
        KeyAlgorithm.AES_192: 192,
        KeyAlgorithm.AES_256: 256,
        KeyAlgorithm.HMAC_SHA224: 224,
        KeyAlgorithm.HMAC_SHA256: 256,
        KeyAlgorithm.HMAC_SHA384: 384,
        KeyAlgorithm.HMAC_SHA512: 512,
        KeyAlgorithm.RSA_2048: 112,
        KeyAlgorithm.RSA_3072: 128,
        KeyAlgorithm.RSA_4096: 152,
        KeyAlgorithm.ECC_P256: 128,
        KeyAlgorithm.ECC_P384: 192,
        KeyAlgorithm.ECC_P521: 256,
        KeyAlgorithm.HYBRID_768: 192,
        KeyAlgorithm.HYBRID_1024: 256,
        KeyAlgorithm.HYBRID_SIGNATURE: 192,
    }
)


class KeyAction(StrEnum):
    """One thing that is done with a key; a mode of use allows some of them."""

    ENCRYPT = "encrypt"
    DECRYPT = "decrypt"
    WRAP = "wrap"
    UNWRAP = "unwrap"
    GENERATE = "generate"
    VERIFY = "verify"
    SIGN = "sign"
    DERIVE = "derive"


class KeyMode(StrEnum):
    """Mode of use (X9.143: one character)."""

    BOTH = "B"
    GENERATE_AND_VERIFY = "C"
    DECRYPT = "D"
    ENCRYPT = "E"
    GENERATE = "G"
    ANY = "N"
    SIGN = "S"
    SIGN_AND_DECRYPT = "T"
    VERIFY = "V"
    DERIVE = "X"

    def allows(self, action: KeyAction) -> bool:
        """Whether a key of this mode may do this.

        >>> KeyMode.ENCRYPT.allows(KeyAction.WRAP), KeyMode.ENCRYPT.allows(KeyAction.DECRYPT)
        (True, False)
        """
        return action in _ACTIONS[self]


_ENCRYPTING = {KeyAction.ENCRYPT, KeyAction.WRAP}
_DECRYPTING = {KeyAction.DECRYPT, KeyAction.UNWRAP}
_ACTIONS: Mapping[KeyMode, frozenset[KeyAction]] = MappingProxyType(
    {
        KeyMode.BOTH: frozenset(_ENCRYPTING | _DECRYPTING),
        KeyMode.GENERATE_AND_VERIFY: frozenset({KeyAction.GENERATE, KeyAction.VERIFY}),
        KeyMode.DECRYPT: frozenset(_DECRYPTING),
        KeyMode.ENCRYPT: frozenset(_ENCRYPTING),
        KeyMode.GENERATE: frozenset({KeyAction.GENERATE}),
        KeyMode.ANY: frozenset(KeyAction),
        KeyMode.SIGN: frozenset({KeyAction.SIGN}),
        KeyMode.SIGN_AND_DECRYPT: frozenset({KeyAction.SIGN} | _DECRYPTING),
        KeyMode.VERIFY: frozenset({KeyAction.VERIFY}),
        KeyMode.DERIVE: frozenset({KeyAction.DERIVE}),
    }
)


class Exportability(StrEnum):
    """Whether a key may leave under another key (X9.143: one character)."""

    EXPORTABLE = "E"
    NOT_EXPORTABLE = "N"
    SENSITIVE = "S"
    """Exportable, and also in forms that bind no attributes to it, as a key cryptogram is. What is
    merely EXPORTABLE leaves production in key blocks and key tokens alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAttributes:
    """What a key block binds to its key. `version` is its key version number, two characters.

    Refuses: KeyRefused for a usage, algorithm and mode that do not go together, so that no key
             which could be used for two purposes ever exists.
    """

    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability
    version: str = "00"

    def __post_init__(self) -> None:
        algorithms, modes = _LEGAL[self.usage]
        if self.algorithm not in algorithms:
            raise KeyRefused(f"a key of usage {self.usage} cannot be {self.algorithm}")
        if self.mode not in modes:
            raise KeyRefused(f"a key of usage {self.usage} cannot have mode {self.mode}")
        if len(self.version) != 2 or not self.version.isascii() or not self.version.isalnum():
            raise KeyRefused("a key version is two letters or digits")


_TDES = {KeyAlgorithm.TDES_2KEY, KeyAlgorithm.TDES_3KEY}
_AES = {KeyAlgorithm.AES_128, KeyAlgorithm.AES_192, KeyAlgorithm.AES_256}
_HMAC = {algorithm for algorithm in KeyAlgorithm if algorithm.startswith("HMAC")}
_RSA = {algorithm for algorithm in KeyAlgorithm if algorithm.startswith("RSA")}
_ECC = {algorithm for algorithm in KeyAlgorithm if algorithm.startswith("ECC")}
_BLOCK = _TDES | _AES

_CIPHER = {KeyMode.BOTH, KeyMode.DECRYPT, KeyMode.ENCRYPT, KeyMode.ANY}
_CHECK = {KeyMode.GENERATE_AND_VERIFY, KeyMode.GENERATE, KeyMode.VERIFY, KeyMode.ANY}
_ROOT = {KeyMode.DERIVE, KeyMode.ANY}

_LEGAL: Mapping[KeyUsage, tuple[set[KeyAlgorithm], set[KeyMode]]] = MappingProxyType(
    {
        KeyUsage.BASE_DERIVATION: (_BLOCK, _ROOT),
        KeyUsage.INITIAL_DUKPT: (_BLOCK, _ROOT),
        KeyUsage.CARD_VERIFICATION: (_BLOCK, _CHECK),
        KeyUsage.DATA_ENCRYPTION: (_BLOCK, _CIPHER),
        KeyUsage.ASYMMETRIC_DATA_ENCRYPTION: (_RSA, _CIPHER),
        **dict.fromkeys(
            (
                KeyUsage.EMV_CRYPTOGRAMS,
                KeyUsage.EMV_CONFIDENTIALITY,
                KeyUsage.EMV_INTEGRITY,
                KeyUsage.EMV_DATA_AUTHENTICATION,
                KeyUsage.EMV_DYNAMIC_NUMBERS,
                KeyUsage.EMV_PERSONALISATION,
                KeyUsage.EMV_OTHER,
            ),
            (_BLOCK, _ROOT),
        ),
        KeyUsage.KEY_ENCRYPTION: (_BLOCK, _CIPHER),
        KeyUsage.KEY_BLOCK_PROTECTION: (_BLOCK, _CIPHER),
        KeyUsage.KEY_TRANSPORT: (_RSA | set(_HYBRIDS), _CIPHER),
        KeyUsage.KEY_AGREEMENT: (_ECC, _ROOT),
        KeyUsage.ISO20038_PROTECTION: (_AES, _CIPHER),
        KeyUsage.MAC_16609: (_TDES, _CHECK),
        KeyUsage.MAC_9797_1: (_TDES, _CHECK),
        KeyUsage.MAC_9797_3: (_TDES, _CHECK),
        KeyUsage.MAC_CMAC: (_BLOCK, _CHECK),
        KeyUsage.MAC_HMAC: (_HMAC, _CHECK),
        KeyUsage.PIN_ENCRYPTION: (_BLOCK, _CIPHER),
        KeyUsage.PIN_GENERATION: (_BLOCK, _CHECK),
        KeyUsage.SIGNATURE: (
            _RSA | _ECC | {KeyAlgorithm.HYBRID_SIGNATURE},
            {KeyMode.SIGN, KeyMode.VERIFY, KeyMode.ANY},
        ),
        KeyUsage.PIN_VERIFICATION_OTHER: (_BLOCK, _CHECK),
        KeyUsage.PIN_VERIFICATION_3624: (_BLOCK, _CHECK),
        KeyUsage.PIN_VERIFICATION_PVV: (_BLOCK, _CHECK),
        KeyUsage.FORMAT_PRESERVING: (_AES, _CIPHER),
        KeyUsage.FIELD_SEALING: ({KeyAlgorithm.AES_256}, _CIPHER),
    }
)
"""Usage to the algorithms and the modes that it may have (X9.143, and the table that a hosted
payment-cryptography service publishes; where the two differ, the narrower)."""
OURS = frozenset({KeyUsage.FORMAT_PRESERVING, KeyUsage.FIELD_SEALING})
"""Usages that no other system knows; keys of these are never exported in a key block."""
