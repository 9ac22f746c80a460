"""Self-tests of the payment functions: known answers of every area, and the health of chance.

They run once for each process, when its module starts. A module that fails one starts in its error
state, in which it refuses every call and says so.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

from tallystick.crypto.cards import CardVerificationKey, CryptogramKey, IssuerMasterKey, common_key
from tallystick.crypto.key_blocks import KeyAlgorithm, ProtectionKey, unwrap_key
from tallystick.crypto.mechanisms import (
    FF1,
    BlockCipher,
    Cmac,
    GcmKey,
    HmacHash,
    MacPadding,
    RetailMac,
    hmac_tag,
)
from tallystick.crypto.pins import (
    DecimalisationTable,
    PinFormat,
    decode_block,
    natural_pin,
    pvv_of,
    validation_block,
)
from tallystick.crypto.transaction_keys import (
    AesDukpt,
    AesSerialNumber,
    TdesDukpt,
    TdesSerialNumber,
    TdesVariant,
    WorkingKind,
    WorkingUsage,
)
from tallystick.ground.errors import Defect, Refused

Chance = Callable[[int], bytes]
REPEATED_MAX = 4
"""Equal octets in a row: five have a chance of 2^-32 (SP 800-90B, 4.4.1, H = 8, alpha = 2^-30)."""
WINDOW_OCTETS = 512
FREQUENT_MAX = 16
"""Times that the first octet of a window may be in it (SP 800-90B, 4.4.2, H = 8, alpha = 2^-30)."""
_h = bytes.fromhex
_DOUBLE = _h("0123456789abcdeffedcba9876543210")
_ACCOUNT = "5544332211009966"


@cache
def failed_self_test() -> str:
    """The name of the first self-test that failed in this process; empty when all passed."""
    return first_failure(KNOWN_ANSWERS, os.urandom)


def first_failure(tests: Sequence[tuple[str, Callable[[], object], object]], chance: Chance) -> str:
    """Run every test (name, what computes, known answer), and look at chance."""
    for name, compute, known in tests:
        try:
            answer = compute()
        except (Refused, Defect, ValueError):
            answer = None
        if answer != known:
            return name
    return "" if is_healthy(chance) else "chance"


def is_healthy(chance: Chance) -> bool:
    """Whether octets of a generator neither repeat nor prefer one: gross failures alone are seen.

    >>> is_healthy(lambda count: bytes(count))
    False
    """
    for _ in range(2):
        window = chance(WINDOW_OCTETS)
        if len(window) != WINDOW_OCTETS:
            return False
        if Counter(window)[window[0]] > FREQUENT_MAX or _longest_run(window) > REPEATED_MAX:
            return False
    return True


def _longest_run(octets: bytes) -> int:
    longest = run = 1
    for before, octet in pairwise(octets):
        run = run + 1 if octet == before else 1
        longest = max(longest, run)
    return longest


def _gcm() -> bytes:
    key = GcmKey(bytes(16))  # McGrew and Viega, The Galois/Counter Mode of Operation, test case 2
    sealed = key.encrypt(iv=bytes(12), plaintext=bytes(16), aad=b"")
    return sealed if key.decrypt(iv=bytes(12), ciphertext=sealed, aad=b"") == bytes(16) else b""


def _aes_dukpt() -> bytes:
    host = AesDukpt(_h("fedcba9876543210f1f1f1f1f1f1f1f1"))
    number = AesSerialNumber.read(_h("123456789012345600000003"))
    return host.working_key(number, WorkingUsage.PIN_ENCRYPTION, WorkingKind.AES_128)


def _tdes_dukpt() -> bytes:
    number = TdesSerialNumber.read(_h("ffff9876543210e00003"))
    key = TdesDukpt(_DOUBLE).working_key(number, TdesVariant.PIN)
    return BlockCipher.tdes(key).encrypt(_h("041274edcba9876f"))


def _key_block() -> bytes:
    kek = ProtectionKey(_KEK, KeyAlgorithm.AES_256)
    return unwrap_key(_BLOCK, protection_key=kek).key


def _natural_pin() -> str:
    return natural_pin(
        4,
        cipher=BlockCipher.tdes(_DOUBLE),
        validation=validation_block("1122334455667788", pad="F"),
        table=DecimalisationTable("1234567890123456"),
    )


def _cryptogram() -> bytes:
    key = CryptogramKey.tdes(_h("aa" * 8 + "bb" * 8))
    data = _h("000000002000000000000000012400000080000124110309003804823e58000001")
    return key.cryptogram(data)


def _session_key() -> bytes:
    return common_key(_DOUBLE, _h("001c000000000000"))


_KEK = _h("88e1ab2a2e3dd38c1fa039a536500cc8a87ab9d62dc92c01058fa79f44657de6")
_BLOCK = (
    "D0144P0AE00E00002C77FA3F4A553BED6E88AE5C172A4166E3D4ACA8E2AC71C1"
    "58A476FAC12C13C3829DE55D3AB54C48F4C4FEF7AC75E90FC47F1B77E7B19A73ED46E64410082557"
)
KNOWN_ANSWERS: tuple[tuple[str, Callable[[], object], object], ...] = (
    # FIPS 197 C.1; SP 800-67 B.1; SP 800-38B D.1; ISO/IEC 9797-1 annex B; RFC 4231 case 2.
    ("AES", lambda: BlockCipher.aes(bytes(range(16))).encrypt(bytes(range(0, 256, 17))),
     _h("69c4e0d86a7b0430d8cdb78070b4c55a")),
    ("TDEA", lambda: BlockCipher.tdes(
        _h("0123456789abcdef23456789abcdef01456789abcdef0123")).encrypt(_h("5468652071756663")),
     _h("a826fd8ce53b855f")),
    ("CMAC", lambda: Cmac.aes(_h("2b7e151628aed2a6abf7158809cf4f3c")).tag(b""),
     _h("bb1d6929e95937287fa37d129b756746")),
    ("retail MAC", lambda: RetailMac(_DOUBLE).tag(
        b"Now is the time for all ", padding=MacPadding.ZEROS), _h("a1c72e74ea3fa9b6")),
    ("HMAC", lambda: hmac_tag(b"Jefe", b"what do ya want for nothing?", digest=HmacHash.SHA224),
     _h("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44")),
    ("GCM", _gcm, _h("0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf")),
    # Supplement to X9.24-3:2017; X9.24-1:2009 A.4.2; X9.143:2021 8.1.
    ("AES DUKPT", _aes_dukpt, _h("7d69f01f3b45449f62c7816ece723268")),
    ("TDES DUKPT", _tdes_dukpt, _h("18dc07b94797b466")),
    ("key block", _key_block, _h("3f419e1cb7079442aa37474c2efbf8b8")),
    # psec 1.3; SP 800-38G sample 1; pyemv 1.5.
    ("PIN block", lambda: decode_block(
        _h("041277cddeeff669"), form=PinFormat.ISO_0, account=_ACCOUNT), "1234"),
    ("PVV", lambda: pvv_of("4524", cipher=BlockCipher.tdes(_DOUBLE), account="1122334455667788",
                           key_index=1), "8523"),
    ("IBM 3624", _natural_pin, "4524"),
    ("card value", lambda: CardVerificationKey(_DOUBLE).value("4123456789012345", "8701", "101"),
     "561"),
    ("FF1", lambda: FF1(_h("2b7e151628aed2a6abf7158809cf4f3c")).encrypt("0123456789"),
     "2433477484"),
    ("key of a card", lambda: IssuerMasterKey.tdes(_DOUBLE).card_key_a("12345678901234567", "01"),
     _h("73ad54688cef2934b0979857e3c719f1")),
    ("key of a session", _session_key, _h("e9fb384af807b940fedcea613461b0c4")),
    ("cryptogram", _cryptogram, _h("3b76cf10fecd8789")),
)  # fmt: skip
"""Name, what computes, and the published answer."""
