"""The quick reader of JSON objects takes nothing that the slow one refuses or reads otherwise."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.crypto.envelopes import strict as readers

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
SPELLINGS = [
    msgspec.json.encode,
    lambda value: json.dumps(value).encode(),
    lambda value: json.dumps(value, separators=(",", ":")).encode(),
    lambda value: b'{"a":1,' + msgspec.json.encode(value)[1:],
    lambda value: msgspec.json.encode(value).replace(b"0", b"-0"),
    lambda value: b"\xef\xbb\xbf" + msgspec.json.encode(value),
]


def demand_alike(octets: bytes) -> None:
    quick = readers._plainly_spelt(octets)
    if quick is not None:
        assert repr(quick) == repr(readers._read_slowly(octets))


@given(value=VALUES, spell=st.sampled_from(SPELLINGS))
def test_what_is_read_quickly_is_read_alike_slowly(value: Any, spell: Any) -> None:
    demand_alike(spell(value))


@given(octets=st.binary(max_size=40) | st.text('{}[]":,ae01.-\\ud8', max_size=24).map(str.encode))
def test_octets_of_any_kind_are_read_alike(octets: bytes) -> None:
    demand_alike(octets)


def test_the_spelling_of_our_own_handset_is_read_quickly() -> None:
    value = {"ctr": 7, "body": {"name": "Wanjikũ", "list": [True, None, -(2**53 - 1)]}}
    assert readers._plainly_spelt(msgspec.json.encode(value)) == value


@pytest.mark.parametrize(
    "octets",
    [b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"b":{"a":1,"a":1}}', b'{"a":1.0}', b'{"a":"\\ud800"}',
     b'{"a":9007199254740992}', b'{"a":-0.0}', b'{"a":1e2}', b'{"a":"\xff"}', b'[' * 100_000],
)  # fmt: skip
def test_the_quick_reader_leaves_what_must_be_refused(octets: bytes) -> None:
    assert readers._plainly_spelt(octets) is None
    with pytest.raises(EnvelopeRefused):
        strict_object(octets)
