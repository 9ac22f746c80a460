"""The evidence log on SQLite: leaves, tallies, complete nodes of the tree, signed checkpoints."""

from __future__ import annotations

import sqlite3

from tallystick.prove.evidence import Entry


class SqliteEvidence:
    """Reads the evidence log; see `prove.evidence.EvidenceStore`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def size(self) -> int:
        (size,) = self._connection.execute(
            "SELECT COALESCE(MAX(position), -1) + 1 FROM evidence"
        ).fetchone()
        return int(size)

    def leaves(self, start: int, count: int) -> list[Entry]:
        rows = self._connection.execute(
            "SELECT position, CAST(leaf AS BLOB), CAST(tally AS BLOB) FROM evidence"
            " WHERE position >= ? ORDER BY position LIMIT ?",
            (start, count),
        )
        return [Entry(index=index, leaf=leaf, tally=tally) for index, leaf, tally in rows]

    def node(self, level: int, index: int) -> bytes:
        row = self._connection.execute(
            "SELECT CAST(hash AS BLOB) FROM node WHERE level = ? AND position = ?", (level, index)
        ).fetchone()
        if row is None:
            raise KeyError((level, index))
        node: bytes = row[0]
        return node

    def checkpoint(self) -> str | None:
        row = self._connection.execute(
            "SELECT CAST(note AS TEXT) FROM checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return row[0] if row else None

    def checkpoints(self) -> list[str]:
        rows = self._connection.execute("SELECT CAST(note AS TEXT) FROM checkpoint ORDER BY size")
        return [note for (note,) in rows]

    def newest(self) -> tuple[int, str]:
        """Size and note of the newest checkpoint of a log that is not empty."""
        row = self._connection.execute(
            "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return int(row[0]), str(row[1])
