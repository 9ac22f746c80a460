"""The ledger in memory: double entry, holds, floors and caps, one currency per account.

The books enforce the same rules again in the database: a wrong memory aborts a batch instead of
corrupting a balance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tallystick.ground.errors import Defect, Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import AccountRow, NewAccount, Transfer, TransferKind


class AccountUnknown(Refused):
    """There is no such account in these books."""

    code, clause = "payee.unknown", "13"


class FundsInsufficient(Refused):
    """The transfer would take an account below its floor or above its cap."""

    code, clause = "funds.insufficient", "13"


class Ledger:
    """Accounts as the decisions so far leave them, committed or about to be."""

    def __init__(self, read: Callable[[AccountId], AccountRow | None]) -> None:
        self._read = read
        self._accounts: dict[AccountId, AccountRow] = {}

    def account(self, account: AccountId) -> AccountRow:
        """Refuses: AccountUnknown."""
        row = self._accounts.get(account) or self._read(account)
        if row is None:
            raise AccountUnknown("no such account")
        self._accounts[account] = row
        return row

    def available(self, account: AccountId) -> int:
        """What the holder may spend: credits minus debits minus holds, minor units."""
        row = self.account(account)
        return row.credits - row.debits - row.debits_held

    def check(self, transfers: Iterable[Transfer]) -> None:
        """Refuse what would break a floor or a cap; changes nothing. Refuses: FundsInsufficient."""
        for row in self._after(transfers).values():
            demand_bounds(row)

    def apply(self, accounts: Iterable[NewAccount], transfers: Iterable[Transfer]) -> None:
        """Take over what was decided."""
        for new in accounts:
            self._accounts[new.id] = opened(new)
        self._accounts.update(self._after(transfers))

    def forget(self) -> None:
        """Drop memory: the books are the truth again."""
        self._accounts.clear()

    def _after(self, transfers: Iterable[Transfer]) -> dict[AccountId, AccountRow]:
        touched: dict[AccountId, AccountRow] = {}
        for transfer in transfers:
            debit = touched.get(transfer.debit) or self.account(transfer.debit)
            credit = touched.get(transfer.credit) or self.account(transfer.credit)
            if debit.currency != credit.currency or debit.id == credit.id:
                raise Defect("a transfer joins two accounts of one currency")
            touched[debit.id], touched[credit.id] = moved(debit, credit, transfer)
        return touched


def opened(new: NewAccount) -> AccountRow:
    """A fresh account: everything at zero."""
    return AccountRow(
        id=new.id,
        owner=new.owner,
        currency=new.currency,
        floor=new.floor,
        cap=new.cap,
        debits=0,
        credits=0,
        debits_held=0,
        credits_held=0,
    )


def moved(
    debit: AccountRow, credit: AccountRow, transfer: Transfer
) -> tuple[AccountRow, AccountRow]:
    """Both sides of one transfer, after it."""
    amount = transfer.amount_minor
    if amount <= 0:
        raise Defect("a transfer moves a positive amount")
    held = {TransferKind.HOLD: amount, TransferKind.POST: -amount, TransferKind.VOID: -amount}
    posted = amount if transfer.kind in (TransferKind.MOVE, TransferKind.POST) else 0
    hold = held.get(transfer.kind, 0)
    return (
        _grown(debit, debits=posted, debits_held=hold),
        _grown(credit, credits=posted, credits_held=hold),
    )


def _grown(
    row: AccountRow,
    *,
    debits: int = 0,
    credits: int = 0,  # noqa: A002 - the word of the books
    debits_held: int = 0,
    credits_held: int = 0,
) -> AccountRow:
    """An account with so much more on each side."""
    return AccountRow(
        id=row.id,
        owner=row.owner,
        currency=row.currency,
        floor=row.floor,
        cap=row.cap,
        debits=row.debits + debits,
        credits=row.credits + credits,
        debits_held=row.debits_held + debits_held,
        credits_held=row.credits_held + credits_held,
    )


def demand_bounds(row: AccountRow) -> None:
    """Refuses: FundsInsufficient when floor or cap, holds included, would break."""
    if row.credits - row.debits - row.debits_held < row.floor:
        raise FundsInsufficient("the account would fall below its floor")
    if row.credits + row.credits_held - row.debits > row.cap:
        raise FundsInsufficient("the account would rise above its cap")
