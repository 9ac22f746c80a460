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


def read_account(connection: Connection, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units; None when there is none."""
    row = look_at_account(connection, account)
    return (row.credits - row.debits, row.debits_held) if row else None


def read_transfer(connection: Connection, transfer: str) -> TransferRow | None:
    """A transfer as it stands in the books; None when there is none of this id."""
    row = connection.execute(
        f"SELECT {_COLUMNS}, NULL FROM transfer WHERE id = %s", (transfer,)
    ).fetchone()
    return _transfer(row) if row else None


def look_at_transfers(
    connection: Connection, *, since_ms: int, newest: int | None, before_seq: int | None
) -> list[TransferRow]:
    """Transfers of all accounts in their order."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, NULL FROM transfer WHERE at_ms >= %s AND seq < %s"
        " ORDER BY seq DESC LIMIT %s",
        (since_ms, _upper(before_seq), newest),
    ).fetchall()
    return [_transfer(row) for row in reversed(rows)]


def look_at_lines(
    connection: Connection,
    account: AccountId,
    *,
    since_ms: int,
    newest: int | None,
    before_seq: int | None,
) -> list[TransferRow]:
    """Transfers of one account: the newest of each side are merged.

    The balance of a line is today's, less what moved behind it.
    """
    upper, limit = _upper(before_seq), newest if since_ms <= 0 else None
    sides = " UNION ALL ".join(
        f"(SELECT {_COLUMNS} FROM transfer WHERE {side} = %s AND seq < %s"
        " ORDER BY seq DESC LIMIT %s)"
        for side in ("debit", "credit")
    )
    rows = connection.execute(
        f"SELECT both_sides.*, ({_BEHIND}) FROM ({sides}) both_sides ORDER BY seq DESC LIMIT %s",
        (account, upper, account, upper, account, *(account, upper, limit) * 2, limit),
    ).fetchall()
    found, moved = [], 0
    for row in rows:
        line = _transfer((*row[:-1], row[-1] - moved))
        if line.at_ms >= since_ms:
            found.append(line)
        if line.kind in ("move", "post"):
            moved += -line.amount_minor if line.debit == account else line.amount_minor
    return found[:newest][::-1]


_BEHIND = (
    "SELECT credits - debits"
    " + COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE debit = %s AND seq >= %s"
    " AND kind IN ('move', 'post')), 0)::bigint"
    " - COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE credit = %s AND seq >= %s"
    " AND kind IN ('move', 'post')), 0)::bigint FROM account WHERE id = %s"
)


def _upper(before_seq: int | None) -> int:
    return 2**62 if before_seq is None else before_seq


def _transfer(row: Sequence[object]) -> TransferRow:
    return TransferRow(**dict(zip((*_TRANSFER, "balance_minor"), row, strict=True)))  # type: ignore[arg-type]
