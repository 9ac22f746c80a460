"""Format-preserving encryption: FF1, and FF3-1 to read what others enciphered with it.

A ciphertext has the length and the alphabet of its plaintext, so it fits where an account number
fits. That is all that it preserves: the same text under the same key and tweak is always the same
ciphertext, and nothing shows that one was altered. The tweak takes the place of a domain: give each
domain its own. Small domains can be searched, whatever the key: what has fewer than a million
values is refused.

FF1: NIST SP 800-38G; the least domain of a million is that of its revision 1, second public draft
(3 February 2025), where the first edition recommends it. FF3-1 was in the first draft of that
revision; the second draft takes FF3 and FF3-1 out, after the analysis of Beyne (CRYPTO 2021). It is
not approved, so nothing here enciphers with it.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tallystick.crypto.mechanisms.numerals import DIGITS, Numerals
from tallystick.crypto.mechanisms.refusals import FormatRefused
from tallystick.ground.errors import Defect

DOMAIN_MIN = 1_000_000
HALF_BITS_MAX = 96
"""A half of a text is at most this long; FF1 itself would go further (SP 800-38G, maxlen)."""
TWEAK_MAX = 256
FF3_TWEAK_OCTETS = 7
_ROUNDS = 10
_FF3_ROUNDS = 8
_SHAPES_MAX = 512
_BLOCK = 16
_KEY_OCTETS = (16, 24, 32)
_LANE_SHIFT = 64
_LANES_MIN = 4
_Aes = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What all texts of one length share under one tweak.

    `rounds` holds the block of each round as a number, but for the half that is added to it;
    `moduli` those of the left and of the right half.
    """

    rounds: tuple[int, ...]
    moduli: tuple[int, int]
    shift: int


class FF1:
    """FF1 with AES under one key and over one alphabet. Not for two threads at a time.

    Takes:   key of 16, 24 or 32 octets; an alphabet of 2 to 256 characters.
    Source:  NIST SP 800-38G, algorithms 7 and 8.

    >>> ff1 = FF1(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    >>> ff1.encrypt("0123456789", tweak=bytes.fromhex("39383736353433323130"))
    '6124200773'
    """

    __slots__ = ("_aes", "_numerals", "_shapes")

    def __init__(self, key: bytes, alphabet: str = DIGITS) -> None:
        if len(key) not in _KEY_OCTETS:
            raise Defect("an AES key is 16, 24 or 32 octets")
        self._aes = Cipher(AES(key), ECB()).encryptor().update  # noqa: S305 - a step of FF1
        self._numerals = Numerals(alphabet)
        self._shapes: dict[tuple[int, bytes], _Shape] = {}

    def encrypt(self, text: str, *, tweak: bytes = b"") -> str:
        """A text of the same length over the same alphabet.

        Refuses: FormatRefused for a character outside of the alphabet, a domain of less than a
                 million texts, a half of more than 96 bits, a tweak of more than 256 octets.
        """
        shape = self._shape(len(text), tweak)
        even, odd = shape.moduli
        left, right = divmod(self._numerals.value(text), odd)
        aes, shift, number = self._aes, shape.shift, int.from_bytes
        for block in shape.rounds:
            cipher = aes((block ^ right).to_bytes(_BLOCK))
            left, right = right, (left + (number(cipher) >> shift)) % even
            even, odd = odd, even
        return self._numerals.text(left * odd + right, len(text))

    def decrypt(self, text: str, *, tweak: bytes = b"") -> str:
        """The inverse of `encrypt`, with the same refusals. A wrong key gives another text."""
        shape = self._shape(len(text), tweak)
        even, odd = shape.moduli
        left, right = divmod(self._numerals.value(text), odd)
        aes, shift, number = self._aes, shape.shift, int.from_bytes
        for block in reversed(shape.rounds):
            cipher = aes((block ^ left).to_bytes(_BLOCK))
            left, right = (right - (number(cipher) >> shift)) % odd, left
            even, odd = odd, even
        return self._numerals.text(left * odd + right, len(text))

    def encrypt_many(self, texts: Sequence[str], *, tweak: bytes = b"") -> list[str]:
        """As `encrypt`, for texts under one tweak: several times as fast when they are alike long.

        All or nothing. Refuses: as `encrypt`.
        """
        shape = self._alike(texts, tweak)
        if shape is None:
            return [self.encrypt(text, tweak=tweak) for text in texts]
        even, odd = shape.moduli
        lanes = _Lanes(self._aes, shape, len(texts))
        left, right = self._halves(texts, odd)
        for block in shape.rounds:
            added = lanes.through(block, right)
            left, right = right, [(a + y) % even for a, y in zip(left, added, strict=True)]
            even, odd = odd, even
        return self._joined(left, right, odd, len(texts[0]))

    def decrypt_many(self, texts: Sequence[str], *, tweak: bytes = b"") -> list[str]:
        """The inverse of `encrypt_many`."""
        shape = self._alike(texts, tweak)
        if shape is None:
            return [self.decrypt(text, tweak=tweak) for text in texts]
        even, odd = shape.moduli
        lanes = _Lanes(self._aes, shape, len(texts))
        left, right = self._halves(texts, odd)
        for block in reversed(shape.rounds):
            added = lanes.through(block, left)
            left, right = [(b - y) % odd for b, y in zip(right, added, strict=True)], left
            even, odd = odd, even
        return self._joined(left, right, odd, len(texts[0]))

    def _halves(self, texts: Sequence[str], modulus: int) -> tuple[list[int], list[int]]:
        values = self._numerals.values(texts)
        return [value // modulus for value in values], [value % modulus for value in values]

    def _joined(self, left: list[int], right: list[int], modulus: int, length: int) -> list[str]:
        values = (a * modulus + b for a, b in zip(left, right, strict=True))
        return self._numerals.texts(values, length)

    def _alike(self, texts: Sequence[str], tweak: bytes) -> _Shape | None:
        """The shape of all texts, when they have one and a number of 64 bits is all it needs."""
        lengths = {len(text) for text in texts}
        if len(lengths) != 1 or len(texts) < _LANES_MIN:
            return None
        shape = self._shape(lengths.pop(), tweak)
        return shape if shape.shift == _LANE_SHIFT else None

    def _shape(self, length: int, tweak: bytes) -> _Shape:
        shape = self._shapes.get((length, tweak))
        if shape is None:
            if len(self._shapes) >= _SHAPES_MAX:
                self._shapes.clear()
            shape = self._shapes[length, tweak] = self._make_shape(length, tweak)
        return shape

    def _make_shape(self, length: int, tweak: bytes) -> _Shape:
        radix = self._numerals.radix
        _demand_domain(radix, length, longest=_longest_half(radix) * 2)
        if len(tweak) > TWEAK_MAX:
            raise FormatRefused(f"a tweak is at most {TWEAK_MAX} octets")
        left = length // 2
        right = length - left
        octets = ((radix**right - 1).bit_length() + 7) // 8
        taken = 4 * (-(-octets // 4)) + 4
        first = struct.pack(
            ">BBB3sBBII", 1, 2, 1, radix.to_bytes(3), _ROUNDS, left, length, len(tweak)
        )
        # The last block ends with the number of the round and the half; all before it is the same
        # in every round.
        padded = tweak + bytes(-(len(tweak) + octets + 1) % _BLOCK)
        fixed = first + padded + bytes(octets + 1)
        chained = bytes(_BLOCK)
        for start in range(0, len(fixed) - _BLOCK, _BLOCK):
            chained = self._aes(_xor(chained, fixed[start : start + _BLOCK]))
        last = int.from_bytes(_xor(chained, fixed[-_BLOCK:]))
        return _Shape(
            rounds=tuple(last ^ (number << (8 * octets)) for number in range(_ROUNDS)),
            moduli=(radix**left, radix**right),
            shift=8 * (_BLOCK - taken),
        )

    def __repr__(self) -> str:
        return f"FF1(radix {self._numerals.radix}, hidden)"


class _Lanes:
    """Many blocks through AES at once: one call of the library for a whole batch.

    The blocks of all rounds begin with the same 64 bits; the rest holds the round and a half.
    """

    __slots__ = ("_aes", "_blocks", "_count")

    def __init__(self, aes: _Aes, shape: _Shape, count: int) -> None:
        self._aes, self._count = aes, count
        self._blocks = array("Q", shape.rounds[0].to_bytes(_BLOCK) * count)

    def through(self, block: int, halves: list[int]) -> array[int]:
        """The first 64 bits of AES(block ^ half) of each half."""
        ends = int.from_bytes(block.to_bytes(_BLOCK)[8:] * self._count)
        ends ^= int.from_bytes(_turned(array("Q", halves)))
        self._blocks[1::2] = array("Q", ends.to_bytes(8 * self._count))
        return _turned(array("Q", self._aes(self._blocks.tobytes()))[::2])


def _turned(numbers: array[int]) -> array[int]:
    """Numbers whose octets are in the order of this machine, put into that of AES, or back."""
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def decrypt_ff3_1(key: bytes, text: str, *, tweak: bytes, alphabet: str = DIGITS) -> str:
    """Decipher FF3-1, to move what others enciphered over to FF1. There is no enciphering.

    Takes:   key of 16, 24 or 32 octets; tweak of 7 octets (56 bits).
    Refuses: FormatRefused as FF1 does, and for another length of the tweak.
    Source:  NIST SP 800-38G rev. 1, first public draft (2019), algorithm 10 with the 56-bit tweak;
             taken out of the second public draft (2025).
    """
    if len(key) not in _KEY_OCTETS:
        raise Defect("an AES key is 16, 24 or 32 octets")
    if len(tweak) != FF3_TWEAK_OCTETS:
        raise FormatRefused("an FF3-1 tweak is 7 octets")
    numerals = Numerals(alphabet)
    _demand_domain(numerals.radix, len(text), longest=2 * _longest_half(numerals.radix))
    aes = Cipher(AES(key[::-1]), ECB()).encryptor().update  # noqa: S305 - a step of FF3-1
    left_tweak = tweak[:3] + bytes([tweak[3] & 0xF0])
    right_tweak = tweak[4:] + bytes([(tweak[3] & 0x0F) << 4])
    longer = -(-len(text) // 2)
    reversed_text = text[::-1]
    moduli = (numerals.radix**longer, numerals.radix ** (len(text) - longer))
    # Both halves are read backwards, as FF3 does.
    right, left = divmod(numerals.value(reversed_text), moduli[0])
    for number in reversed(range(_FF3_ROUNDS)):
        half = left_tweak if number % 2 else right_tweak
        mask = half[:3] + bytes([half[3] ^ number])
        block = mask + left.to_bytes(12)
        cipher = aes(block[::-1])[::-1]
        modulus = moduli[number % 2]
        left, right = (right - int.from_bytes(cipher)) % modulus, left
    return numerals.text(right * moduli[0] + left, len(text))[::-1]


def _demand_domain(radix: int, length: int, *, longest: int) -> None:
    if length < 2 or length > longest or radix**length < DOMAIN_MIN:
        raise FormatRefused(
            f"a text over {radix} characters has at least {DOMAIN_MIN} values"
            f" and at most {longest} characters"
        )


def _longest_half(radix: int) -> int:
    length = 1
    while radix ** (length + 1) <= 1 << HALF_BITS_MAX:
        length += 1
    return length


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))
