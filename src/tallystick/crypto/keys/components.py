"""Key components: a key as the exclusive-or of several numbers as long as itself.

Each custodian knows one component, and whoever knows all but one knows nothing. A component has a
check value of its own, made as if it were a key, so that each custodian can see alone that what was
entered is what is on the paper.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tallystick.crypto.key_blocks import (
    KeyAlgorithm,
    check_value_of,
    demand_length,
    with_odd_parity,
)
from tallystick.crypto.mechanisms import KeyRefused

COMPONENTS_MIN, COMPONENTS_MAX = 2, 9


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyComponent:
    """One component of a key. `check_value` is of this component, as upper-case hex digits."""

    octets: bytes = field(repr=False)
    check_value: str


def split_key(
    key: bytes,
    algorithm: KeyAlgorithm,
    *,
    count: int,
    random: Callable[[int], bytes] = os.urandom,
) -> list[KeyComponent]:
    """Split a symmetric key into components.

    Gives:   components whose exclusive-or is the key; those of a TDEA key have odd parity, and make
             the key but for its parity bits.
    Refuses: KeyRefused for fewer than 2 or more than 9, and for a key of another length.
    Source:  ISO 11568 (split knowledge); X9.24-1.
    """
    demand_length(key, algorithm)
    _demand_count(count)
    parts = [_parity(random(len(key)), algorithm) for _ in range(count - 1)]
    parts.append(_parity(_xor([key, *parts]), algorithm))
    return [
        KeyComponent(octets=part, check_value=check_value_of(part, algorithm)) for part in parts
    ]


def join_components(
    components: Sequence[KeyComponent], algorithm: KeyAlgorithm, *, check_value: str | None
) -> bytes:
    """The key of these components; a TDEA key with odd parity.

    Takes:   components as custodians entered them, in any order, each with the check value on its
             paper; the check value of the whole key, None only where nobody knows it yet.
    Refuses: KeyRefused for fewer than 2 or more than 9, a component of another length, with another
             check value, of one octet over and over or twice (the others would know the key), and
             for another key. A TDEA key may still be weak: `demand_sound` is for that.
    """
    for number, component in enumerate(components, start=1):
        demand_length(component.octets, algorithm)
        if check_value_of(component.octets, algorithm) != component.check_value:
            raise KeyRefused(f"component {number} has another check value")
    key = combine_components([_parity(each.octets, algorithm) for each in components])
    key = _parity(key, algorithm)
    if check_value is not None and check_value_of(key, algorithm) != check_value:
        raise KeyRefused("the key has another check value")
    return key


def combine_components(parts: Sequence[bytes]) -> bytes:
    """The exclusive-or of components whose check values were looked at already.

    Refuses: KeyRefused for fewer than 2 or more than 9, lengths that differ, a component twice or
             of one octet over and over (the others would know the key), and a key of that kind.

    >>> combine_components([bytes.fromhex("0f1e2d3c"), bytes.fromhex("f0d1c2b3")]).hex()
    'ffcfef8f'
    """
    _demand_count(len(parts))
    if len({len(part) for part in parts}) != 1:
        raise KeyRefused("a component is as long as the key")
    key = _xor(parts)
    if len(set(parts)) != len(parts) or any(len(set(part)) <= 1 for part in (*parts, key)):
        raise KeyRefused("each component is a number of its own")
    return key


def _demand_count(count: int) -> None:
    if not COMPONENTS_MIN <= count <= COMPONENTS_MAX:
        raise KeyRefused(f"a key has {COMPONENTS_MIN} to {COMPONENTS_MAX} components")


def _parity(octets: bytes, algorithm: KeyAlgorithm) -> bytes:
    return with_odd_parity(octets) if algorithm.startswith("TDES") else octets


def _xor(parts: Sequence[bytes]) -> bytes:
    whole = 0
    for part in parts:
        whole ^= int.from_bytes(part)
    return whole.to_bytes(len(parts[0]))
