"""Frames between edges and the sequencer: whatever comes is a list of items or refused."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.serve.edges.frames import (
    Denied,
    FrameRefused,
    Other,
    Ready,
    Refusal,
    Splitter,
    Who,
    frame_octets,
    read_heard,
    read_told,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=20) | st.binary(max_size=70),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)  # fmt: skip
TAGGED = st.lists(
    st.tuples(st.sampled_from("orweadskphy"), st.lists(PLAIN, max_size=16)).map(
        lambda both: [both[0], *both[1]]
    ),
    max_size=3,
)


@given(
    st.binary(max_size=400) | PLAIN.map(msgspec.msgpack.encode) | TAGGED.map(msgspec.msgpack.encode)
)
def test_what_is_no_frame_is_refused(body: bytes) -> None:
    for read in (read_heard, read_told):
        try:
            items = read(body)
        except FrameRefused:
            continue
        assert isinstance(items, list)


@given(
    st.lists(
        st.lists(st.integers(0, 2**40).map(lambda n: Who(n, f"dev-{n}")), min_size=1, max_size=4),
        max_size=5,
    ),
    st.integers(1, 40),
)
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    frames: list[list[Who]], size: int
) -> None:
    octets = b"".join(frame_octets(list(items)) for items in frames)
    splitter, found = Splitter(), []
    for at in range(0, len(octets), size):
        found += [read_heard(body) for body in splitter.feed(octets[at : at + size])]
    assert found == frames


def test_each_side_takes_what_the_other_says_alone() -> None:
    said = frame_octets([Ready(), Refusal(1, "a", "b", "c", None), Other(2, "healthz", [])])[4:]
    told = frame_octets([Denied(1, "service.closed")])[4:]
    assert len(read_heard(said)) == 3
    assert read_told(told) == [Denied(1, "service.closed")]
    with pytest.raises(FrameRefused):
        read_told(said)
    with pytest.raises(FrameRefused):
        read_heard(told)


def test_an_impossible_length_is_refused() -> None:
    for octets in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        with pytest.raises(FrameRefused):
            Splitter().feed(octets)
