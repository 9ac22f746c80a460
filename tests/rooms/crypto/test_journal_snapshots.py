"""Snapshots of the journal: the same state from fewer entries, and no way to a lesser one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.backends.sqlite import SqliteKeyStore
from tallystick.crypto.keys import (
    EVENT,
    SETTING,
    SNAPSHOT,
    TALLY,
    USES,
    Entry,
    Journal,
    RolledBack,
    SoftwareMasterKey,
    StoredKey,
    move_master_key,
)
from tallystick.crypto.keys.journal import STATE, State, entry_mac
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore

SECRET = Secret(bytes(32))


def master(count: int = 0) -> SoftwareMasterKey:
    """The same master key, whose count has seen so many entries."""
    key = SoftwareMasterKey(SECRET, count=None)
    key.anchor(count)
    return key


def filled(store: MemoryKeyStore, key: SoftwareMasterKey, *, names: int = 200) -> Journal:
    """A journal with counts, settings and events, some of them written over."""
    journal = Journal(store, key)
    for n in range(names):
        journal.commit(notes=[(TALLY, (f"pan {n % 70}", n, 10**12)), (EVENT, {"act": f"e{n}"})])
    journal.commit(notes=[(USES, ("a" * 24, 7000)), (SETTING, ("large", bytes(5000)))])
    journal.commit(notes=[(TALLY, ("forgotten", 0, 0))])
    return journal


def said(journal: Journal) -> State:
    """What a journal says, as it stands now."""
    copy = State()
    for kind, value in journal.notes():
        copy.take_part(msgspec.msgpack.encode([(kind, value)]))
    return copy


def shortened() -> tuple[MemoryKeyStore, SoftwareMasterKey, Journal]:
    store, key = MemoryKeyStore(), master()
    journal = filled(store, key)
    assert journal.shorten(after=100)
    journal.commit(notes=[(TALLY, ("pan 1", 99, 10**12)), (EVENT, {"act": "after"})])
    return store, key, journal


class Watched(MemoryKeyStore):
    """Counts the entries that were read from it."""

    read = 0

    def journal(self, *, after: int | None) -> Sequence[Entry]:
        found = list(super().journal(after=after))
        self.read += len(found)
        return found


def test_a_start_reads_from_the_last_snapshot() -> None:
    store, key = Watched(), master()
    journal = filled(store, key)
    before = len(store.entries)
    assert journal.shorten(after=100)
    assert not journal.shorten(after=100), "nothing came since"
    parts = len(store.entries) - before
    assert parts < 10
    store.read = 0
    again = Journal(store, key)
    assert store.read == parts
    assert again.says_as(journal)
    assert (again.sequence, key.anchor()) == (journal.sequence, journal.sequence)
    again.commit(notes=[(USES, ("a" * 24, 8000))])
    assert Journal(store, key).uses == {"a" * 24: 8000}
    assert not again.shorten(after=2), "four times as many entries as it would take"


def test_every_crash_leaves_the_state_that_was_or_nothing_that_starts() -> None:
    """Cut anywhere, with a count that has seen nothing: the worst that a crash can leave."""
    store, key, journal = shortened()
    states = {}
    replayed = MemoryKeyStore()
    for entry in store.entries:  # what a journal without snapshots says after each entry
        inert = {SNAPSHOT: "x", STATE: "y"}.get(entry.kind, entry.kind)
        mac = replayed.entries[-1].mac if replayed.entries else bytes(32)
        replayed.entries.append(
            replace(entry, kind=inert, mac=entry_mac(key, mac, entry.sequence, inert, entry.body))
        )
    for cut in range(len(store.entries) + 1):
        older = MemoryKeyStore()
        older.entries = replayed.entries[:cut]
        states[cut] = said(Journal(older, master())) if cut % 40 == 0 or cut > 380 else None
    begins = next(n for n, entry in enumerate(store.entries) if entry.kind == SNAPSHOT)
    parts = sum(entry.kind in (SNAPSHOT, STATE) for entry in store.entries)
    for cut, state in states.items():
        if state is None:
            continue
        left = MemoryKeyStore()
        left.entries = store.entries[:cut]
        if begins < cut < begins + parts:
            with pytest.raises(RolledBack):
                Journal(left, master())
        else:
            assert Journal(left, master()).says_as(state)
    assert states[len(store.entries)] is not None
    assert journal.says_as(states[len(store.entries)])  # type: ignore[arg-type]


def test_an_older_copy_is_noticed_with_its_snapshot() -> None:
    store, key, journal = shortened()
    older = MemoryKeyStore()
    older.entries = list(store.entries)
    for n in range(60):
        journal.commit(notes=[(TALLY, ("pan 1", 100 + n, 10**12))])
    assert journal.shorten(after=10)
    with pytest.raises(RolledBack):
        Journal(older, key)
    for cut in range(1, 66):
        older.entries = store.entries[:-cut]
        with pytest.raises(RolledBack):
            Journal(older, key)


class Lying(MemoryKeyStore):
    """A start is given whatever lies there."""

    def journal(self, *, after: int | None) -> Sequence[Entry]:
        return list(super().journal(after=after or 0))


def test_what_is_before_the_snapshot_may_not_become_another_start() -> None:
    store, key, journal = shortened()
    begins = next(n for n, entry in enumerate(store.entries) if entry.kind == SNAPSHOT)
    gone = Lying()
    gone.entries = store.entries[begins:]
    assert Journal(gone, key).says_as(journal), "what is older adds nothing"
    for first in (1, begins - 1, begins + 1, begins + 2, len(store.entries) - 1):
        gone.entries = store.entries[first:]
        with pytest.raises(RolledBack):
            Journal(gone, key)
    gone.entries = store.entries
    assert Journal(gone, key).says_as(journal), "from the beginning it comes to the same"


@given(st.data())
def test_no_changed_octet_of_a_snapshot_is_believed(data: st.DataObject) -> None:
    store, key, _ = shortened()
    places = [n for n, entry in enumerate(store.entries) if entry.kind in (SNAPSHOT, STATE)]
    place = data.draw(st.sampled_from(places))
    entry = store.entries[place]
    what = data.draw(st.sampled_from(["body", "mac", "kind", "sequence"]))
    if what in ("body", "mac"):
        octets = bytearray(getattr(entry, what))
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at] ^= data.draw(st.integers(1, 255))
        store.entries[place] = replace(entry, **{what: bytes(octets)})
    elif what == "kind":
        store.entries[place] = replace(entry, kind=data.draw(st.sampled_from(["event", "tally"])))
    else:
        store.entries[place] = replace(entry, sequence=entry.sequence + 1)
    with pytest.raises(RolledBack):
        Journal(store, key)


def test_a_body_that_reads_as_an_entry_is_none() -> None:
    """Whoever chooses an event's text must not choose an entry: MACs are as long as MACs are."""
    store, key = MemoryKeyStore(), master()
    journal = Journal(store, key)
    journal.commit(notes=[(EVENT, {"act": "first"})])
    sequence, mac = 2, store.entries[-1].mac
    inner = (5).to_bytes(8, "big") + bytes([len(SNAPSHOT)]) + SNAPSHOT.encode()
    journal.commit(notes=[(EVENT, {"act": inner + b"rest"})])
    whole = store.entries[-1]
    prefix, found, suffix = whole.body.partition(inner)
    assert found
    before = mac + sequence.to_bytes(8, "big") + bytes([len(EVENT)]) + EVENT.encode() + prefix
    assert entry_mac(key, before, 5, SNAPSHOT, suffix) == whole.mac, "the places would not hold"
    forged = MemoryKeyStore()
    body = msgspec.msgpack.encode((before, 0))
    forged.entries = [Entry(5, SNAPSHOT, body, entry_mac(key, before, 5, SNAPSHOT, body))]
    with pytest.raises(RolledBack):
        Journal(forged, master())


def test_older_events_are_proven_when_they_are_asked_for() -> None:
    store, key, _ = shortened()
    journal = Journal(store, key)
    assert len(journal.events(after=0, limit=1000)) == 201
    assert journal.events(after=398, limit=1) == [(400, store.entries[399].body)]
    for place in (0, 5, 399):
        edited = MemoryKeyStore()
        edited.entries = list(store.entries)
        body = msgspec.msgpack.encode({"act": "harmless"})
        edited.entries[place] = replace(edited.entries[place], body=body)
        again = Journal(edited, key)
        with pytest.raises(RolledBack):
            again.events(after=0, limit=1)
        if place:
            with pytest.raises(RolledBack):
                again.events(after=place, limit=1)
        edited.entries[place] = replace(store.entries[place], mac=store.entries[place].mac + b"x")
        with pytest.raises(RolledBack):
            Journal(edited, key).events(after=place + 1, limit=1)
    newest = Journal(store, key)
    del store.entries[:100]
    assert newest.events(after=len(store.entries) + 98, limit=5)


def test_a_move_takes_no_snapshot_of_the_old_master_key_along() -> None:
    store, key, journal = shortened()
    new = SoftwareMasterKey(Secret(bytes([1]) * 32), count=None)
    target = MemoryKeyStore()
    move_master_key(key, new, store, target, at_ms=5)
    moved = Journal(target, new)
    assert (moved.tallies, moved.uses) == (journal.tallies, journal.uses)
    assert moved.shorten(after=1)
    assert Journal(target, new).says_as(moved)
    edited = MemoryKeyStore()
    edited.entries = [replace(store.entries[0], body=b"\x01"), *store.entries[1:]]
    with pytest.raises(RolledBack):
        move_master_key(key, new, edited, MemoryKeyStore(), at_ms=5)


class Failing(SqliteKeyStore):
    """Breaks in the middle of the transaction that writes a snapshot."""

    def commit(self, keys: Sequence[StoredKey], entries: Sequence[Entry]) -> None:
        if len(entries) > 2:
            entries = [*entries[:3], entries[2], *entries[3:]]  # the same sequence twice
        super().commit(keys, entries)


def test_in_a_database_it_is_all_there_or_nothing(tmp_path: Path) -> None:
    key, broken = master(), Failing(tmp_path)
    journal = filled(broken, key)  # type: ignore[arg-type]
    count = journal.sequence
    with pytest.raises(sqlite3.IntegrityError):
        journal.shorten(after=100)
    broken.close()
    shutil.copytree(tmp_path, tmp_path / "older")
    store = SqliteKeyStore(tmp_path)
    again = Journal(store, key)
    assert (again.sequence, again.says_as(journal)) == (count, True)
    assert again.shorten(after=100)
    assert sum(1 for _ in store.journal(after=None)) < 10
    assert sum(1 for _ in store.journal(after=0)) == again.sequence
    assert Journal(store, key).says_as(journal)
    store.close()
    older = SqliteKeyStore(tmp_path / "older")
    with pytest.raises(RolledBack):
        Journal(older, key)
    older.close()


@pytest.mark.parametrize("after", [0, 10, 399, 403])
@pytest.mark.parametrize("change", ["altered", "made", "cut", "missing"])
def test_events_are_proven_as_they_are_read(after: int, change: str) -> None:
    """Who may write the store may do so while the module runs."""
    store, key = MemoryKeyStore(), master()
    journal = filled(store, key)
    journal.commit(notes=[(EVENT, {"act": "last"})])
    whole = journal.events(after=after, limit=500)
    assert whole[-1] == (journal.sequence, msgspec.msgpack.encode({"act": "last"}))
    last = store.entries.pop()
    if change == "altered":
        store.entries.append(replace(last, body=msgspec.msgpack.encode({"act": "lost"})))
    elif change == "made":
        store.entries += [last, replace(last, sequence=last.sequence + 1)]
    elif change == "missing":
        store.entries[-1] = replace(last, sequence=last.sequence - 1)
    with pytest.raises(RolledBack):
        journal.events(after=after, limit=500)
