"""The register of what payment keys are made for: how strong each is, and until when.

A last year is the last in which something may still be protected with it; what was protected before
may be opened for longer. Names are those of KeyAlgorithm, and of the post-quantum mechanisms.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.crypto.mechanisms.register import Mechanism

_SP800_57 = "SP 800-57 part 1 rev. 5, table 2"
_SP800_131A = "SP 800-131A rev. 2, §2"
_IR_8547 = "NIST IR 8547 (draft), tables 2 and 4"


def _one(name: str, purpose: str, bits: int, until: int | None, source: str) -> Mechanism:
    return Mechanism(name=name, purpose=purpose, strength_bits=bits, not_after=until, source=source)


_BLOCK, _MAC = "enciphering and MACs of payment keys", "message authentication"
_RSA, _ECC = "key transport and signature", "key agreement and signature"
_ENTRIES = (
    _one("TDES_2KEY", _BLOCK, 80, 2015, _SP800_131A),
    _one("TDES_3KEY", _BLOCK, 112, 2023, _SP800_131A),
    _one("AES_128", _BLOCK, 128, None, _SP800_57),
    _one("AES_192", _BLOCK, 192, None, _SP800_57),
    _one("AES_256", _BLOCK, 256, None, _SP800_57),
    _one("HMAC_SHA224", _MAC, 224, None, _SP800_57),
    _one("HMAC_SHA256", _MAC, 256, None, _SP800_57),
    _one("HMAC_SHA384", _MAC, 384, None, _SP800_57),
    _one("HMAC_SHA512", _MAC, 512, None, _SP800_57),
    _one("RSA_2048", _RSA, 112, 2030, _IR_8547),
    _one("RSA_3072", _RSA, 128, 2035, _IR_8547),
    _one("RSA_4096", _RSA, 152, 2035, _IR_8547),
    _one("ECC_NIST_P256", _ECC, 128, 2035, _IR_8547),
    _one("ECC_NIST_P384", _ECC, 192, 2035, _IR_8547),
    _one("ECC_NIST_P521", _ECC, 256, 2035, _IR_8547),
    _one("MLKEM768-X25519", "hybrid key transport", 192, None, "FIPS 203; RFC 7748; RFC 9180"),
    _one("MLKEM1024-P384", "hybrid key transport", 256, None, "FIPS 203; SP 800-186; RFC 9180"),
    _one("ML-DSA-65", "signature", 192, None, "FIPS 204"),
    _one("ML-DSA-65-P384", "hybrid signature", 192, None, "FIPS 204; FIPS 186-5"),
)
KEY_MECHANISMS: Mapping[str, Mechanism] = MappingProxyType({one.name: one for one in _ENTRIES})
