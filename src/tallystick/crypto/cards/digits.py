"""Digits and bits that the card formats share: decimalisation, odd parity, exclusive or."""

from __future__ import annotations

import hmac

_NO_LETTERS = str.maketrans("", "", "abcdef")
_NO_DIGITS = str.maketrans("abcdef", "012345", "0123456789")
_ODD = bytes(octet ^ 1 ^ (octet.bit_count() & 1) for octet in range(256))


def decimalise(octets: bytes, *, digits: int) -> str:
    """The decimal digits among the hexadecimal ones, then the letters as 0 to 5, so many of them.

    Source: the card verification value of the schemes and EMV Book 2, A1.4.2 take digits this way.

    >>> decimalise(bytes.fromhex("24e1a05574051bbf"), digits=16)
    '2410557405140115'
    """
    text = octets.hex()
    return (text.translate(_NO_LETTERS) + text.translate(_NO_DIGITS))[:digits]


def odd_parity(key: bytes) -> bytes:
    """A DES key with the lowest bit of each octet set so that the octet has odd parity.

    DES ignores these bits; they matter where octets of a key are data, as in the VIS PIN block.

    >>> odd_parity(bytes.fromhex("1a2b3c4d")).hex()
    '1a2a3d4c'
    """
    return key.translate(_ODD)


def xor(left: bytes, right: bytes) -> bytes:
    """Exclusive or of two strings of the same length."""
    value = int.from_bytes(left) ^ int.from_bytes(right)
    return value.to_bytes(len(left))


def same(left: str | bytes, right: str | bytes) -> bool:
    """Comparison in constant time; a different length is a difference."""
    first = left.encode() if isinstance(left, str) else left
    second = right.encode() if isinstance(right, str) else right
    return hmac.compare_digest(first, second)
