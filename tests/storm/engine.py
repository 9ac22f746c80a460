"""SqliteBooks, statement for statement, on the SQLite of apsw and on a disk of ours.

Nothing of the books is written again: their one function that connects is given another answer. The
stand-in has the few methods of `sqlite3.Connection` that the books use. Writer and reader share one
connection here, because SQLite keeps its index of the write-ahead log in shared memory, which a disk
of ours cannot give; exclusive locking does without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import apsw

from tallystick.backends.sqlite import SignCheckpoint, SqliteBooks
from tallystick.backends.sqlite import connection as connections
from tests.storm.disk import Disk, DiskVfs


class Rows:
    """All rows of one statement, already read."""

    def __init__(self, rows: list[tuple[Any, ...]], rowcount: int) -> None:
        self._rows, self.rowcount = iter(rows), rowcount

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(self._rows, None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        return list(self._rows)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self._rows


class Connection:
    """What the books use of `sqlite3.Connection`."""

    def __init__(self, database: apsw.Connection, *, reads: bool) -> None:
        self._database, self._reads = database, reads

    @property
    def in_transaction(self) -> bool:
        return bool(self._database.in_transaction)

    def execute(self, statement: str, values: Any = ()) -> Rows:
        if self._reads and "query_only" in statement:
            return Rows([], 0)  # it would hold for the writer too
        with _as_sqlite3():
            rows = list(self._database.execute(statement, values))
        return Rows(rows, self._database.changes())

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Rows:
        before = self._database.total_changes()
        with _as_sqlite3():
            found = list(self._database.executemany(statement, rows))
        return Rows(found, self._database.total_changes() - before)

    def executescript(self, script: str) -> None:
        with _as_sqlite3():
            self._database.execute(script).fetchall()

    def close(self) -> None:
        if not self._reads:
            self._database.close()


@contextmanager
def _as_sqlite3() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.OperationalError(str(error)) from error


@contextmanager
def connecting_to(disk: Disk) -> Iterator[None]:
    """Inside, whoever opens books opens them on this disk."""
    vfs = DiskVfs(disk)
    disk.served_by.append(vfs)  # SQLite knows it for as long as it lives
    opened: dict[str, apsw.Connection] = {}

    def connect(path: Path) -> Connection:
        reads = str(path) in opened
        if not reads:
            path.touch()  # the books look whether their file is there, and set its mode
            database = apsw.Connection(str(path), vfs=vfs.name)
            database.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
            opened[str(path)] = database
        return Connection(opened[str(path)], reads=reads)

    with mock.patch.object(connections, "_connect", connect):
        yield


def open_on(disk: Disk, home: Path, sign: SignCheckpoint, *pragmas: str) -> SqliteBooks:
    """Books of a home whose file lies on a disk of ours. Checkpoints come often, to be cut too."""
    with connecting_to(disk):
        books = SqliteBooks(home, sign_checkpoint=sign)
    for pragma in ("wal_autocheckpoint=30", *pragmas):
        books._writer.execute(f"PRAGMA {pragma}")
    return books
