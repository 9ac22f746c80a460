"""Reading a set of books from end to end, for an audit: nothing is written, nothing believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.backends.sqlite.schema import TABLES

_ROWS = {
    "account": "SELECT id, owner, currency, floor, cap, debits, credits, debits_held, credits_held"
    " FROM account ORDER BY id",
    "transfer": "SELECT leaf, seq, id, at_ms, kind, debit, credit, currency, amount_minor, purpose,"
    " device, pending FROM transfer ORDER BY leaf, seq",
    "outcome": "SELECT leaf, device, request, ordered, code, CAST(data AS BLOB) FROM outcome"
    " ORDER BY leaf",
    "instruction": "SELECT leaf, digest, device, CAST(signed AS BLOB), signature FROM instruction"
    " ORDER BY leaf",
    "register": "SELECT CAST(name AS TEXT), CAST(key AS TEXT), CAST(value AS BLOB) FROM register"
    " ORDER BY name, key",
}


class SqliteReader:
    """Implements BooksReader on a connection that reads; `evidence` is the log beside it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        connection.text_factory = _text
        self._connection = connection
        self.evidence = SqliteEvidence(connection)

    def structure(self) -> Iterator[tuple[str, str]]:
        for (said,) in self._connection.execute("PRAGMA integrity_check(10)"):
            if said != "ok":
                yield "database", said
        if _schema(self._connection) != _our_schema():
            yield "database", "tables or guards are not the ones that we make"
        for table, row, parent, _ in self._connection.execute("PRAGMA foreign_key_check"):
            yield f"{table} row {row}", f"refers to nothing in {parent}"

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(_ROWS[table])


def _text(octets: bytes) -> str:
    """Text that somebody edited need not be text."""
    return octets.decode(errors="replace")


def _schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"
    )
    return found.fetchall()


def _our_schema() -> list[tuple[str, ...]]:
    fresh = sqlite3.connect(":memory:")
    try:
        fresh.executescript(TABLES)
        return _schema(fresh)
    finally:
        fresh.close()
