"""Reading transfers: all of them in their order, or the newest of one account."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tallystick.backends.sqlite.schema import KINDS
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import AccountRow, TransferRow

Row = tuple[Any, ...]
PAGE = 5000

_SELECT = (
    "t.seq, t.id, at_ms, kind, d.id, c.id, amount_minor, p.text, v.text,"
    " (SELECT h.id FROM transfer h WHERE h.seq = t.pending)"
)
_NAMED = (
    " JOIN account d ON d.no = t.debit JOIN account c ON c.no = t.credit"
    " JOIN name p ON p.no = t.purpose JOIN name v ON v.no = t.device"
)
_OF_ACCOUNT = f"""
WITH RECURSIVE line (seq, place) AS (
    SELECT :start, 1 WHERE :start > :first
    UNION ALL
    SELECT CASE t.debit WHEN :no THEN t.debit_prev ELSE t.credit_prev END, place + 1
    FROM line CROSS JOIN transfer t ON t.seq = line.seq
    WHERE place < :newest
    AND CASE t.debit WHEN :no THEN t.debit_prev ELSE t.credit_prev END > :first
)
SELECT {_SELECT}, CASE t.debit WHEN :no THEN t.debit_after ELSE t.credit_after END
FROM line CROSS JOIN transfer t ON t.seq = line.seq {_NAMED}
"""


def read_transfers(
    connection: sqlite3.Connection, *, since_ms: int, newest: int | None, before_seq: int | None
) -> Iterable[TransferRow]:
    """Transfers of all accounts; those of an instant and later are found without reading older.

    Without `newest` they are read page by page while they are used: no history is held in memory.
    """
    first = _older(connection, since_ms)
    if newest is None:
        return _pages(connection, first, _upper(before_seq), since_ms)
    rows = connection.execute(
        f"SELECT {_SELECT}, NULL FROM transfer t {_NAMED}"
        " WHERE t.seq > ? AND t.seq < ? AND at_ms >= ? ORDER BY t.seq DESC LIMIT ?",
        (first, _upper(before_seq), since_ms, newest),
    )
    return [_transfer(row) for row in reversed(rows.fetchall())]


def _older(connection: sqlite3.Connection, since_ms: int) -> int:
    """A place up to which every transfer is older than an instant; found by the index alone."""
    if since_ms <= 0:
        return 0
    row = connection.execute(
        "SELECT COALESCE(MAX(last_seq), 0) FROM checkpoint WHERE size ="
        " (SELECT MAX(size) FROM checkpoint WHERE newest_ms < ?)",
        (since_ms,),
    ).fetchone()
    return int(row[0])


def _pages(
    connection: sqlite3.Connection, first: int, upper: int, since_ms: int
) -> Iterator[TransferRow]:
    """Behind `first`, in their order; what is appended meanwhile is read too."""
    query = (
        f"SELECT {_SELECT}, NULL FROM transfer t {_NAMED}"
        " WHERE t.seq > ? AND t.seq < ? ORDER BY t.seq LIMIT ?"
    )
    while page := connection.execute(query, (first, upper, PAGE)).fetchall():
        first = page[-1][0]
        yield from (_transfer(row) for row in page if row[2] >= since_ms)


def read_lines(
    connection: sqlite3.Connection,
    account: AccountId,
    *,
    since_ms: int,
    newest: int | None,
    before_seq: int | None,
) -> list[TransferRow]:
    """Transfers of one account: from its newest one each names the one before it, as far back as
    there can be any that is wanted."""
    row = connection.execute(
        "SELECT no, last_seq FROM account JOIN balance USING (no) WHERE id = ?", (account,)
    ).fetchone()
    if row is None:
        return []
    no, start = row
    if before_seq is not None and start >= before_seq:
        start = _before(connection, no, start, before_seq)
    limit = 2**62 if newest is None or since_ms > 0 else newest
    bounds = {"start": start if limit else 0, "no": no, "newest": limit}
    rows = connection.execute(_OF_ACCOUNT, {**bounds, "first": _older(connection, since_ms)})
    found = [_transfer(row) for row in rows if row[2] >= since_ms]
    return found[:newest][::-1]


def _before(connection: sqlite3.Connection, no: int, start: int, before_seq: int) -> int:
    """An account's newest transfer before a place; at once when the place is its own."""
    prev = "CASE debit WHEN ? THEN debit_prev ELSE credit_prev END"
    row = connection.execute(
        f"SELECT {prev} FROM transfer WHERE seq = ? AND ? IN (debit, credit)",
        (no, before_seq, no),
    ).fetchone()
    if row is not None:
        return int(row[0])
    while start > 0 and start >= before_seq:
        row = connection.execute(
            f"SELECT {prev} FROM transfer WHERE seq = ?", (no, start)
        ).fetchone()
        start = int(row[0])
    return start


def _upper(before_seq: int | None) -> int:
    return 2**62 if before_seq is None else before_seq


def read_row(connection: sqlite3.Connection, account: AccountId) -> AccountRow | None:
    """An account with its sums."""
    row = connection.execute(
        "SELECT a.id, owner, code, floor, cap, debits, credits, debits_held, credits_held"
        " FROM account a JOIN balance b ON b.no = a.no JOIN currency c ON c.no = a.no >> 40"
        " WHERE a.id = ?",
        (account,),
    ).fetchone()
    return _account(row) if row else None


def read_transfer(connection: sqlite3.Connection, transfer: str) -> TransferRow | None:
    """A transfer as it stands in the books; None when there is none of this id."""
    row = connection.execute(
        f"SELECT {_SELECT}, NULL FROM transfer t {_NAMED} WHERE t.id = ?", (transfer,)
    ).fetchone()
    return _transfer(row) if row else None


def read_account(connection: sqlite3.Connection, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units; None when there is none."""
    row = read_row(connection, account)
    return (row.credits - row.debits, row.debits_held) if row else None


def _account(row: Sequence[Any]) -> AccountRow:
    names = ("id", "owner", "currency", "floor", "cap",
             "debits", "credits", "debits_held", "credits_held")  # fmt: skip
    return AccountRow(**dict(zip(names, row, strict=True)))


def _transfer(row: Sequence[Any]) -> TransferRow:
    seq, name, at_ms, kind, debit, credit, minor, purpose, device, pending, balance = row
    return TransferRow(
        seq=seq,
        id=name,
        at_ms=at_ms,
        kind=KINDS[kind],
        debit=debit,
        credit=credit,
        amount_minor=minor,
        purpose=purpose,
        device=device,
        pending=pending,
        balance_minor=balance,
    )
