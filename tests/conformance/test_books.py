"""Every set of books passes one suite; what only SQLite promises stands below it."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import Mark
from tallystick.testing import (
    NOTES,
    BooksConformance,
    Notary,
    OpenBooks,
    marks_only,
    move,
    opening,
    settle,
)
from tallystick.testing.settlements import AT_MS


class TestSqliteBooks(BooksConformance):
    def open_books(self, home: Path, notary: Notary) -> OpenBooks:
        books = SqliteBooks(home, sign_checkpoint=notary.sign)
        return OpenBooks(books=books, evidence=books.evidence, close=books.close)


@pytest.fixture
def notary() -> Notary:
    return Notary()


@pytest.fixture
def books(tmp_path: Path, notary: Notary) -> Iterator[SqliteBooks]:
    opened = SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    yield opened
    opened.close()


@pytest.fixture
def connection(tmp_path: Path, books: SqliteBooks) -> Iterator[sqlite3.Connection]:
    """Somebody else with the file."""
    other = sqlite3.connect(tmp_path / "books.sqlite", isolation_level=None)
    yield other
    other.close()


APPENDED = [
    "UPDATE transfer SET amount_minor = 1",
    "DELETE FROM transfer",
    "UPDATE outcome SET code = 'ok'",
    "DELETE FROM outcome",
    "UPDATE evidence SET leaf = x''",
    "UPDATE evidence SET position = position + 1",
    "DELETE FROM evidence",
]


@pytest.mark.parametrize("statement", APPENDED)
def test_what_was_written_stays_as_it_is(
    books: SqliteBooks, connection: sqlite3.Connection, statement: str
) -> None:
    books.commit(opening("alice"))
    funds = move("funds-0000-00001", "trust.float", "emoney.unissued", 10, purpose="funds.confirm")
    books.commit([settle("funds-0000-00001", transfer=funds)])
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|first answer"):
        connection.execute(statement)


def test_a_sound_set_of_books_has_no_findings(books: SqliteBooks, tmp_path: Path) -> None:
    books.commit(opening("alice"))
    funds = move("funds-0000-00001", "trust.float", "emoney.unissued", 10, purpose="funds.confirm")
    books.commit([settle("funds-0000-00001", transfer=funds)])
    reader = open_reader(tmp_path)
    assert list(audit_books(SqliteReader(reader), SqliteReader(reader).evidence)) == []
    reader.close()


def test_a_home_has_one_process_at_a_time(
    books: SqliteBooks, tmp_path: Path, notary: Notary
) -> None:
    with pytest.raises(Misconfigured, match="another process"):
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    books.commit([settle("still-0000-00001")])


def test_a_home_is_free_again_when_the_lock_is_let_go(tmp_path: Path, notary: Notary) -> None:
    lock = os.open(tmp_path / "books.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(Misconfigured, match="another process"):
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    os.close(lock)
    SqliteBooks(tmp_path, sign_checkpoint=notary.sign).close()


def test_a_writer_that_was_overtaken_can_commit_no_more(
    books: SqliteBooks, tmp_path: Path, notary: Notary
) -> None:
    books.commit([settle("before-0000-0001")])
    (tmp_path / "books.lock").unlink()  # somebody thought that the lock was left behind
    second = SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    with pytest.raises(Defect, match="taken over"):
        books.commit([settle("late-0000-000001")])
    (proof,) = second.commit([settle("new-0000-0000001")])
    assert proof is not None
    assert proof.index == 1
    with pytest.raises(Defect, match="taken over"):
        books.retire_tallies(before_ms=2**52)
    second.close()


def test_commits_are_durable_and_the_file_is_its_owners(books: SqliteBooks, tmp_path: Path) -> None:
    assert books._writer.execute("PRAGMA synchronous").fetchone() == (2,), "2 is FULL"
    assert books._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert books._writer.execute("PRAGMA foreign_keys").fetchone() == (1,)
    modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_a_reader_cannot_write(books: SqliteBooks, tmp_path: Path) -> None:
    reader = open_reader(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM register")
    reader.close()


def test_a_commit_that_is_durable_but_not_acknowledged_harms_no_later_one(
    books: SqliteBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.commit([settle("first-0000-00001")])
    real = books._writer

    class Interrupted:
        """The connection of a process that is interrupted right behind its COMMIT."""

        @property
        def in_transaction(self) -> bool:
            return real.in_transaction

        def execute(self, statement: str, *rest: object) -> sqlite3.Cursor:
            cursor = real.execute(statement, *rest)
            if statement == "COMMIT":
                raise OSError("interrupted")
            return cursor

        def executemany(self, *rest: object) -> sqlite3.Cursor:
            return real.executemany(*rest)  # type: ignore[arg-type]

    monkeypatch.setattr(books, "_writer", Interrupted())
    with pytest.raises(OSError, match="interrupted"):
        books.commit([settle("second-0000-0001")])
    monkeypatch.setattr(books, "_writer", real)
    (proof,) = books.commit([settle("third-0000-00001")])
    assert proof is not None
    assert proof.index == 2, "the leaf that nobody was told of has its place"


def test_a_home_whose_making_was_interrupted_is_made_anew(tmp_path: Path, notary: Notary) -> None:
    (tmp_path / "books.sqlite").touch(mode=0o600)
    books = SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    books.commit([settle("first-0000-00001")])
    books.close()


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path, notary: Notary) -> None:
    other = sqlite3.connect(tmp_path / "books.sqlite")
    other.execute("CREATE TABLE recipe (name)")
    other.close()
    before = (tmp_path / "books.sqlite").read_bytes()
    with pytest.raises(Misconfigured):
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    assert (tmp_path / "books.sqlite").read_bytes() == before
    with pytest.raises(Misconfigured, match="no such table"):  # and the home is free again
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)


def test_a_file_that_is_no_database_is_misconfigured(tmp_path: Path, notary: Notary) -> None:
    (tmp_path / "books.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(Misconfigured):
        SqliteBooks(tmp_path, sign_checkpoint=notary.sign)
    with pytest.raises(Misconfigured, match="no books"):
        open_reader(tmp_path / "nowhere")


def test_tallies_are_let_go_and_leaves_stay(books: SqliteBooks) -> None:
    books.commit([settle("old-0000-0000001", at_ms=1000), settle("new-0000-0000001", at_ms=3000)])
    assert books.retire_tallies(before_ms=2000) == 1
    assert books.retire_tallies(before_ms=2000) == 0
    old, new = books.evidence.leaves(0, 2)
    assert not old.tally
    assert new.tally
    assert old.leaf


def test_marks_alone_do_not_grow_the_log(books: SqliteBooks) -> None:
    books.commit([marks_only(Mark(NOTES, "one", "a"))])
    assert books.evidence.size() == 0
    assert books.evidence.checkpoints() == []


def test_what_an_account_did_since_an_instant_costs_what_it_did_since(books: SqliteBooks) -> None:
    """Steps of SQLite's machine are counted: no clock is asked."""
    books.commit(opening("alice", "bob"))
    funds = move("funds-0000-00001", "trust.float", "alice", 1000, purpose="funds.confirm")
    books.commit([settle("funds-0000-00001", transfer=funds)])
    for number in range(60):
        name = f"payment-0000-{number:04}"
        paid = move(name, "alice", "bob", 1)
        # Now and then the clock went back: what is older stands behind what is newer.
        at_ms = AT_MS + number * 1000 - (5000 if number % 7 == 0 else 0)
        books.commit([settle(name, transfer=paid, at_ms=at_ms)])

    def asked(since_ms: int) -> tuple[list[int], int]:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        books._reader.set_progress_handler(count, 10)
        try:
            rows = books.transfers(account=AccountId("bob"), since_ms=since_ms)
            found = [row.at_ms for row in rows]
        finally:
            books._reader.set_progress_handler(None, 0)
        return found, steps

    every, dear = asked(1)
    assert len(every) == 60
    for since_ms in sorted(set(every)):
        assert asked(since_ms)[0] == [at_ms for at_ms in every if at_ms >= since_ms]
    _, cheap = asked(AT_MS + 58_000)
    assert cheap * 4 < dear
