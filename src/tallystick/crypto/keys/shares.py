"""Key shares: any m of n custodians make the key, and m - 1 know nothing of it (Shamir).

Each octet of a key is the value at 0 of a polynomial of degree m - 1 over GF(2^8), with the field
of AES. All octets are reckoned with at once, in one whole number and without tables, so that
neither memory accesses nor branches follow the key. The number of a share is no secret.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tallystick.crypto.key_blocks import KeyAlgorithm, check_value_of, demand_length
from tallystick.crypto.mechanisms import KeyRefused

SHARES_MAX = 16
_INDICES = frozenset(range(1, SHARES_MAX + 1))
_CHECKED = b"tallystick-share 1\n"
_LOW_BITS, _REST, _REDUCTION = 0x01, 0xFE, 0x1B


@dataclass(frozen=True, slots=True)
class Share:
    """One share of any octets; `index` is 1 to 16."""

    index: int
    octets: bytes = field(repr=False)


def split_secret(
    octets: bytes, *, needed: int, of: int, random: Callable[[int], bytes] = os.urandom
) -> list[Share]:
    """Make shares of any octets, `needed` of which make them again.

    Refuses: KeyRefused for fewer than 2 needed, more needed than there are, and more than 16.
    Source:  Shamir 1979; field and numbering as in draft-mcgrew-tss-03.
    """
    if not octets or not 2 <= needed <= of <= SHARES_MAX:
        raise KeyRefused(f"of up to {SHARES_MAX} shares at least 2 are needed")
    powers = [octets, *(random(len(octets)) for _ in range(needed - 1))]
    return [Share(index, _value(powers, index)) for index in range(1, of + 1)]


def join_shares(shares: Sequence[Share]) -> bytes:
    """What these shares make; all of them are used. Wrong shares make other octets, and nothing
    here can tell: compare a check value.

    Refuses: KeyRefused for fewer than 2, an index twice or beyond 16, and lengths that differ.
    """
    indices = {share.index for share in shares}
    if len(shares) < 2 or len(indices) != len(shares) or not indices <= _INDICES:
        raise KeyRefused("too few shares, or not shares")
    if len({len(share.octets) for share in shares}) != 1:
        raise KeyRefused("the shares do not fit together")
    return value_at(0, [(share.index, share.octets) for share in shares])


def share_check_value(share: Share) -> str:
    """Six upper-case hex digits by which a custodian sees that a share was entered as written."""
    told = share.index.to_bytes(1) + share.octets
    return hashlib.sha256(_CHECKED + told).hexdigest()[:6].upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyShare:
    """One share. `number` is 1 to 16; `check_value` is of this share, made as if it were a key."""

    number: int
    threshold: int
    octets: bytes = field(repr=False)
    check_value: str


def share_key(
    key: bytes,
    algorithm: KeyAlgorithm,
    *,
    threshold: int,
    count: int,
    random: Callable[[int], bytes] = os.urandom,
) -> list[KeyShare]:
    """Make `count` shares of a symmetric key, any `threshold` of which make it again.

    Refuses: KeyRefused for a threshold below 2 or above the count, a count above 16, and for a key
             of another length.
    """
    demand_length(key, algorithm)
    return [
        KeyShare(
            number=share.index,
            threshold=threshold,
            octets=share.octets,
            check_value=check_value_of(share.octets, algorithm),
        )
        for share in split_secret(key, needed=threshold, of=count, random=random)
    ]


def join_key_shares(
    shares: Sequence[KeyShare], algorithm: KeyAlgorithm, *, check_value: str
) -> bytes:
    """The key that these shares were made of.

    Takes:   at least as many shares as their threshold, in any order; the check value of the key,
             without which wrong shares would quietly make another key.
    Refuses: KeyRefused for too few, for shares of two sharings, a number twice, a share of another
             length or with another check value, one that does not fit to the others, and another
             key.
    """
    numbers = {share.number for share in shares}
    thresholds = {share.threshold for share in shares}
    if len(thresholds) != 1 or len(numbers) != len(shares):
        raise KeyRefused("shares of one sharing, each once")
    threshold = thresholds.pop()
    if not 2 <= threshold <= len(shares) or not numbers <= _INDICES:
        raise KeyRefused("too few shares, or not shares")
    for share in shares:
        demand_length(share.octets, algorithm)
        if check_value_of(share.octets, algorithm) != share.check_value:
            raise KeyRefused(f"share {share.number} has another check value")
    enough = [(share.number, share.octets) for share in shares[:threshold]]
    if any(value_at(share.number, enough) != share.octets for share in shares[threshold:]):
        raise KeyRefused("the shares do not fit together")
    key = value_at(0, enough)
    if check_value_of(key, algorithm) != check_value:
        raise KeyRefused("the key has another check value")
    return key


def value_at(number: int, points: Sequence[tuple[int, bytes]]) -> bytes:
    """The octets at `number` of the polynomials through these points (Lagrange).

    >>> h = bytes.fromhex  # draft-mcgrew-tss-03, section 9
    >>> value_at(0, [(1, h("b9fa07e185")), (2, h("f5409b4511"))]).hex()
    '7465737400'
    """
    octets = len(points[0][1])
    whole = 0
    for mine, value in points:
        weight = 1
        for other, _ in points:
            if other != mine:
                quotient = _times(number ^ other, _inverse(mine ^ other), octets=1)
                weight = _times(weight, quotient, octets=1)
        whole ^= _times(int.from_bytes(value), weight, octets=octets)
    return whole.to_bytes(octets)


def _value(powers: Sequence[bytes], number: int) -> bytes:
    """The polynomial with these coefficients, lowest first, at `number` (Horner)."""
    octets, whole = len(powers[0]), 0
    for power in reversed(powers):
        whole = _times(whole, number, octets=octets) ^ int.from_bytes(power)
    return whole.to_bytes(octets)


def _times(packed: int, factor: int, *, octets: int) -> int:
    """Each octet of `packed` times `factor` in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.

    >>> hex(_times(0x5702, 0x83, octets=2))  # FIPS 197, 4.2: 57 * 83 = c1
    '0xc11d'
    """
    low = int.from_bytes(bytes([_LOW_BITS]) * octets)
    rest = low * _REST
    product = 0
    for bit in range(8):
        product ^= packed * (factor >> bit & 1)
        packed = (packed << 1 & rest) ^ (packed >> 7 & low) * _REDUCTION
    return product


def _inverse(value: int) -> int:
    """1 / value, as value to the power of 254."""
    result = 1
    for _ in range(7):
        value = _times(value, value, octets=1)
        result = _times(result, value, octets=1)
    return result
