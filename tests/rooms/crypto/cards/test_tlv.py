"""The reader of BER-TLV takes exactly what the writer writes, and nothing makes it fail otherwise."""

from __future__ import annotations

import pyemv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.cards import (
    DataObject,
    TlvMalformed,
    find_object,
    read_list,
    read_objects,
    walk_objects,
    write_objects,
)

PRIMITIVE = (0x9C, 0x82, 0x95, 0x5A, 0x57, 0x9F02, 0x9F26, 0x9F37, 0x5F2A, 0xDF8101)
TEMPLATES = (0xE0, 0x70, 0x77, 0x6F, 0xA5, 0xBF0C, 0xFF8105)
values = st.binary(max_size=40) | st.sampled_from([bytes(127), bytes(128), bytes(255), bytes(256)])
leaves = st.builds(DataObject, st.sampled_from(PRIMITIVE), values)
trees = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda tag, objects: DataObject(tag, objects=tuple(objects)),
        st.sampled_from(TEMPLATES),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(objects=st.lists(trees, max_size=5))
def test_what_is_written_is_read_again(objects: list[DataObject]) -> None:
    assert read_objects(write_objects(objects)) == tuple(objects)


@given(octets=st.binary(max_size=300))
def test_any_octets_are_read_as_they_are_written_or_refused(octets: bytes) -> None:
    try:
        objects = read_objects(octets)
    except TlvMalformed:
        return
    assert write_objects(objects) == octets


@given(objects=st.lists(trees, min_size=1, max_size=4), chance=st.data())
def test_octets_with_one_change_are_read_as_they_are_written_or_refused(
    objects: list[DataObject], chance: st.DataObject
) -> None:
    octets = bytearray(write_objects(objects))
    octets[chance.draw(st.integers(0, len(octets) - 1))] = chance.draw(st.integers(0, 255))
    test_any_octets_are_read_as_they_are_written_or_refused.hypothesis.inner_test(bytes(octets))


@given(octets=st.binary(max_size=200))
def test_any_octets_are_a_list_or_refused(octets: bytes) -> None:
    try:
        listed = read_list(octets)
    except TlvMalformed:
        return
    assert all(tag > 0 and length >= 0 for tag, length in listed)


@given(objects=st.lists(leaves, max_size=6, unique_by=lambda one: one.tag))
def test_another_tool_reads_the_same(objects: list[DataObject]) -> None:
    theirs = pyemv.tlv.decode(write_objects(objects))
    assert theirs == {f"{one.tag:X}": one.value for one in objects}


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("9c", "length cut off"),
        ("9f", "tag cut off"),
        ("9f81", "tag cut off"),
        ("9c02aa", "value cut off"),
        ("9c80aa0000", "indefinite length"),
        ("9c8101aa", "length that could be shorter"),
        ("9c820001aa", "length that could be shorter"),
        ("9c83000001aa", "length of three octets"),
        ("9c84ffffffff", "length of four octets"),
        ("9c81", "length cut off"),
        ("00", "filler"),
        ("9c0101" + "00", "filler behind"),
        ("9f800101aa", "padded tag number"),
        ("9f8181818101aa", "tag of five octets"),
        ("e0039c02aa" + "bb", "object that does not end with its template"),
    ],
)
def test_what_has_two_spellings_or_no_end_is_refused(octets: str, why: str) -> None:
    with pytest.raises(TlvMalformed):
        read_objects(bytes.fromhex(octets))


def test_depth_and_number_are_bounded() -> None:
    nested = DataObject(0x9C, b"\1")
    for _ in range(7):
        nested = DataObject(0xE0, objects=(nested,))
    assert read_objects(write_objects([nested])) == (nested,)
    with pytest.raises(TlvMalformed):
        read_objects(write_objects([DataObject(0xE0, objects=(nested,))]))
    with pytest.raises(TlvMalformed):
        read_objects(b"\x9c\0" * 513)
    with pytest.raises(TlvMalformed):
        read_list(b"\x9c\0" * 513)
    with pytest.raises(TlvMalformed):
        read_objects(bytes(65_536))
    with pytest.raises(TlvMalformed):
        write_objects([DataObject(0x9C, bytes(65_536))])


def test_an_object_is_found_once_or_refused() -> None:
    twice = DataObject(0x9C, b"\1")
    objects = (DataObject(0x77, objects=(DataObject(0x9F26, b"x"), twice)), twice)
    assert find_object(objects, 0x9F26).value == b"x"
    assert [one.tag for one in walk_objects(objects)] == [0x77, 0x9F26, 0x9C, 0x9C]
    for tag in (0x9C, 0x82):
        with pytest.raises(TlvMalformed):
            find_object(objects, tag)


def test_values_hide() -> None:
    shown = repr(read_objects(bytes.fromhex("5a084111111111111111")))
    assert shown == "(DataObject(5A, 8 octets),)"


@pytest.mark.parametrize("tag", [0, -1, 0x1F, 0x9F, 0x9C01, 0x9F8001, 0x9F818181_01])
def test_a_tag_that_cannot_be_is_refused(tag: int) -> None:
    with pytest.raises(TlvMalformed):
        DataObject(tag)


def test_a_template_holds_objects_and_the_others_values() -> None:
    with pytest.raises(TlvMalformed):
        DataObject(0xE0, b"x")
    with pytest.raises(TlvMalformed):
        DataObject(0x9C, objects=(DataObject(0x9C),))
