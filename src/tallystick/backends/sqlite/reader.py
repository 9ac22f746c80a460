"""Reading a set of books from end to end, for an audit: nothing is written, nothing believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.backends.sqlite.schema import KINDS, TABLES

_ROWS = {
    "account": "SELECT a.id, owner, code, floor, cap, debits, credits, debits_held, credits_held"
    " FROM account a LEFT JOIN balance b ON b.no = a.no LEFT JOIN currency c ON c.no = a.no >> 40"
    " ORDER BY a.id",
    "transfer": "SELECT leaf, t.seq, t.id, at_ms, kind, d.id, c.id, code, t.amount_minor, p.text,"
    " v.text, (SELECT h.id FROM transfer h WHERE h.seq = t.pending), reserved_minor,"
    " NULLIF((SELECT h.expires_ms FROM hold h WHERE h.seq = t.seq), 9007199254740991)"
    " FROM transfer t LEFT JOIN account d ON d.no = t.debit LEFT JOIN account c ON c.no = t.credit"
    " LEFT JOIN currency y ON y.no = t.debit >> 40 LEFT JOIN name p ON p.no = t.purpose"
    " LEFT JOIN name v ON v.no = t.device ORDER BY leaf, t.seq",
    "outcome": "SELECT leaf, n.text, request, ordered, o.code, CAST(data AS BLOB) FROM outcome o"
    " LEFT JOIN name n ON n.no = o.device ORDER BY leaf",
    "instruction": "SELECT leaf, digest, device, CAST(signed AS BLOB), signature FROM instruction"
    " ORDER BY leaf",
    "register": "SELECT CAST(name AS TEXT), CAST(key AS TEXT), CAST(value AS BLOB) FROM register"
    " ORDER BY name, key",
}

_CHAIN = """
WITH side (seq, account, prev, after, moved) AS (
    SELECT seq, debit, debit_prev, debit_after, CASE WHEN kind IN (0, 2) THEN -amount_minor
        ELSE 0 END FROM transfer
    UNION ALL
    SELECT seq, credit, credit_prev, credit_after, CASE WHEN kind IN (0, 2) THEN amount_minor
        ELSE 0 END FROM transfer
),
folded AS (
    SELECT seq, prev, after, LAG(after, 1, 0) OVER line + moved AS value,
        LAG(seq, 1, 0) OVER line AS before
    FROM side WINDOW line AS (PARTITION BY account ORDER BY seq)
)
SELECT DISTINCT seq, 'does not follow its account''s transfers' FROM folded
WHERE prev <> before OR after <> value
"""
"""Each transfer names the one before it of both accounts, and what they hold after it."""
_HOLDS = """
SELECT seq, 'is a hold in one table and none in another' FROM transfer WHERE kind = 1
AND seq NOT IN (SELECT seq FROM hold)
UNION ALL
SELECT h.seq, 'its hold reserves something else' FROM hold h LEFT JOIN transfer t USING (seq)
WHERE (t.kind, t.debit, t.credit, t.amount_minor)
    IS NOT (1, h.debit, h.credit, h.amount_minor)
"""


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
        for seq, what in self._connection.execute(_HOLDS):
            yield f"transfer {seq}", what
        for seq, what in self._connection.execute(_CHAIN):
            yield f"transfer {seq}", what
        yield from self._newest()

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        found = self._connection.execute(_ROWS[table])
        return _named_kinds(found) if table == "transfer" else found

    def _newest(self) -> Iterator[tuple[str, str]]:
        newest: dict[object, int] = {}
        for debit, credit, seq in self._connection.execute(
            "SELECT debit, credit, seq FROM transfer ORDER BY seq"
        ):
            newest[debit] = newest[credit] = seq
        for number, name, said in self._connection.execute(
            "SELECT no, id, last_seq FROM account JOIN balance USING (no)"
        ):
            if said != newest.get(number, 0):
                yield f"account {name}", "its newest transfer is another"


def _named_kinds(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        kind = row[4]
        known = isinstance(kind, int) and 0 <= kind < len(KINDS)
        yield (*row[:4], KINDS[kind] if known else kind, *row[5:])


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
