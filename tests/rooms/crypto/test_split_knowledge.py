"""Components and shares: together the key, and one too few nothing at all."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import KeyAlgorithm, check_value_of, with_odd_parity
from tallystick.crypto.keys import (
    KeyComponent,
    Share,
    combine_components,
    join_components,
    join_key_shares,
    join_shares,
    share_check_value,
    share_key,
    split_key,
    split_secret,
)
from tallystick.crypto.keys.shares import _inverse, _times, value_at
from tallystick.crypto.mechanisms import KeyRefused

h = bytes.fromhex
A = KeyAlgorithm
SYMMETRIC = [algorithm for algorithm in A if algorithm.is_symmetric]


def component(octets: bytes, algorithm: A) -> KeyComponent:
    return KeyComponent(octets=octets, check_value=check_value_of(octets, algorithm))


@st.composite
def keys(draw: st.DrawFn) -> tuple[A, bytes]:
    algorithm = draw(st.sampled_from(SYMMETRIC))
    return algorithm, draw(st.binary(min_size=algorithm.octets, max_size=algorithm.octets))


# ---- components -------------------------------------------------------------------------------


@given(keys(), st.integers(2, 9))
def test_components_make_the_key(drawn: tuple[A, bytes], count: int) -> None:
    algorithm, key = drawn
    assume(any(octet & 0xFE for octet in key))  # a key of zeros makes equal components
    parts = split_key(key, algorithm, count=count)
    value = check_value_of(key, algorithm)
    whole = join_components(parts[::-1], algorithm, check_value=value)
    assert whole == (with_odd_parity(key) if algorithm.letter == "T" else key)
    assert len(parts) == count
    for part in parts:
        assert len(part.octets) == len(key), "full length, never a half"
        assert part.octets.hex() not in repr(part)


def test_what_was_entered_wrongly_is_named() -> None:
    algorithm, key = A.AES_256, bytes(range(32))
    parts = split_key(key, algorithm, count=3)
    wrong = replace(parts[1], octets=bytes(32))
    with pytest.raises(KeyRefused, match="component 2"):
        join_components([parts[0], wrong, parts[2]], algorithm, check_value=None)
    with pytest.raises(KeyRefused, match="the key has another"):
        join_components(parts[:2], algorithm, check_value=check_value_of(key, algorithm))


def test_one_component_is_no_split_knowledge() -> None:
    one = component(bytes(range(16)), A.AES_128)
    for few in ([], [one], [one] * 10):
        with pytest.raises(KeyRefused):
            join_components(few, A.AES_128, check_value=None)
    for count in (0, 1, 10):
        with pytest.raises(KeyRefused):
            split_key(bytes(range(16)), A.AES_128, count=count)


def test_a_component_that_gives_the_others_away_is_refused() -> None:
    one, two = component(bytes(range(16)), A.TDES_2KEY), component(bytes(16), A.TDES_2KEY)
    flipped = component(bytes(octet ^ 1 for octet in range(16)), A.TDES_2KEY)
    for pair in ([one, two], [one, one], [one, flipped]):
        with pytest.raises(KeyRefused, match="of its own"):
            join_components(pair, A.TDES_2KEY, check_value=None)


def test_halves_are_no_components() -> None:
    halves = [KeyComponent(octets=bytes(range(8)), check_value="") for _ in range(2)]
    with pytest.raises(KeyRefused):
        join_components(halves, A.TDES_2KEY, check_value=None)


# ---- shares -----------------------------------------------------------------------------------


def test_the_published_shares_make_the_published_secret() -> None:
    # draft-mcgrew-tss-03, section 9. The only vector of this scheme that we found: SLIP-39 uses the
    # same field for words of a wallet, with a digest share that is not here.
    shares = [(1, h("B9FA07E185")), (2, h("F5409B4511"))]
    assert value_at(0, shares) == h("7465737400")
    assert value_at(2, [(0, h("7465737400")), shares[0]]) == shares[1][1]


def test_the_field_is_the_field_of_aes() -> None:
    assert _times(0x57, 0x83, octets=1) == 0xC1  # FIPS 197, 4.2
    assert _times(0x57, 0x13, octets=1) == 0xFE  # FIPS 197, 4.2.1
    assert _inverse(0x53) == 0xCA  # FIPS 197's field; 53 * CA = 1
    for value in range(1, 256):
        assert _times(value, _inverse(value), octets=1) == 1


@given(st.binary(min_size=1, max_size=40), st.integers(0, 255))
def test_octets_do_not_touch_one_another(octets: bytes, factor: int) -> None:
    packed = _times(int.from_bytes(octets), factor, octets=len(octets)).to_bytes(len(octets))
    assert list(packed) == [_times(octet, factor, octets=1) for octet in octets]


@given(keys(), st.data())
def test_any_m_of_n_shares_make_the_key(drawn: tuple[A, bytes], data: st.DataObject) -> None:
    algorithm, key = drawn
    count = data.draw(st.integers(2, 16))
    threshold = data.draw(st.integers(2, count))
    shares = share_key(key, algorithm, threshold=threshold, count=count)
    chosen = data.draw(st.permutations(shares))[: data.draw(st.integers(threshold, count))]
    assert join_key_shares(chosen, algorithm, check_value=check_value_of(key, algorithm)) == key
    assert [share.number for share in shares] == list(range(1, count + 1))


def test_one_share_too_few_fits_to_every_key() -> None:
    # For each key there is a sharing that gives the same first share: nothing was told.
    first = h("00112233445566778899aabbccddeeff")
    for key in (bytes(range(16)), first, h("ff" * 15 + "00")):
        slope = bytes(a ^ b for a, b in zip(key, first, strict=True))
        shares = share_key(key, A.AES_128, threshold=2, count=2, random=lambda _, s=slope: s)
        assert shares[0].octets == first


def test_wrong_shares_are_refused() -> None:
    algorithm, key = A.AES_128, bytes(range(16))
    value = check_value_of(key, algorithm)
    shares = share_key(key, algorithm, threshold=3, count=5)
    others = share_key(bytes(16), algorithm, threshold=3, count=5)
    wrong = [
        shares[:2], [], shares[:2] + shares[:1], [*shares[:2], replace(shares[2], threshold=2)],
        [replace(share, threshold=1) for share in shares[:1]],
        [*shares[:2], replace(shares[2], number=17)], [*shares[:2], replace(shares[2], number=0)],
        [*shares[:2], replace(shares[2], number=4)], [*shares[:2], others[2]],
        [*shares[:3], others[3]], [*shares[:2], replace(shares[2], check_value="000000")],
        [*shares[:2], replace(shares[2], octets=bytes(15))], others,
    ]  # fmt: skip
    for few in wrong:
        with pytest.raises(KeyRefused):
            join_key_shares(few, algorithm, check_value=value)
    for three in itertools.combinations(shares, 3):
        assert join_key_shares(three, algorithm, check_value=value) == key


@given(st.binary(min_size=1, max_size=64), st.data())
def test_any_octets_are_shared(octets: bytes, data: st.DataObject) -> None:
    of = data.draw(st.integers(2, 16))
    needed = data.draw(st.integers(2, of))
    shares = split_secret(octets, needed=needed, of=of)
    assert join_shares(data.draw(st.permutations(shares))[:needed]) == octets
    assert join_shares(shares) == octets
    assert octets.hex() not in repr(shares[0]) or len(octets) < 3


def test_a_share_is_checked_with_its_number() -> None:
    value = share_check_value(Share(1, bytes(16)))
    assert len(value) == 6
    assert value == value.upper()
    assert share_check_value(Share(2, bytes(16))) != value
    assert share_check_value(Share(1, bytes(15) + b"x")) != value


def test_what_is_no_sharing_is_refused() -> None:
    one, two = split_secret(b"secret", needed=2, of=2)
    for few in ([], [one], [one, one], [one, Share(0, two.octets)], [one, Share(17, two.octets)],
                [one, Share(2, b"short")]):  # fmt: skip
        with pytest.raises(KeyRefused):
            join_shares(few)
    for parts in ([], [b"ab"], [b"ab", b"abc"], [b"ab", b"ab"], [b"ab", b"\0\0"], [b"ab", b"AB"]):
        with pytest.raises(KeyRefused):
            combine_components(parts)


@pytest.mark.parametrize(("threshold", "count"), [(1, 3), (0, 2), (4, 3), (2, 17), (1, 1)])
def test_a_sharing_needs_at_least_two(threshold: int, count: int) -> None:
    with pytest.raises(KeyRefused):
        share_key(bytes(range(16)), A.AES_128, threshold=threshold, count=count)
