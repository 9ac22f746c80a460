"""Books of an older schema become books of this one: a new file beside the old, then one rename.

The old file is never written to. It stays in the home as `books.sqlite.version-N`, and whoever does
not need it any more deletes it. A migration that a power cut interrupted is begun anew.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tallystick.backends.sqlite.schema import SCHEMA_VERSION, TABLES
from tallystick.ground.errors import Misconfigured

OLDER = (1, 2)
"""Versions that can be read. 2 has a table of instructions beside what 1 has."""
DRAFT = ".draft"


def migrate(file: Path, version: int) -> None:
    """Rewrite the books in this file, of this older version. The home must be locked.

    Refuses: Misconfigured when the old books do not add up: then nothing is changed.
    """
    _settle_log(file)
    draft = file.with_name(file.name + DRAFT)
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600))
    fresh = sqlite3.connect(draft, isolation_level=None)
    try:
        fresh.execute("PRAGMA synchronous=FULL")
        fresh.execute("ATTACH ? AS old", (str(file),))
        fresh.executescript(f"BEGIN;{TABLES}")
        _fill(fresh, version)
        _demand_same(fresh, file)
        fresh.execute("INSERT OR REPLACE INTO meta VALUES ('schema', ?)", (SCHEMA_VERSION,))
        fresh.execute("COMMIT")
    finally:
        fresh.close()
    _exchange(file, draft, version)


def _settle_log(file: Path) -> None:
    """Let everything that was committed stand in the file itself, and no log beside it."""
    old = sqlite3.connect(file, isolation_level=None)
    try:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.execute("PRAGMA journal_mode=DELETE")
    finally:
        old.close()


def _fill(fresh: sqlite3.Connection, version: int) -> None:
    for statement in _STATEMENTS:
        fresh.execute(statement)
    if version >= 2:
        fresh.execute(
            "INSERT INTO instruction SELECT leaf, digest, device, signed, signature"
            " FROM old.instruction"
        )


def _demand_same(fresh: sqlite3.Connection, file: Path) -> None:
    """As many rows as before, the same sums, nothing that refers to nothing."""
    for what, before, after in _SAME:
        told, kept = (fresh.execute(query).fetchone() for query in (before, after))
        if told != kept:
            raise Misconfigured(
                f"{what}: {told} in the old books, {kept} in the new ones",
                where=str(file),
                allowed="books that fsck finds sound",
            )
    wrong = fresh.execute("PRAGMA main.foreign_key_check").fetchone()
    if wrong is not None:
        raise Misconfigured(f"a row of {wrong[0]} refers to nothing", where=str(file))


def _exchange(file: Path, draft: Path, version: int) -> None:
    """Keep the old file under its version, then put the new one in its place: one rename."""
    kept = file.with_name(f"{file.name}.version-{version}")
    kept.unlink(missing_ok=True)
    os.link(file, kept)
    draft.replace(file)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


_STATEMENTS = (
    "INSERT INTO meta SELECT key, value FROM old.meta",
    "INSERT INTO currency (code) SELECT DISTINCT currency FROM old.account ORDER BY currency",
    "INSERT INTO name (text) SELECT purpose FROM old.transfer UNION SELECT device FROM old.transfer"
    " UNION SELECT device FROM old.outcome",
    "INSERT INTO account SELECT (y.no << 40) + ROW_NUMBER() OVER (PARTITION BY y.no ORDER BY a.id),"
    " a.id, a.owner FROM old.account a JOIN currency y ON y.code = a.currency",
    "INSERT INTO balance SELECT n.no, a.floor, a.cap, a.debits, a.credits, a.debits_held,"
    " a.credits_held, COALESCE((SELECT MAX(seq) FROM old.transfer t WHERE a.id = t.debit), 0)"
    " FROM old.account a JOIN account n USING (id)",
    "UPDATE balance SET last_seq = MAX(last_seq, COALESCE((SELECT MAX(seq) FROM old.transfer t"
    " WHERE t.credit = (SELECT id FROM account n WHERE n.no = balance.no)), 0))",
    """
    INSERT INTO transfer
    WITH side (seq, account, moved) AS (
        SELECT seq, debit, CASE WHEN kind IN ('move', 'post') THEN -amount_minor ELSE 0 END
        FROM old.transfer
        UNION ALL
        SELECT seq, credit, CASE WHEN kind IN ('move', 'post') THEN amount_minor ELSE 0 END
        FROM old.transfer
    ),
    line AS (
        SELECT seq, account, LAG(seq, 1, 0) OVER w AS prev, SUM(moved) OVER w AS value
        FROM side WINDOW w AS (PARTITION BY account ORDER BY seq)
    )
    SELECT t.seq, t.id, t.leaf, t.at_ms,
        CASE t.kind WHEN 'move' THEN 0 WHEN 'hold' THEN 1 WHEN 'post' THEN 2 WHEN 'void' THEN 3 END,
        d.no, c.no, t.amount_minor, p.no, v.no, x.prev, y.prev, x.value, y.value,
        h.seq, CASE WHEN h.seq IS NULL THEN NULL ELSE t.amount_minor END,
        CASE WHEN h.seq IS NULL THEN NULL ELSE 9007199254740991 END
    FROM old.transfer t
    JOIN line x ON x.seq = t.seq AND x.account = t.debit
    JOIN line y ON y.seq = t.seq AND y.account = t.credit
    JOIN account d ON d.id = t.debit JOIN account c ON c.id = t.credit
    JOIN name p ON p.text = t.purpose JOIN name v ON v.text = t.device
    LEFT JOIN old.transfer h ON h.id = t.pending
    ORDER BY t.seq
    """,
    "INSERT INTO hold SELECT seq, debit, credit, amount_minor, 9007199254740991"
    " FROM transfer WHERE kind = 1",
    "INSERT INTO outcome SELECT o.request, n.no, o.ordered, o.code, o.leaf, o.data"
    " FROM old.outcome o JOIN name n ON n.text = o.device",
    "INSERT INTO register SELECT name, key, value FROM old.register",
    "INSERT INTO evidence SELECT position, leaf, tally FROM old.evidence",
    "INSERT INTO node SELECT level, position, hash FROM old.node",
    # Each transfer belongs to the first checkpoint behind its leaf; one pass over both, in order.
    "INSERT INTO checkpoint"
    " SELECT size, note, MAX(MAX(seq)) OVER line, MAX(MAX(at_ms)) OVER line, 0 FROM ("
    "  SELECT size, 0 AS seq, 0 AS at_ms FROM old.checkpoint UNION ALL"
    "  SELECT (SELECT MIN(size) FROM old.checkpoint c WHERE c.size > t.leaf), seq, at_ms"
    "  FROM old.transfer t"
    " ) JOIN old.checkpoint USING (size) GROUP BY size WINDOW line AS (ORDER BY size)",
)
_TABLES = ("account", "transfer", "outcome", "register", "evidence", "node", "checkpoint")
_SAME = (
    *((t, f"SELECT COUNT(*) FROM old.{t}", f"SELECT COUNT(*) FROM main.{t}") for t in _TABLES),
    (
        "amounts moved",
        "SELECT SUM(amount_minor), MAX(seq) FROM old.transfer",
        "SELECT SUM(amount_minor), MAX(seq) FROM main.transfer",
    ),
    (
        "sums of the accounts",
        "SELECT SUM(debits), SUM(credits), SUM(debits_held), SUM(credits_held) FROM old.account",
        "SELECT SUM(debits), SUM(credits), SUM(debits_held), SUM(credits_held) FROM main.balance",
    ),
)
