"""The key of one card, derived from the issuer's master key and the card's number (EMV Book 2).

Option A takes the 16 rightmost digits of account number and sequence number, so two long numbers
that differ only in front share a key; option B hashes numbers of more than 16 digits instead.
Option C is that of AES.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import assert_never

from tallystick.crypto.cards.digits import decimalise, odd_parity, xor
from tallystick.crypto.cards.pan import DIGITS_MAX, DIGITS_MIN
from tallystick.crypto.cards.refusals import CardDataMalformed
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.ground.errors import Defect

_SHORT_PAN = 16
_TDES_OCTETS = 16
_ONES = 2**64 - 1


class MasterKeyOption(StrEnum):
    """How the key of a card is derived (EMV Book 2, A1.4)."""

    A = "A"
    B = "B"
    C = "C"
    """For AES only, and the only one for AES."""


class IssuerMasterKey:
    """An issuer's master key for one purpose, with its schedule made once.

    Not for two threads at a time. The keys of cards are derived anew each time and not remembered:
    it costs about 2 us, and a memory of them would be one more place where keys lie.
    """

    __slots__ = ("_cipher", "_octets")

    def __init__(self, cipher: BlockCipher, octets: int) -> None:
        self._cipher, self._octets = cipher, octets

    @classmethod
    def tdes(cls, key: bytes) -> IssuerMasterKey:
        """Takes: 16 octets."""
        if len(key) != _TDES_OCTETS:
            raise Defect("an issuer master key of TDEA is 16 octets")
        return cls(BlockCipher.tdes(key), _TDES_OCTETS)

    @classmethod
    def aes(cls, key: bytes) -> IssuerMasterKey:
        """Takes: 16, 24 or 32 octets."""
        return cls(BlockCipher.aes(key), len(key))

    def card_key(self, pan: str, sequence: str = "00", *, option: MasterKeyOption) -> bytes:
        """The key of the card with this account number and sequence number (two digits).

        Gives:   16 octets with odd parity (A, B), or as many as the issuer's key has (C).
        Refuses: CardDataMalformed; also an option that is not for this cipher.
        """
        match option:
            case MasterKeyOption.A:
                return self.card_key_a(pan, sequence)
            case MasterKeyOption.B:
                return self.card_key_b(pan, sequence)
            case MasterKeyOption.C:
                return self.card_key_c(pan, sequence)
            case _:
                assert_never(option)

    def card_key_a(self, pan: str, sequence: str = "00") -> bytes:
        """Option A. Source: EMV 4.3 Book 2, A1.4.1.

        >>> issuer = IssuerMasterKey.tdes(bytes.fromhex("0123456789abcdeffedcba9876543210"))
        >>> issuer.card_key_a("12345678901234567", "01").hex()
        '73ad54688cef2934b0979857e3c719f1'
        """
        return self._tdes_key(_digits(pan, sequence)[-16:])

    def card_key_b(self, pan: str, sequence: str = "00") -> bytes:
        """Option B: A for up to 16 digits, and the digits of a SHA-1 for more. Source: A1.4.2.

        SHA-1 spreads digits here; nothing rests on its resistance to collisions.

        >>> issuer = IssuerMasterKey.tdes(bytes.fromhex("0123456789abcdeffedcba9876543210"))
        >>> issuer.card_key_b("12345678901234567", "01").hex()
        'ad406d7f6d7570916d75e5dcab8cf737'
        """
        if len(pan) <= _SHORT_PAN:
            return self.card_key_a(pan, sequence)
        digits = _digits(pan, sequence)
        packed = bytes.fromhex("0" + digits if len(digits) % 2 else digits)
        hashed = hashlib.sha1(packed, usedforsecurity=False).digest()
        return self._tdes_key(decimalise(hashed, digits=16))

    def card_key_c(self, pan: str, sequence: str = "00") -> bytes:
        """Option C, for AES: one block for 128 bits, two for more. Source: A1.4.3."""
        if self._cipher.octets != 16:
            raise CardDataMalformed("option C is for AES")
        block = bytes.fromhex(_digits(pan, sequence).zfill(32))
        if self._octets == 16:
            return self._cipher.encrypt(block)
        return self._cipher.encrypt(block + xor(block, b"\xff" * 16))[: self._octets]

    def _tdes_key(self, digits: str) -> bytes:
        if self._cipher.octets != 8:
            raise CardDataMalformed("options A and B are for TDEA")
        block = int(digits, 16)
        both = block << 64 | block ^ _ONES
        return odd_parity(self._cipher.encrypt(both.to_bytes(16)))

    def __repr__(self) -> str:
        return f"IssuerMasterKey({self._octets} octets, hidden)"


def _digits(pan: str, sequence: str) -> str:
    both = pan + sequence
    if len(sequence) != 2 or not DIGITS_MIN <= len(pan) <= DIGITS_MAX:
        raise CardDataMalformed("not a valid account number with its sequence number")
    if both.isascii() and both.isdecimal():
        return both
    raise CardDataMalformed("not a valid account number with its sequence number")
