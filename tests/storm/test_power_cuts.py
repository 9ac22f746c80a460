"""The power goes at any moment: what the books said to be durable is there, whole, and adds up.

The statements are those of the books, the disk is simulated (tests/storm/disk.py), and what is left
is opened and audited with the SQLite that the product runs on.
"""

from __future__ import annotations

import random
import sqlite3

import pytest

from tests.storm.bounds import CUTS
from tests.storm.cuts import Life, Work, cuts, folder, survivors
from tests.storm.disk import Disk, Note, Replay, SyncFailed, lay_out

CUTS_PER_LIFE = 30


@pytest.mark.slow
def test_acknowledged_batches_survive_power_cuts(seed: int) -> None:
    """Fresh books are cut, and books that come back from a cut are cut again, also while they do."""
    chance, made = random.Random(seed), 0
    while made < CUTS:
        life = Life(Work(chance))
        for _ in range(3):
            life.live(commits=chance.randint(3, 12))
            left = []
            for files, said in cuts(life, chance, count=CUTS_PER_LIFE):
                left.append((files, survivors(files, life, said=said)))
                made += 1
            life = life.heir(*chance.choice(left))
    print(f"{made} power cuts, nothing acknowledged was lost")


def test_without_full_synchronisation_acknowledged_batches_are_lost(seed: int) -> None:
    """What the test above would say of `synchronous=NORMAL`: whole, and yet not all there."""
    chance, lost = random.Random(seed), 0
    life = Life(Work(chance))
    life.live(commits=15, pragmas=("synchronous=NORMAL",))
    for files, said in cuts(life, chance, count=40):
        lost += survivors(files, life, said=0) < said
    assert lost > 0


def test_without_any_synchronisation_books_are_ruined(seed: int) -> None:
    """And of `synchronous=OFF`: not even whole."""
    chance = random.Random(seed)
    life = Life(Work(chance))
    life.live(commits=15, pragmas=("synchronous=OFF",))
    ruined = [not is_whole(files) for files, _ in cuts(life, chance, count=60)]
    assert any(ruined)


def is_whole(files: dict[str, bytes]) -> bool:
    with folder() as home:
        lay_out(files, home)
        connection = sqlite3.connect(home / "books.sqlite", timeout=0)
        try:
            return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        except sqlite3.DatabaseError:
            return False
        finally:
            connection.close()


# ---- the disk itself ----------------------------------------------------------------------------


def test_what_was_synced_is_kept_and_the_rest_is_up_to_chance() -> None:
    replay = Replay()
    for note in (
        Note("create", 1, name="a"),
        Note("folder"),
        Note("write", 1, 0, b"1" * 2048),
        Note("sync", 1),
        Note("write", 1, 100, b"2" * 1000),
    ):
        replay.take(note)
    seen = {replay.cut(random.Random(number))["a"] for number in range(300)}
    assert len(seen) > 8
    for octets in seen:
        assert (len(octets), set(octets[:100]), set(octets[1100:])) == (2048, {49}, {49})
    assert {(octets[100], octets[512], octets[1024]) for octets in seen} >= {
        (49, 49, 49), (50, 49, 49), (49, 50, 49), (49, 49, 50), (50, 50, 50),
    }  # fmt: skip


def test_names_are_up_to_chance_until_their_folder_is_synced() -> None:
    replay = Replay()
    for note in (Note("create", 1, name="a"), Note("write", 1, 0, b"1"), Note("sync", 1)):
        replay.take(note)
    assert names(replay) == {frozenset(), frozenset({"a"})}
    replay.take(Note("folder"))
    assert names(replay) == {frozenset({"a"})}
    replay.take(Note("delete", 1, name="a"))
    assert names(replay) == {frozenset(), frozenset({"a"})}
    replay.take(Note("folder"))
    assert names(replay) == {frozenset()}


def names(replay: Replay) -> set[frozenset[str]]:
    return {frozenset(replay.cut(random.Random(number))) for number in range(50)}


def test_what_a_failing_sync_was_to_write_never_reaches_the_disk() -> None:
    disk = Disk(failing={"sync": SyncFailed})
    disk.create("a")
    disk.note(Note("folder"))
    disk.note(Note("write", 1, 0, b"1"))
    with pytest.raises(SyncFailed, match="on purpose"):
        disk.note(Note("sync", 1))
    replay = Replay()
    for note in [*disk.notes, Note("sync", 1)]:
        replay.take(note)
    assert replay.cut(random.Random(0)) == {"a": b""}
