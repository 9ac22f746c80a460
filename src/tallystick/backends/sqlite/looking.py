"""Looking at one account or transfer of a home from outside its platform."""

from __future__ import annotations

import sqlite3

from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import TransferRow


def read_account(connection: sqlite3.Connection, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units; None when there is none."""
    row = connection.execute(
        "SELECT credits - debits, debits_held FROM account WHERE id = ?", (account,)
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else None


def read_transfer(connection: sqlite3.Connection, transfer: str) -> TransferRow | None:
    """A transfer as it stands in the books; None when there is none of this id."""
    names = (
        "seq", "id", "at_ms", "kind", "debit", "credit", "amount_minor", "purpose", "device",
        "pending",
    )  # fmt: skip
    row = connection.execute(
        "SELECT seq, id, at_ms, kind, debit, credit, amount_minor, purpose, device, pending"
        " FROM transfer WHERE id = ?",
        (transfer,),
    ).fetchone()
    return TransferRow(**dict(zip(names, row, strict=True))) if row else None
