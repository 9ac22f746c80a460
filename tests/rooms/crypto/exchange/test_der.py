"""DER: what is written is read, and nothing but that is read."""

from __future__ import annotations

import contextlib

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import der

LOOSE = [
    ("3080020101" + "0000", "indefinite length (X.690 §10.1)"),
    ("02810101", "long form of a short length (X.690 §10.1)"),
    ("0282000101", "leading zero in a length"),
    ("0201", "cut short"),
    ("02", "a tag alone"),
    ("020101ff", "octets behind the end"),
    ("1f810101", "tag of more than one octet"),
    ("0285000000000100", "a length of five octets"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("octets", "why"), LOOSE)
def test_what_is_not_der_is_refused(octets: str, why: str) -> None:
    with pytest.raises(der.DerRefused):
        der.read_element(bytes.fromhex(octets))


@pytest.mark.parametrize("content", ["", "0001", "ff80", "00" * 65])
def test_an_integer_is_as_short_as_it_can_be(content: str) -> None:
    element = der.read_element(der.write(der.INTEGER, bytes.fromhex(content)))
    with pytest.raises(der.DerRefused):
        der.read_integer(element)


@given(st.integers(0, 2**255))
def test_integers_agree_with_another_writer(value: int) -> None:
    written = der.integer(value)
    assert written == core.Integer(value).dump()
    assert der.read_integer(der.read_element(written)) == value


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_sequences_agree_with_another_writer(contents: list[bytes]) -> None:
    class Octets(core.SequenceOf):  # type: ignore[misc]
        _child_spec = core.OctetString

    written = der.sequence(*(der.octet_string(content) for content in contents))
    assert written == Octets([core.OctetString(content) for content in contents]).dump()
    held = der.inside(der.read_element(written), *[der.OCTET_STRING] * len(contents))
    assert [element.content for element in held] == contents


@given(st.from_regex(r"[01]\.[1-3]?[0-9](\.(0|[1-9][0-9]{0,8})){1,6}", fullmatch=True))
def test_object_identifiers_agree_with_another_writer(dotted: str) -> None:
    assert der.object_identifier(dotted) == core.ObjectIdentifier(dotted).dump()


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_a_set_is_in_the_order_of_its_octets(contents: list[bytes]) -> None:
    parts = [der.octet_string(content) for content in contents]
    assert der.set_of(parts) == der.set_of(parts[::-1])


def test_a_sequence_of_too_many_is_refused() -> None:
    with pytest.raises(der.DerRefused):
        der.read_elements(der.write(der.NULL, b"") * (der.ELEMENTS_MAX + 1))


def test_what_is_too_long_is_refused_unread() -> None:
    with pytest.raises(der.DerRefused):
        der.read_element(bytes(der.DER_OCTETS_MAX + 1))


@given(st.binary(max_size=200))
def test_strangers_octets_are_read_or_refused(octets: bytes) -> None:
    with contextlib.suppress(der.DerRefused):
        element = der.read_element(octets)
        assert element.whole == octets == der.write(element.tag, element.content)
        if element.tag & der.CONSTRUCTED:
            held = der.read_elements(element.content)
            assert b"".join(one.whole for one in held) == element.content
