"""Single questions about accounts and records."""

from __future__ import annotations

from tallystick.backends.postgres.connection import Connection, ask
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import AccountRow

_NAMES = (
    "id", "owner", "currency", "floor", "cap", "debits", "credits", "debits_held", "credits_held",
)  # fmt: skip
_ACCOUNT = (
    "SELECT a.id, owner, c.code, floor, cap, debits, credits, debits_held, credits_held"
    " FROM account a JOIN currency c ON c.no = a.no >> 40 WHERE a.id = %s"
)
_RECORDS = (
    "SELECT key, value FROM register WHERE name = %s AND key > %s AND key <= %s"
    " ORDER BY key LIMIT %s"
)


def storable(text: str) -> bool:
    """Whether the database could hold this text at all: what cannot be there is not asked for."""
    return "\0" not in text


def look_at_account(connection: Connection, account: AccountId) -> AccountRow | None:
    if not storable(account):
        return None
    row = connection.execute(_ACCOUNT, (account,)).fetchone()
    return AccountRow(**dict(zip(_NAMES, row, strict=True))) if row else None


def look_at_record(connection: Connection, register: str, key: str) -> bytes | None:
    if not storable(key):
        return None
    value: bytes | None = ask(
        connection, "SELECT value FROM register WHERE name = %s AND key = %s", register, key
    )
    return value


def look_at_records(
    connection: Connection, register: str, *, after: str, until: str, limit: int
) -> list[tuple[str, bytes]]:
    if not (storable(after) and storable(until)):
        return []
    return connection.execute(_RECORDS, (register, after, until, limit)).fetchall()


def read_account(connection: Connection, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units; None when there is none."""
    row = look_at_account(connection, account)
    return (row.credits - row.debits, row.debits_held) if row else None
