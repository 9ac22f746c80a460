"""Canonical JSON: one spelling per value, on every machine, and nothing that has two."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.canonical import canonical_json, digest, digest_of
from tallystick.ground.errors import Defect

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(ascii_keys, inner, max_size=5),
    max_leaves=20,
)


def as_python_writes(value: object) -> bytes:
    """Another encoder's canonical form: sorted members, no white space, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


@given(values)
def test_another_encoder_agrees(value: object) -> None:
    assert canonical_json(value) == as_python_writes(value)


@given(values)
def test_what_is_read_back_is_written_the_same(value: object) -> None:
    octets = canonical_json(value)
    assert json.loads(octets) == value
    assert canonical_json(json.loads(octets)) == octets
    assert digest_of(value) == digest(octets)


@given(st.dictionaries(ascii_keys, st.integers(0, 9), max_size=8), st.randoms())
def test_the_order_of_members_does_not_count(members: dict[str, int], chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(members.items())
    chance.shuffle(shuffled)
    assert canonical_json(dict(shuffled)) == canonical_json(members)


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        2**53,
        -(2**53),
        b"octets",
        {1: 2},
        {"é": 1},
        "\ud800",
        {"a": [0.5]},
        set(),
    ],
    ids=repr,
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(Defect):
        canonical_json(value)


# RFC 8785 appendix B gives numbers as IEEE 754 doubles; these are its whole ones in our range.
# Its section 3.2.2.2 gives the escapes.
PUBLISHED = [
    (9007199254740991, b"9007199254740991"),
    (-9007199254740991, b"-9007199254740991"),
    ('\u20ac$\u000f\nA\'B"\\\\"/', b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
]


@pytest.mark.parametrize(("value", "octets"), PUBLISHED, ids=lambda one: repr(one)[:20])
def test_published_forms(value: object, octets: bytes) -> None:
    assert canonical_json(value) == octets
