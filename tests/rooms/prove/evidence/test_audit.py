"""The audit names the first place that is not as it was written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.prove.evidence import Entry, Finding, audit_log, leaf_hash
from tests.rooms.prove.logs import LOG_VKEY, OTHER_KEY, MemoryLog, make_entry, make_fact

SIZE = 23


def make_log(**options: object) -> MemoryLog:
    """Commits of 1, 2, 3, ... entries, one checkpoint each."""
    log = MemoryLog(**options)  # type: ignore[arg-type]
    batch = 1
    while log.size() < SIZE:
        count = min(batch, SIZE - log.size())
        log.append(*(make_entry(make_fact("message.fresh"), index=n) for n in range(count)))
        batch += 1
    return log


def other_leaf(entry: Entry) -> Entry:
    return replace(entry, leaf=entry.leaf.replace(b"1500", b"9500"))


def test_a_sound_log_has_no_findings() -> None:
    assert audit_log(make_log(), vkey=LOG_VKEY) == []
    assert audit_log(MemoryLog(), vkey=LOG_VKEY) == []


@given(index=st.integers(0, SIZE - 1))
def test_an_edited_leaf_is_named(index: int) -> None:
    log = make_log()
    log.entries[index] = other_leaf(log.entries[index])
    (found,) = audit_log(log, vkey=LOG_VKEY)
    assert (found.where, found.index) == ("leaf", index)


@given(index=st.integers(0, SIZE - 1))
def test_an_edited_tally_is_named(index: int) -> None:
    log = make_log()
    entry = log.entries[index]
    log.entries[index] = replace(entry, tally=entry.tally.replace(b"s-1", b"s-2"))
    (found,) = audit_log(log, vkey=LOG_VKEY)
    assert (found.where, found.index) == ("tally", index)


@given(index=st.integers(0, SIZE - 1))
def test_a_leaf_that_was_edited_with_its_hash_is_found_by_what_stands_above(index: int) -> None:
    log = make_log()
    log.entries[index] = other_leaf(log.entries[index])
    log.nodes[0, index] = leaf_hash(log.entries[index].leaf)
    found = audit_log(log, vkey=LOG_VKEY)
    assert found
    assert found[0].index <= index


@given(data=st.data())
def test_an_edited_or_missing_node_is_named(data: st.DataObject) -> None:
    log = make_log()
    level, index = data.draw(st.sampled_from(sorted(log.nodes)))
    spoilt = data.draw(st.sampled_from([None, b"", bytes(32), bytes(31)]))
    if spoilt is None:
        del log.nodes[level, index]
    else:
        log.nodes[level, index] = spoilt
    found = audit_log(log, vkey=LOG_VKEY)
    assert any(f"node {index} of level {level}" in one.what or one.where == "leaf" for one in found)
    assert min(one.index for one in found) <= index << level


@pytest.mark.parametrize("index", [0, 1, 11, SIZE - 1])
def test_a_missing_entry_is_named(index: int) -> None:
    log = make_log()
    del log.entries[index]
    assert audit_log(log, vkey=LOG_VKEY)[0].index <= index


def test_a_log_that_was_cut_short_with_its_nodes_is_found_by_its_checkpoints() -> None:
    log = make_log()
    log.entries.pop()
    found = audit_log(log, vkey=LOG_VKEY)
    assert [one.where for one in found] == ["checkpoint"]


def test_a_log_that_hides_its_newest_checkpoint_is_found() -> None:
    log = make_log()
    log.notes.pop()
    assert [one.where for one in audit_log(log, vkey=LOG_VKEY)] == ["checkpoint"]


def sign_other_root(log: MemoryLog) -> None:
    log.notes[2] = log.sign(6, bytes(32))


def swap_notes(log: MemoryLog) -> None:
    log.notes[1], log.notes[2] = log.notes[2], log.notes[1]


def spoil_note(log: MemoryLog) -> None:
    log.notes[2] = log.notes[2].replace("\n6\n", "\n7\n")


def drop_all_notes(log: MemoryLog) -> None:
    log.notes.clear()


@pytest.mark.parametrize("spoil", [sign_other_root, swap_notes, spoil_note, drop_all_notes])
def test_checkpoints_that_do_not_fit_are_found(spoil: Callable[[MemoryLog], None]) -> None:
    log = make_log()
    spoil(log)
    found = audit_log(log, vkey=LOG_VKEY)
    assert found
    assert {one.where for one in found} == {"checkpoint"}


def test_a_log_that_was_written_anew_is_found_only_with_the_key() -> None:
    forged = make_log(key=OTHER_KEY)
    assert audit_log(forged, vkey=None) == []
    assert {one.where for one in audit_log(forged, vkey=LOG_VKEY)} == {"checkpoint"}


def test_findings_come_in_order() -> None:
    log = make_log()
    for index in (17, 3):
        log.entries[index] = other_leaf(log.entries[index])
    found = audit_log(log, vkey=LOG_VKEY)
    assert [one.index for one in found] == [3, 17]
    assert all(isinstance(one, Finding) for one in found)
