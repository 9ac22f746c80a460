"""The key of one transaction, derived from the key of the card (EMV Book 2 and the schemes).

Every function takes the card's key for one purpose and gives a key as long, with odd parity where
it is one of TDEA. Which of them a card uses goes with its cryptogram version (`schemes`).
"""

from __future__ import annotations

from tallystick.crypto.cards.digits import odd_parity, xor
from tallystick.crypto.cards.pan import demand_octets
from tallystick.crypto.mechanisms import BlockCipher, tdes_once
from tallystick.ground.errors import Defect

_LEFT, _RIGHT = b"\xf0", b"\x0f"
_LEFT_OF_COUNTER, _RIGHT_OF_COUNTER = _LEFT + bytes(5), _RIGHT + bytes(5)
_TREE_MARK = 0xF0
_COUNTERS = 1 << 16


def common_key(card_key: bytes, diversifier: bytes) -> bytes:
    """The common session key of TDEA.

    Takes:  card_key 16 octets; diversifier 8 octets: counter and six zeros for cryptograms, the
            cryptogram itself for scripts, or what a scheme says.
    Source: EMV 4.3 Book 2, A1.3.1.

    >>> mk = bytes.fromhex("0123456789abcdeffedcba9876543210")
    >>> common_key(mk, bytes.fromhex("001c000000000000")).hex()
    'e9fb384af807b940fedcea613461b0c4'
    """
    demand_octets(diversifier, "diversification value", 8)
    head, tail = diversifier[:2], diversifier[3:]
    return odd_parity(_enciphered(card_key, head + _LEFT + tail + head + _RIGHT + tail))


def common_key_aes(card_key: bytes, diversifier: bytes) -> bytes:
    """The common session key of AES: one block for a key of 128 bits, two for a longer one.

    Takes:  card_key 16, 24 or 32 octets; diversifier 16 octets.
    Source: EMV 4.3 Book 2, A1.3.1.
    """
    demand_octets(diversifier, "diversification value", 16)
    cipher = BlockCipher.aes(card_key)
    if len(card_key) == 16:
        return cipher.encrypt(diversifier)
    head, tail = diversifier[:2], diversifier[3:]
    return cipher.encrypt(head + _LEFT + tail + head + _RIGHT + tail)[: len(card_key)]


def counter_key(card_key: bytes, atc: bytes) -> bytes:
    """The common session key for cryptograms, from the transaction counter (2 octets)."""
    demand_octets(atc, "transaction counter", 2)
    return odd_parity(_enciphered(card_key, atc + _LEFT_OF_COUNTER + atc + _RIGHT_OF_COUNTER))


def counter_key_aes(card_key: bytes, atc: bytes) -> bytes:
    """The same for AES."""
    return common_key_aes(card_key, demand_octets(atc, "transaction counter", 2) + bytes(14))


def mastercard_key(card_key: bytes, atc: bytes, number: bytes) -> bytes:
    """Mastercard's session key (SKD): from counter (2 octets) and unpredictable number (4 octets).

    Source: M/Chip facts as published by pyemv 1.5 and the EMV common derivation.
    """
    demand_octets(atc, "transaction counter", 2)
    demand_octets(number, "unpredictable number", 4)
    return common_key(card_key, atc + bytes(2) + number)


def unionpay_key(card_key: bytes, atc: bytes) -> bytes:
    """UnionPay's session key: the counter and its complement, each enciphered (PBOC 2.0)."""
    demand_octets(atc, "transaction counter", 2)
    blocks = bytes(6) + atc + bytes(6) + xor(atc, b"\xff\xff")
    return odd_parity(_enciphered(card_key, blocks))


def script_key_by_counter(card_key: bytes, atc: bytes) -> bytes:
    """The session key of Visa's and American Express's scripts: the counter laid over the key.

    Source: VIS facts as published by pyemv 1.5.

    >>> script_key_by_counter(bytes.fromhex("0123456789abcdeffedcba9876543210"), b"\\0\\x1c").hex()
    '0123456789abcdf2fedcba987654cdf2'
    """
    demand_octets(atc, "transaction counter", 2)
    _demand_double(card_key)
    return odd_parity(xor(card_key, bytes(6) + atc + bytes(6) + xor(atc, b"\xff\xff")))


def tree_key(
    card_key: bytes, atc: bytes, *, height: int = 8, branches: int = 4, iv: bytes = bytes(16)
) -> bytes:
    """The session key of the EMV 2000 tree, which EMVCo withdrew in 2005 and old cards still use.

    Takes:   height and branches of the tree: 8 and 4, or 16 and 2; iv 16 octets.
    Refuses: CardDataMalformed.
    Source:  EMV 4.1 Book 2, A1.3; bulletin SU-46.

    >>> mk = bytes.fromhex("0123456789abcdeffedcba9876543210")
    >>> tree_key(mk, bytes.fromhex("001c")).hex()
    'e5bf6d1067f194b0a89b7f5d83bc64a2'
    """
    demand_octets(atc, "transaction counter", 2)
    demand_octets(iv, "initial value", 16)
    _demand_double(card_key)
    if branches < 2 or not 1 <= height <= 16 or branches**height < _COUNTERS:
        raise Defect("the tree has fewer leaves than the counter has values")
    counter = int.from_bytes(atc)
    parent, grandparent = card_key, iv
    for level in range(height - 1, 0, -1):
        child = _branch(parent, grandparent, counter // branches**level % branches)
        parent, grandparent = child, parent
    leaf = _branch(parent, grandparent, counter % branches)
    return odd_parity(xor(leaf, grandparent))


def _branch(parent: bytes, grandparent: bytes, way: int) -> bytes:
    left = int.from_bytes(grandparent[:8]) ^ way
    right = int.from_bytes(grandparent[8:]) ^ way ^ _TREE_MARK
    return _enciphered(parent, left.to_bytes(8) + right.to_bytes(8))


def _enciphered(card_key: bytes, blocks: bytes) -> bytes:
    _demand_double(card_key)
    return tdes_once(card_key + card_key[:8])(blocks)


def _demand_double(card_key: bytes) -> None:
    if len(card_key) != 16:
        raise Defect("a card's key of TDEA is 16 octets")
