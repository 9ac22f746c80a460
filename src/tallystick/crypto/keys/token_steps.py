"""What a token enciphers to derive keys: of a DUKPT transaction, of a card, of a card's session."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.crypto.cards import CardDataMalformed
from tallystick.crypto.key_blocks import KeyAlgorithm
from tallystick.crypto.keys.in_token import Step
from tallystick.crypto.transaction_keys import (
    AesSerialNumber,
    WorkingKind,
    WorkingUsage,
    derivation_path,
)
from tallystick.ground.errors import Defect

_KINDS: Mapping[WorkingKind, KeyAlgorithm] = MappingProxyType(
    {
        WorkingKind.TDES_2KEY: KeyAlgorithm.TDES_2KEY,
        WorkingKind.TDES_3KEY: KeyAlgorithm.TDES_3KEY,
        WorkingKind.AES_128: KeyAlgorithm.AES_128,
        WorkingKind.AES_192: KeyAlgorithm.AES_192,
        WorkingKind.AES_256: KeyAlgorithm.AES_256,
        WorkingKind.HMAC_256: KeyAlgorithm.HMAC_SHA256,
    }
)
_BASES = {KeyAlgorithm.AES_128, KeyAlgorithm.AES_192, KeyAlgorithm.AES_256}
_ATC_OCTETS, _PAN_DIGITS, _SEQUENCE_DIGITS = 2, (8, 19), 2


def dukpt_steps(
    number: AesSerialNumber, usage: WorkingUsage, kind: WorkingKind, *, base: KeyAlgorithm
) -> tuple[Step, ...]:
    """From a base derivation key in a token to a working key of AES DUKPT.

    Takes:   base, the algorithm of the base derivation key: AES.
    Refuses: WorkingKeyRefused for a working key stronger than that.
    Source:  ANSI X9.24-3:2017, 6.3 to 6.5.
    """
    if base not in _BASES or kind not in _KINDS:
        raise Defect("a token derives AES DUKPT keys that its binding has a type for")
    whole = derivation_path(number, usage, kind, base=WorkingKind[base.value])
    steps = [Step(algorithm=base, data=data) for data in whole[:-1]]
    return (*steps, Step(algorithm=_KINDS[kind], data=whole[-1]))


def card_step(pan: str, sequence: str = "00") -> Step:
    """From an issuer's master key of TDEA to the key of a card.

    Refuses: CardDataMalformed. Source: EMV 4.3 Book 2, A1.4.1 (option A).

    >>> card_step("12345678901234567", "01").data.hex()
    '4567890123456701ba9876fedcba98fe'
    """
    digits = pan + sequence
    short, long = _PAN_DIGITS
    if not short <= len(pan) <= long or len(sequence) != _SEQUENCE_DIGITS:
        raise CardDataMalformed("not the number of a card")
    if not (digits.isascii() and digits.isdecimal()):
        raise CardDataMalformed("not the number of a card")
    block = bytes.fromhex(digits[-16:].zfill(16))
    return Step(algorithm=KeyAlgorithm.TDES_2KEY, data=block + _inverted(block))


def session_step(atc: bytes) -> Step:
    """From the key of a card to the common session key for cryptograms, TDEA.

    Takes:  the transaction counter, 2 octets.
    Source: EMV 4.3 Book 2, A1.3.1.

    >>> session_step(bytes.fromhex("001c")).data.hex()
    '001cf00000000000001c0f0000000000'
    """
    if len(atc) != _ATC_OCTETS:
        raise CardDataMalformed("not a transaction counter")
    tail = bytes(5)
    data = atc + b"\xf0" + tail + atc + b"\x0f" + tail
    return Step(algorithm=KeyAlgorithm.TDES_2KEY, data=data)


def _inverted(block: bytes) -> bytes:
    return bytes(octet ^ 0xFF for octet in block)
