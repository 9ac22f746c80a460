"""Reading transfers: all of them in their order, or page by page those of one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.backends.postgres.connection import Connection
from tallystick.backends.postgres.evidence import Reading
from tallystick.backends.postgres.looking import storable
from tallystick.backends.postgres.schema import KINDS
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import TransferRow

Row = Sequence[Any]

WALK = 10_000
"""How many transfers are read at once when all are wanted."""
_LAST = 2**62

_COLUMNS = (
    "t.seq, t.id, t.at_ms, t.kind, d.id, c.id, t.amount_minor, t.purpose, t.device, t.pending"
)
_NAMED = "JOIN account d ON d.no = t.debit JOIN account c ON c.no = t.credit"
_ALL = f"SELECT {_COLUMNS}, NULL FROM transfer t {_NAMED}"
_PREV = "CASE t.debit WHEN %(no)s THEN t.debit_prev ELSE t.credit_prev END"
_LINES = f"""
WITH RECURSIVE line AS (
    SELECT t.* FROM transfer t WHERE t.seq = %(start)s
    UNION ALL
    SELECT t.* FROM (SELECT {_PREV} AS prev FROM line t) l JOIN transfer t ON t.seq = l.prev
), page AS MATERIALIZED (
    SELECT * FROM line WHERE seq < %(before)s AND at_ms >= %(since)s LIMIT %(newest)s
)
SELECT {_COLUMNS}, CASE t.debit WHEN %(no)s THEN t.debit_after ELSE t.credit_after END
FROM page t {_NAMED} ORDER BY t.seq
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which transfers: not older than an instant, before a place, of those the newest so many."""

    since_ms: int
    newest: int | None
    before_seq: int | None

    @property
    def before(self) -> int:
        return _LAST if self.before_seq is None else self.before_seq


def look_at_lines(connection: Connection, account: AccountId, page: Page) -> list[TransferRow]:
    """Transfers of one account: from its newest one each names the one before it."""
    if not storable(account):
        return []
    row = connection.execute(
        "SELECT no, last_seq FROM account WHERE id = %s", (account,)
    ).fetchone()
    if row is None:
        return []
    values = {
        "no": row[0],
        "start": _start(connection, row[0], row[1], page),
        "before": page.before,
        "since": page.since_ms,
        "newest": page.newest,
    }
    return [_transfer(line) for line in connection.execute(_LINES, values, binary=True)]


def look_at_newest(connection: Connection, page: Page) -> list[TransferRow]:
    rows = connection.execute(
        f"{_ALL} WHERE t.seq < %s AND t.at_ms >= %s ORDER BY t.seq DESC LIMIT %s",
        (page.before, page.since_ms, page.newest),
        binary=True,
    ).fetchall()
    return [_transfer(row) for row in reversed(rows)]


def walk_transfers(read: Reading, page: Page) -> Iterator[TransferRow]:
    """All transfers, the oldest first; never more than a part of them in memory."""
    query = f"{_ALL} WHERE t.seq > %s AND t.seq < %s AND t.at_ms >= %s ORDER BY t.seq LIMIT {WALK}"
    reached = 0
    while True:
        values = (reached, page.before, page.since_ms)
        rows = read(lambda c, given=values: c.execute(query, given, binary=True).fetchall())  # type: ignore[misc]
        yield from map(_transfer, rows)
        if len(rows) < WALK:
            return
        reached = rows[-1][0]


def read_transfer(connection: Connection, transfer: str) -> TransferRow | None:
    """A transfer as it stands in the books; None when there is none of this id."""
    row = connection.execute(f"{_ALL} WHERE t.id = %s", (transfer,), binary=True).fetchone()
    return _transfer(row) if row else None


def _start(connection: Connection, no: int, last: int, page: Page) -> int:
    """Where the walk begins: a place of the account's own names its predecessor at once."""
    if page.before_seq is None or last < page.before_seq:
        return last
    row = connection.execute(
        f"SELECT {_PREV} FROM transfer t WHERE t.seq = %(seq)s AND %(no)s IN (t.debit, t.credit)",
        {"no": no, "seq": page.before_seq},
    ).fetchone()
    return int(row[0]) if row else last


def _transfer(row: Row) -> TransferRow:
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
