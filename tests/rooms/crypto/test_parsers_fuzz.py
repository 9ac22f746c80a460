"""Whatever comes in, the parsers do one of two things: read it, or raise their one refusal."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.crypto.envelopes import (
    EnvelopeRefused,
    open_sealed,
    parse_sealed,
    parse_signed,
    strict_object,
)
from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import to_base64url
from tests.rooms.crypto.test_sealed import HEADER, KEY, TOKEN, TYP
from tests.rooms.crypto.test_signed import BY_KEY, KEYED, MESSAGE, NAMED, PROOF, PUBLIC

_characters = st.characters(codec=None)
_base64url = st.text(alphabet="ABCDwxyz0189-_", max_size=40)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@st.composite
def _mutated(draw: st.DrawFn, token: str) -> str:
    """A valid token with a few slices replaced, doubled, removed or swapped for other text."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(token)))
        end = draw(st.integers(start, min(len(token), start + 30)))
        insert = draw(
            st.just("")
            | st.just(token[start:end] * 2)
            | _base64url
            | st.text(_characters, max_size=9)
        )
        token = token[:start] + insert + token[end:]
    return token


@st.composite
def _with_header(draw: st.DrawFn, token: str, header: dict[str, Any]) -> str:
    """A valid token whose header has members replaced, removed and added."""
    changed = dict(header)
    for name in draw(st.lists(st.sampled_from([*header, "crit", "zip", "x"]), max_size=3)):
        if draw(st.booleans()):
            changed[name] = draw(_values)
        else:
            changed.pop(name, None)
    octets = json.dumps(changed).encode()
    return to_base64url(octets) + token[token.index(".") :]


def _only_refused_sealed(token: str) -> None:
    with contextlib.suppress(EnvelopeRefused):
        opened = open_sealed(parse_sealed(token, typ=TYP, cty="JWT"), KEY)
        assert token == TOKEN
        assert opened == b'{"amount":"1500.00"}'


def _only_refused_signed(token: str, typ: str, original: str) -> None:
    with contextlib.suppress(EnvelopeRefused):
        parse_signed(token, typ=typ).verify(PUBLIC)
        assert token == original


@given(st.text(_characters, max_size=300))
@example("\ud800....")
@example("." * 17_000)
def test_any_text_is_only_ever_refused(text: str) -> None:
    _only_refused_sealed(text)
    _only_refused_signed(text, MESSAGE, NAMED)
    _only_refused_signed(text, PROOF, KEYED)


@given(st.lists(st.binary(max_size=80).map(to_base64url) | _base64url, min_size=2, max_size=6))
def test_any_parts_are_only_ever_refused(parts: list[str]) -> None:
    _only_refused_sealed(".".join(parts))
    _only_refused_signed(".".join(parts), MESSAGE, NAMED)


@given(_mutated(TOKEN) | _with_header(TOKEN, HEADER))
def test_a_mutated_sealed_envelope_is_refused(token: str) -> None:
    _only_refused_sealed(token)


@given(_mutated(NAMED))
def test_a_mutated_message_is_refused(token: str) -> None:
    _only_refused_signed(token, MESSAGE, NAMED)


@given(_mutated(KEYED) | _with_header(KEYED, BY_KEY))
def test_a_mutated_proof_is_refused(token: str) -> None:
    _only_refused_signed(token, PROOF, KEYED)


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"a":1e5}')
@example(b'{"a":1.0}')
@example(b'{"a":-Infinity}')
@example(b'{"a":9007199254740992}')
@example(b'{"a":' + b"9" * 5000 + b"}")
@example(b'{"a":"\\ud800"}')
@example(b'{"\\udfff":1}')
@example(b'{"a":{"b":1,"b":1}}')
@example(b'{"a":1}{"b":2}')
@example(b'{"a":"\n"}')
def test_any_octets_are_no_object_of_ours(octets: bytes) -> None:
    with contextlib.suppress(EnvelopeRefused):
        value = strict_object(octets)
        assert isinstance(value, dict)
        json.dumps(value, ensure_ascii=False).encode("utf-8")


@given(st.dictionaries(st.text("abc_", max_size=4), _values, max_size=5))
def test_what_we_would_write_is_read(value: dict[str, Any]) -> None:
    assert strict_object(json.dumps(value).encode()) == value
    assert strict_object(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


def test_canonical_json_is_read_and_its_doubles_are_not() -> None:
    octets = canonical_json({"amount": "1500.00", "ctr": 2**53 - 1, "pin": None})
    assert strict_object(octets)["ctr"] == 2**53 - 1
    with pytest.raises(EnvelopeRefused):
        strict_object(octets.replace(b'"pin"', b'"ctr"'))
