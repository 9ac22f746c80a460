"""Accounts are opened: each gets a number that says its currency."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from tallystick.backends.sqlite.schema import CURRENCY_BITS
from tallystick.protect.enforcement import NewAccount


def open_accounts(connection: sqlite3.Connection, accounts: Iterable[NewAccount]) -> None:
    """Within a transaction. Refuses: sqlite3.IntegrityError for an account that is there."""
    for new in accounts:
        number = _next_number(connection, _currency(connection, new.currency))
        connection.execute("INSERT INTO account VALUES (?, ?, ?)", (number, new.id, new.owner))
        connection.execute(
            "INSERT INTO balance (no, floor, cap) VALUES (?, ?, ?)", (number, new.floor, new.cap)
        )


def _currency(connection: sqlite3.Connection, code: str) -> int:
    connection.execute("INSERT OR IGNORE INTO currency (code) VALUES (?)", (code,))
    row = connection.execute("SELECT no FROM currency WHERE code = ?", (code,)).fetchone()
    return int(row[0])


def _next_number(connection: sqlite3.Connection, currency: int) -> int:
    first = currency << CURRENCY_BITS
    row = connection.execute(
        "SELECT MAX(no) FROM account WHERE no BETWEEN ? AND ?",
        (first, first + (1 << CURRENCY_BITS) - 1),
    ).fetchone()
    return first + 1 if row[0] is None else int(row[0]) + 1
