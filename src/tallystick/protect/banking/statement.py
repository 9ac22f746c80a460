"""Statement lines: what happened to one account, with the balance after each line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import TransferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One transfer as its account sees it; amounts in minor units, negative when money left."""

    at_ms: int
    purpose: str
    amount_minor: int
    balance_minor: int
    counterparty: str
    reference: str


def statement_lines(rows: Iterable[TransferRow], *, account: AccountId) -> list[StatementLine]:
    """Fold an account's transfers from the first one on into lines with a running balance.

    Holds and voids move nothing, so they have no line; a hold that was posted has one.
    """
    lines: list[StatementLine] = []
    balance = 0
    for row in rows:
        if row.kind not in ("move", "post"):
            continue
        outgoing = row.debit == account
        amount = -row.amount_minor if outgoing else row.amount_minor
        balance += amount
        lines.append(
            StatementLine(
                at_ms=row.at_ms,
                purpose=row.purpose,
                amount_minor=amount,
                balance_minor=balance,
                counterparty=row.credit if outgoing else row.debit,
                reference=row.id.rpartition(".")[2],
            )
        )
    return lines
