"""The key database: sealed records and the module's journal in one SQLite file.

Nothing in it is secret or believed: records are sealed under the module's master key, and every
entry of the journal carries a MAC that continues the one before.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tallystick.backends.sqlite.small_files import open_small, take_alone
from tallystick.crypto.keys import Entry, KeyId, StoredKey

KEYS_FILE, KEYS_LOCK = "keys.sqlite", "keys.lock"
_VERSION = 1
_INDEX = "CREATE INDEX IF NOT EXISTS snapshots ON journal (sequence) WHERE kind = 'snapshot'"
_MAKE = f"""BEGIN;
CREATE TABLE key (id TEXT PRIMARY KEY, header BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY, kind TEXT NOT NULL, body BLOB NOT NULL, mac BLOB NOT NULL
);
PRAGMA user_version = {_VERSION};
COMMIT;"""


class SqliteKeyStore:
    """Implements KeyStore over `keys.sqlite` in a directory, which it holds alone.

    Takes:   locked, when the caller holds `lock_keys` of the directory.
    Refuses: Misconfigured for a file of another kind or version, and while another process has it.
    """

    def __init__(self, directory: Path, *, locked: bool = False) -> None:
        self._lock = os.open(os.devnull, os.O_RDONLY) if locked else _take(directory)
        try:
            self._connection = open_small(
                directory / KEYS_FILE, make=_MAKE, version=_VERSION, what="a key database"
            )
            self._connection.execute(_INDEX)
        except BaseException:
            os.close(self._lock)
            raise
        self._closed = False

    def get(self, key: KeyId) -> StoredKey | None:
        row = self._connection.execute(
            "SELECT id, header, sealed FROM key WHERE id = ?", (key,)
        ).fetchone()
        return None if row is None else StoredKey(*row)

    def keys(self, *, after: str, limit: int) -> Sequence[StoredKey]:
        rows = self._connection.execute(
            "SELECT id, header, sealed FROM key WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        )
        return [StoredKey(*row) for row in rows]

    def journal(self, *, after: int | None) -> Iterable[Entry]:
        if after is None:
            (last,) = self._connection.execute(
                "SELECT MAX(sequence) FROM journal WHERE kind = 'snapshot'"
            ).fetchone()
            after = (last or 1) - 1
        rows = self._connection.execute(
            "SELECT sequence, kind, body, mac FROM journal WHERE sequence > ? ORDER BY sequence",
            (after,),
        )
        return (Entry(*row) for row in rows)

    def commit(self, keys: Sequence[StoredKey], entries: Sequence[Entry]) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR REPLACE INTO key VALUES (?, ?, ?)",
                [(key.id, key.header, key.sealed) for key in keys],
            )
            self._connection.executemany(
                "INSERT INTO journal VALUES (?, ?, ?, ?)",
                [(entry.sequence, entry.kind, entry.body, entry.mac) for entry in entries],
            )

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.close()
            os.close(self._lock)


@contextmanager
def lock_keys(directory: Path) -> Iterator[None]:
    """Hold the key database of a directory alone. Refuses: Misconfigured while somebody has it."""
    lock = _take(directory)
    try:
        yield
    finally:
        os.close(lock)


def _take(directory: Path) -> int:
    return take_alone(directory / KEYS_LOCK, what="these keys")
