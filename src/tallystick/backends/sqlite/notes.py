"""Notes about keys: aliases, tags, policies of the edge, in one SQLite file beside the keys'.

Nothing in it is secret or believed: what a note leads to is checked where the keys are.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tallystick.backends.sqlite.small_files import open_small

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
        self._connection = open_small(
            directory / NOTES_FILE,
            make=_MAKE,
            version=_VERSION,
            what="a file of notes",
            threads=True,
        )

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
