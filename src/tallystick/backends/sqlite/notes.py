"""Notes about keys: aliases, tags, policies of the edge, in one SQLite file beside the keys'.

Nothing in it is secret or believed: what a note leads to is checked where the keys are.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from tallystick.ground.errors import Misconfigured

NOTES_FILE = "notes.sqlite"
_VERSION = 1
_MAKE = f"""BEGIN;
CREATE TABLE note (
    kind TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
COMMIT;"""


class SqliteNotes:
    """Implements NoteStore over `notes.sqlite` in a directory.

    Refuses: Misconfigured for a file of another kind or version.
    """

    def __init__(self, directory: Path) -> None:
        self._connection = _open(directory / NOTES_FILE)

    def read(self) -> Iterable[tuple[str, str, str]]:
        return self._connection.execute("SELECT kind, name, text FROM note").fetchall()

    def write(self, kind: str, name: str, text: str | None) -> None:
        if text is None:
            self._connection.execute("DELETE FROM note WHERE kind = ? AND name = ?", (kind, name))
        else:
            row = (kind, name, text)
            self._connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", row)

    def close(self) -> None:
        self._connection.close()


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        if version == 0 and tables == 0:
            os.chmod(path, 0o600)
            connection.executescript(_MAKE)
        elif version != _VERSION:
            raise Misconfigured(
                f"a file of notes of version {version}", where=str(path), allowed=str(_VERSION)
            )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Misconfigured(f"cannot be read: {error}", where=str(path)) from None
    except BaseException:
        connection.close()
        raise
    return connection
