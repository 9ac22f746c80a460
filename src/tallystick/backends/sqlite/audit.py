"""Check a set of books from the database alone: do the rows still say what was proven?"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from tallystick.backends.sqlite.agreement import audit_agreement
from tallystick.backends.sqlite.findings import LedgerFinding
from tallystick.backends.sqlite.schema import TABLES


def audit_ledger(connection: sqlite3.Connection) -> Iterator[LedgerFinding]:
    """Name every row that does not fit: structure, balances, conservation, evidence behind each.

    Reads only. What a consistent edit of all tables would still hide is caught by the checkpoint
    that handsets and witnesses hold.
    """
    yield from _structure(connection)
    yield from _balances(connection)
    yield from _conservation(connection)
    yield from audit_agreement(connection)


def _structure(connection: sqlite3.Connection) -> Iterator[LedgerFinding]:
    for (said,) in connection.execute("PRAGMA integrity_check(10)"):
        if said != "ok":
            yield LedgerFinding(where="database", what=said)
    if _schema(connection) != _our_schema():
        yield LedgerFinding(where="database", what="tables or guards are not the ones that we make")
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield LedgerFinding(where=f"{table} row {row}", what=f"refers to nothing in {parent}")


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


def _balances(connection: sqlite3.Connection) -> Iterator[LedgerFinding]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    signs = {"move": (1, 0), "hold": (0, 1), "post": (1, -1), "void": (0, -1)}
    for debit, credit, kind, minor in connection.execute(
        "SELECT debit, credit, kind, CAST(amount_minor AS INTEGER) FROM transfer ORDER BY seq"
    ):
        posted, held = signs.get(kind, (0, 0))
        sums[debit][0] += posted * minor
        sums[debit][2] += held * minor
        sums[credit][1] += posted * minor
        sums[credit][3] += held * minor
    for account, *stated in connection.execute(
        "SELECT id, debits, credits, debits_held, credits_held FROM account ORDER BY id"
    ):
        if stated != sums[account]:
            yield LedgerFinding(
                where=f"account {account}",
                what=f"states {stated} (debits, credits, held), its transfers give {sums[account]}",
            )


def _conservation(connection: sqlite3.Connection) -> Iterator[LedgerFinding]:
    for currency, difference in connection.execute(
        "SELECT currency, SUM(credits - debits) FROM account GROUP BY currency"
    ):
        if difference:
            yield LedgerFinding(
                where=f"ledger {currency}", what=f"debits and credits differ by {difference}"
            )
    for account, value, floor, cap in connection.execute(
        "SELECT id, credits - debits, floor, cap FROM account"
        " WHERE credits - debits - debits_held < floor OR credits + credits_held - debits > cap"
    ):
        yield LedgerFinding(where=f"account {account}", what=f"{value} is outside {floor} to {cap}")
