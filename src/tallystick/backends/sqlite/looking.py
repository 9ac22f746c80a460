"""Looking at one account of a home from outside its platform."""

from __future__ import annotations

import sqlite3

from tallystick.ground.identifiers import AccountId


def read_account(connection: sqlite3.Connection, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units; None when there is none."""
    row = connection.execute(
        "SELECT credits - debits, debits_held FROM account WHERE id = ?", (account,)
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else None
