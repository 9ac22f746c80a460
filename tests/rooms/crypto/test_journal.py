"""The journal: whatever is done to the database, the module notices or is not harmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.crypto.keys import Journal, RolledBack, SoftwareMasterKey
from tallystick.crypto.keys.journal import EVENT, SETTING, TALLY, USES
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore


def written() -> tuple[MemoryKeyStore, SoftwareMasterKey]:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(bytes(32)), count=None)
    journal = Journal(store, master)
    journal.commit(notes=[(USES, ("a" * 24, 7)), (EVENT, {"act": "x"})])
    journal.commit(notes=[(TALLY, ("pan", 2, 99)), (SETTING, ("tables", b"1"))])
    return store, master


def test_it_adds_up() -> None:
    store, master = written()
    journal = Journal(store, master)
    assert journal.sequence == master.anchor() == 4
    assert journal.uses == {"a" * 24: 7}
    assert journal.tallies == {"pan": (2, 99)}
    assert journal.settings == {"tables": b"1"}
    assert [sequence for sequence, _ in journal.events(after=0, limit=9)] == [2]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_shorter_journal_is_noticed(count: int) -> None:
    store, master = written()
    del store.entries[count:]
    with pytest.raises(RolledBack):
        Journal(store, master)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("change", ["body", "kind", "mac", "gone", "twice", "moved"])
def test_an_altered_journal_is_noticed(place: int, change: str) -> None:
    store, master = written()
    entry = store.entries[place]
    if change == "body":
        store.entries[place] = replace(entry, body=entry.body + b"\x00")
    elif change == "kind":
        store.entries[place] = replace(entry, kind="event" if entry.kind != "event" else "uses")
    elif change == "mac":
        store.entries[place] = replace(entry, mac=bytes(32))
    elif change == "gone":
        del store.entries[place]
    elif change == "twice":
        store.entries.insert(place, entry)
    else:
        store.entries.insert(0, store.entries.pop(place)) if place else store.entries.reverse()
    with pytest.raises(RolledBack):
        Journal(store, master)


def test_another_module_s_journal_is_none_of_ours() -> None:
    store, _ = written()
    with pytest.raises(RolledBack):
        Journal(store, SoftwareMasterKey(Secret(b"1" * 32), count=None))


def test_a_crash_between_commit_and_count_is_no_rollback() -> None:
    store, _ = written()
    behind = SoftwareMasterKey(Secret(bytes(32)), count=None)
    behind.anchor(2)
    assert Journal(store, behind).sequence == behind.anchor() == 4
