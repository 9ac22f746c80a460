"""Statement lines: what happened to one account, with the balance after each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import payment_name
from tallystick.protect.enforcement import Books, TransferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One transfer as its account sees it; amounts in minor units, negative when money left.

    `seq` is the transfer's place in the books: the page before this line ends there.
    `payment` is the name of the order that it belongs to (`<device>.<request>`): what reversals and
    refunds ask for, and what stands in theirs. `reference` is the request id in it.
    """

    seq: int
    at_ms: int
    purpose: str
    amount_minor: int
    balance_minor: int
    counterparty: str
    reference: str
    payment: str


def read_statement(
    books: Books, *, account: AccountId, limit: int, before_seq: int | None = None
) -> list[StatementLine]:
    """The newest lines of an account, or the newest before a line of it; the oldest comes first.

    Reads what the page holds and not what the account went through.
    """
    lines: list[StatementLine] = []
    while len(lines) < limit:
        wanted = limit - len(lines)
        rows = list(books.transfers(account=account, newest=wanted, before_seq=before_seq))
        lines[:0] = statement_lines(rows, account=account)
        if len(rows) < wanted:
            break
        before_seq = rows[0].seq
    return lines


def statement_lines(rows: Iterable[TransferRow], *, account: AccountId) -> list[StatementLine]:
    """An account's transfers as lines, with the balance that the books state after each.

    Holds and what gives them back move nothing, so they have no line; a posted hold has one.
    """
    return [_line(row, account) for row in rows if row.kind in ("move", "post")]


def _line(row: TransferRow, account: AccountId) -> StatementLine:
    if row.balance_minor is None:
        raise Defect("a statement is made of an account's own transfers")
    outgoing, name = row.debit == account, payment_name(row.id)
    return StatementLine(
        seq=row.seq,
        at_ms=row.at_ms,
        purpose=row.purpose,
        amount_minor=-row.amount_minor if outgoing else row.amount_minor,
        balance_minor=row.balance_minor,
        counterparty=row.credit if outgoing else row.debit,
        reference=name.rpartition(".")[2],
        payment=name,
    )
