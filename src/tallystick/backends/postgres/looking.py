"""Single questions about accounts, records and transfers."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.backends.postgres.connection import Connection, ask
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import AccountRow, TransferRow

_ACCOUNT = (
    "id", "owner", "currency", "floor", "cap", "debits", "credits", "debits_held", "credits_held",
)  # fmt: skip
_TRANSFER = (
    "seq", "id", "at_ms", "kind", "debit", "credit", "amount_minor", "purpose", "device", "pending",
)  # fmt: skip
_COLUMNS = ", ".join(_TRANSFER)


def look_at_account(connection: Connection, account: AccountId) -> AccountRow | None:
    row = connection.execute(
        f"SELECT {', '.join(_ACCOUNT)} FROM account WHERE id = %s", (account,)
    ).fetchone()
    return AccountRow(**dict(zip(_ACCOUNT, row, strict=True))) if row else None


def look_at_record(connection: Connection, register: str, key: str) -> bytes | None:
    value: bytes | None = ask(
        connection, "SELECT value FROM register WHERE name = %s AND key = %s", register, key
    )
    return value


def look_at_transfer(connection: Connection, transfer: str) -> TransferRow | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM transfer WHERE id = %s", (transfer,)
    ).fetchone()
    return _transfer(row) if row else None


def look_at_transfers(
    connection: Connection, *, since_ms: int, account: AccountId | None, newest: int | None
) -> list[TransferRow]:
    """Transfers in their order; of one account the newest of each side are merged."""
    if account is None:
        query = f"SELECT {_COLUMNS} FROM transfer WHERE at_ms >= %s ORDER BY seq DESC LIMIT %s"
        values: Sequence[object] = (since_ms, newest)
    else:
        sides = " UNION ALL ".join(
            f"(SELECT {_COLUMNS} FROM transfer WHERE {side} = %s AND at_ms >= %s"
            " ORDER BY seq DESC LIMIT %s)"
            for side in ("debit", "credit")
        )
        query = f"SELECT * FROM ({sides}) both_sides ORDER BY seq DESC LIMIT %s"
        values = (*(account, since_ms, newest) * 2, newest)
    rows = connection.execute(query, values).fetchall()
    return [_transfer(row) for row in reversed(rows)]


def _transfer(row: Sequence[object]) -> TransferRow:
    return TransferRow(**dict(zip(_TRANSFER, row, strict=True)))  # type: ignore[arg-type]
