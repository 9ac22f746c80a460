"""MACs of payment messages: ISO/IEC 9797-1 algorithms 1 and 3, HMAC, and the one way to compare.

CMAC (ISO/IEC 9797-1 algorithm 5) is in `cmac`. Algorithms 1 and 3 are legacy: algorithm 1 is safe
for messages of one agreed length alone, algorithm 3 has a birthday bound of 2^32 messages and its
first key is a single DES key. Whether they may be used is decided above.
"""

from __future__ import annotations

import hmac
from enum import IntEnum, StrEnum

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from tallystick.crypto.mechanisms.block_ciphers import KnownCipher, tdes_whole
from tallystick.crypto.mechanisms.refusals import MacRefused
from tallystick.ground.errors import Defect

MAC_OCTETS_MIN = 4
"""No shorter MAC is accepted: 32 bits are what retail messages carry (ISO 16609, ISO 8583)."""
_DES_BLOCK = 8
_AES_BLOCK = 16
_FROM_ZERO = CBC(bytes(_DES_BLOCK))
_ONE_BLOCK = ECB()  # noqa: S305 - one block, the last step of MAC algorithm 3


class MacPadding(IntEnum):
    """How a message becomes whole blocks (ISO/IEC 9797-1:2011, 6.3)."""

    ZEROS = 1
    """Zeros to the next block; trailing zeros of the message are not protected."""
    ONE_AND_ZEROS = 2
    """A one bit, then zeros (also ISO/IEC 7816-4)."""
    LENGTH_FIRST = 3
    """A block with the message's length in bits, then the message with zeros."""


class HmacHash(StrEnum):
    """Hash functions of HMAC (FIPS 198-1, FIPS 180-4)."""

    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class CbcMac:
    """ISO/IEC 9797-1 MAC algorithm 1: the last block of CBC.

    One key with its schedule made once. Not for two threads at a time.
    """

    __slots__ = ("_chain", "octets")

    octets: int
    """Length of a whole tag."""

    def __init__(self, algorithm: AES | TripleDES) -> None:
        self._chain = _Chain(algorithm)
        self.octets = algorithm.block_size // 8

    @classmethod
    def tdes(cls, key: bytes) -> CbcMac:
        """With TDEA. Takes: 8 (single DES), 16 or 24 octets."""
        return cls(TripleDES(tdes_whole(key)))

    @classmethod
    def aes(cls, key: bytes) -> CbcMac:
        """With AES. Takes: 16, 24 or 32 octets."""
        return cls(AES(key))

    def tag(self, message: bytes, *, padding: MacPadding) -> bytes:
        """The whole tag, one block; cut from the right to shorten it."""
        return self._chain.last_block(pad_message(message, self.octets, padding))

    def __repr__(self) -> str:
        return "CbcMac(hidden)"


class RetailMac:
    """ISO/IEC 9797-1 MAC algorithm 3 with DES: CBC under K, its last block under K, K', K.

    One key with its schedule made once. Not for two threads at a time. Takes 16 octets, K and K';
    with 24 the last step is done under the third part, as other implementations do.
    """

    # The chain of `_Chain` is written out here: chips want two new keys of this for each payment,
    # and what making them costs is what verifying a cryptogram costs.
    __slots__ = ("_carry", "_chain", "_final")

    octets = _DES_BLOCK

    def __init__(self, key: bytes) -> None:
        if len(key) not in (16, 24):
            raise Defect("a key of MAC algorithm 3 is 16 or 24 octets")
        self._chain = KnownCipher(TripleDES(key[:8] * 3), _FROM_ZERO).encryptor()
        self._final = KnownCipher(TripleDES(tdes_whole(key)), _ONE_BLOCK).encryptor()
        self._carry = 0

    def tag(self, message: bytes, *, padding: MacPadding) -> bytes:
        """The whole tag, 8 octets; cut from the right to shorten it."""
        padded = pad_message(message, _DES_BLOCK, padding)
        last = int.from_bytes(padded[-_DES_BLOCK:])
        if len(padded) > _DES_BLOCK:
            head = padded[:-_DES_BLOCK]
            if self._carry:
                first = int.from_bytes(head[:_DES_BLOCK]) ^ self._carry
                head = first.to_bytes(_DES_BLOCK) + head[_DES_BLOCK:]
            self._carry = int.from_bytes(self._chain.update(head)[-_DES_BLOCK:])
            last ^= self._carry
        return self._final.update(last.to_bytes(_DES_BLOCK))

    def encrypt(self, blocks: bytes) -> bytes:
        """TDEA of the whole key, each block by itself: what card formats need beside the MAC."""
        if len(blocks) % _DES_BLOCK:
            raise Defect("a block cipher takes whole blocks")
        return self._final.update(blocks)

    def __repr__(self) -> str:
        return "RetailMac(hidden)"


class _Chain:
    """CBC that starts anew with every call, on one context of the library.

    A context goes on from its last block; XORing that block into the first one starts it anew,
    at a fifth of the cost of a new context.
    """

    __slots__ = ("_carry", "_context", "_octets", "_zero")

    def __init__(self, algorithm: AES | TripleDES) -> None:
        self._octets = algorithm.block_size // 8
        self._zero = bytes(self._octets)
        self._carry = self._zero
        self._context: CipherContext = KnownCipher(algorithm, CBC(self._zero)).encryptor()

    def last_block(self, blocks: bytes) -> bytes:
        octets = self._octets
        if self._carry is not self._zero:
            blocks = _xor(blocks[:octets], self._carry) + blocks[octets:]
        self._carry = self._context.update(blocks)[-octets:]
        return self._carry


def pad_message(message: bytes, block_octets: int, padding: MacPadding) -> bytes:
    """Fill a message up to whole blocks, at least one (ISO/IEC 9797-1:2011, 6.3).

    >>> pad_message(b"AB", 4, MacPadding.ONE_AND_ZEROS).hex()
    '41428000'
    """
    length = len(message)
    if padding is MacPadding.ONE_AND_ZEROS:
        return message + b"\x80" + bytes(-(length + 1) % block_octets)
    filled = message + bytes(-length % block_octets)
    if padding is MacPadding.LENGTH_FIRST:
        return (8 * length).to_bytes(block_octets) + filled
    return filled or bytes(block_octets)


def hmac_tag(key: bytes, message: bytes, *, digest: HmacHash) -> bytes:
    """HMAC, as long as its hash (FIPS 198-1).

    >>> hmac_tag(b"Jefe", b"what do ya want for nothing?", digest=HmacHash.SHA224).hex()[:8]
    'a30e0109'
    """
    return hmac.digest(key, message, digest.value)


def shorten_tag(whole: bytes, octets: int) -> bytes:
    """The leftmost octets of a tag. Refuses: MacRefused outside 4 octets to the whole tag."""
    if not MAC_OCTETS_MIN <= octets <= len(whole):
        raise MacRefused(f"a MAC of this kind has {MAC_OCTETS_MIN} to {len(whole)} octets")
    return whole[:octets]


def demand_tag(whole: bytes, received: bytes) -> None:
    """Compare a received MAC, maybe shortened, with ours in constant time.

    Refuses: MacRefused, with one message whatever was wrong with it.
    """
    long_enough = MAC_OCTETS_MIN <= len(received) <= len(whole)
    if not hmac.compare_digest(whole[: len(received)], received) or not long_enough:
        raise MacRefused("the MAC was refused")


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(len(left))
