"""COSE_Sign1 from strangers: one spelling, one shape, one algorithm, or one refusal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

cbor2 = pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

from tallystick.crypto.envelopes import EnvelopeRefused, parse_sign1, read_cbor, write_cbor  # noqa: E402
from tests.rooms.crypto.cose_keys import PUBLIC, sign1  # noqa: E402

GOOD = sign1(b"payload")


def test_what_is_signed_is_read() -> None:
    assert parse_sign1(GOOD, octets_max=400).verify(PUBLIC) == b"payload"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"", "cbor"),
        (GOOD[1:], "tag"),
        (GOOD + b"\x00", "spelling"),
        (b"\xd2\x84\x40\xa0\x40", "cbor"),
        (write_cbor(cbor2.CBORTag(18, [b"", {}, None, b"x" * 64])), "shape"),
        (write_cbor(cbor2.CBORTag(18, [b"", {}, b"", b"x" * 63])), "signature"),
        (write_cbor(cbor2.CBORTag(18, [b"", {}, b"", b"x" * 64, b""])), "shape"),
        (write_cbor(cbor2.CBORTag(18, [b"\x01", {}, b"", b"x" * 64])), "header"),
        (write_cbor(cbor2.CBORTag(98, [b"", {}, b"", b"x" * 64])), "tag"),
        (b"\xd8\x12" + GOOD[1:], "spelling"),
        (GOOD.replace(b"\x47payload", b"\x58\x07payload"), "spelling"),
        (b"x" * 401, "length"),
    ],
    ids=range(12),
)
def test_each_wrong_message_is_refused(octets: bytes, reason: str) -> None:
    with pytest.raises(EnvelopeRefused) as caught:
        parse_sign1(octets, octets_max=400)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("protected", "unprotected"),
    [({}, {}), ({1: -8}, {}), ({1: -7}, {1: -7}), ({}, {1: -8}), ({1: "ES256"}, {})],
)
def test_another_algorithm_is_refused(
    protected: dict[int, object], unprotected: dict[int, object]
) -> None:
    parsed = parse_sign1(sign1(b"payload", protected, unprotected), octets_max=400)
    with pytest.raises(EnvelopeRefused):
        parsed.verify(PUBLIC)


@given(octets=st.binary(max_size=120))
def test_any_octets_are_refused_or_are_their_own_spelling(octets: bytes) -> None:
    try:
        value = read_cbor(octets, octets_max=400)
    except EnvelopeRefused:
        return
    assert write_cbor(value) == octets


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(at: int, bit: int) -> None:
    octets = bytearray(GOOD)
    octets[at] ^= 1 << bit
    with pytest.raises(EnvelopeRefused):
        parse_sign1(bytes(octets), octets_max=400).verify(PUBLIC)
