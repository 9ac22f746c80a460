"""Leaves and tallies are read strictly, and only when they belong together."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.canonical import canonical_json, digest
from tallystick.protect.enforcement import Tally
from tallystick.protect.messages import Slip
from tallystick.prove.evidence import Entry, EntryRefused, open_entry, read_leaf
from tallystick.prove.evidence.reading import read_canonical
from tests.rooms.prove.logs import NOW_MS, POLICY, make_entry, make_fact

ENTRY = make_entry(make_fact("message.fresh", detail={"counter": 7, "note": "é"}))

FACT = {"kind": "k", "control": "C-TEST", "detail": {}}
TALLY = {
    "salt": "A" * 22, "code": "ok", "subject": "s", "policy": POLICY, "at_ms": NOW_MS,
    "label": "software", "facts": [FACT],
}  # fmt: skip


def test_a_tally_of_this_shape_is_read() -> None:
    octets = canonical_json(TALLY)
    (fact,) = open_entry(
        Entry(index=0, leaf=make_entry(tally=digest(octets)).leaf, tally=octets)
    ).facts
    assert (fact.subject, fact.policy, fact.at_ms, fact.label) == ("s", POLICY, NOW_MS, "software")


def test_an_entry_gives_its_leaf_and_facts() -> None:
    opened = open_entry(ENTRY)
    assert opened.leaf.operation == "remote.pay"
    assert opened.leaf.amount_minor == 1500
    assert [fact.plain() for fact in opened.facts] == [
        make_fact("message.fresh", detail={"counter": 7, "note": "é"}).plain()
    ]


def test_what_the_corridor_writes_is_what_the_log_reads() -> None:
    # protect and prove never import one another: here they meet.
    tally = Tally(subject="s", policy=POLICY, at_ms=NOW_MS, demanded=(), salt=bytes(16))
    tally.notch("message.fresh", "C-MSG-FRESH", counter=3)
    octets = tally.octets(code="ok")
    slip = Slip(request=None, operation="platform.open", device=None, at_ms=NOW_MS, policy=POLICY)
    opened = open_entry(Entry(index=0, leaf=slip.leaf(code="ok", tally=octets), tally=octets))
    assert opened.leaf.request is None
    assert opened.facts[0].detail == {"counter": 3}


def test_a_tally_that_is_not_the_leafs_own_is_refused() -> None:
    other = make_entry(make_fact("message.fresh", detail={"counter": 8}))
    with pytest.raises(EntryRefused, match="not the one that the leaf names"):
        open_entry(replace(ENTRY, tally=other.tally))


def test_a_leaf_of_the_first_version_is_still_read() -> None:
    members = read_canonical(ENTRY.leaf) | {"v": 1}
    old = {k: v for k, v in members.items() if k not in ("fee_minor", "postings")}
    leaf = read_leaf(canonical_json(old))
    assert (leaf.amount_minor, leaf.fee_minor, leaf.postings) == (1500, None, None)


@pytest.mark.parametrize(
    "leaf",
    [
        {"v": 3},
        {"outcome": "perhaps"},
        {"amount_minor": "1500"},
        {"amount_minor": True},
        {"at_ms": None},
        {"more": 1},
        {"request": 5},
    ],
)
def test_a_leaf_of_another_shape_is_refused(leaf: dict[str, object]) -> None:
    with pytest.raises(EntryRefused):
        read_leaf(make_entry(**leaf).leaf)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "octets",
    [
        b"", b"null", b"[]", b"{}", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000, b'{"a":1e400}',
        ENTRY.leaf + b"\n", b" " + ENTRY.leaf, ENTRY.leaf.replace(b'"v":2', b'"v":2.0'),
        ENTRY.leaf.replace(b'"v":2', b'"v":1'),
    ],
)  # fmt: skip
def test_what_is_not_a_canonical_leaf_is_refused(octets: bytes) -> None:
    with pytest.raises(EntryRefused):
        read_leaf(octets)


@pytest.mark.parametrize(
    "tally",
    [
        {"salt": "AAAA"},
        {"salt": "A" * 21 + "B"},
        {"subject": 1},
        {"at_ms": "1"},
        {"more": 1},
        {"facts": [1]},
        {"facts": [{"kind": "x"}]},
        {"facts": [FACT | {"detail": {"x": True}}]},
        {"facts": [FACT | {"control": None}]},
        {"facts": [FACT | {"at_ms": 1}]},
    ],
)
def test_a_tally_of_another_shape_is_refused(tally: dict[str, object]) -> None:
    octets = canonical_json(TALLY | tally)
    leaf = make_entry(tally=digest(octets)).leaf
    with pytest.raises(EntryRefused):
        open_entry(Entry(index=0, leaf=leaf, tally=octets))


@given(octets=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_octets_do_anything_but_be_refused(octets: bytes) -> None:
    with pytest.raises(EntryRefused):
        read_leaf(octets)
    with pytest.raises(EntryRefused):
        open_entry(replace(ENTRY, tally=octets))


@given(place=st.integers(0, len(ENTRY.leaf) - 1), flip=st.integers(1, 255))
def test_no_altered_octet_of_a_leaf_says_the_same(place: int, flip: int) -> None:
    altered = bytearray(ENTRY.leaf)
    altered[place] ^= flip
    with contextlib.suppress(EntryRefused):
        assert read_leaf(bytes(altered)) != read_leaf(ENTRY.leaf)
