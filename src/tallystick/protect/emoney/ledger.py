"""The ledger in memory: the core, on accounts that are read from the books as they are needed.

The books enforce the same rules again in the database: a wrong memory aborts a batch instead of
corrupting a balance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.core import AccountUnknown, Decided, decide
from tallystick.protect.emoney.state import Account, State, account_of, opened, row_of
from tallystick.protect.enforcement import AccountRow, NewAccount, Transfer


class Ledger:
    """Accounts as the decisions so far leave them, committed or about to be."""

    def __init__(self, read: Callable[[AccountId], AccountRow | None]) -> None:
        self._read = read
        self._state = State(claimed=True)

    def account(self, account: AccountId) -> AccountRow:
        """Refuses: AccountUnknown."""
        return row_of(self._account(account))

    def remembered(self) -> dict[AccountId, AccountRow]:
        """Every account that is in memory: what the books must come to say."""
        return {name: row_of(account) for name, account in self._state.accounts.items()}

    def available(self, account: AccountId) -> int:
        """What the holder may spend: credits minus debits minus holds, minor units."""
        _, debits, credits_, debits_held, _ = self._account(account)
        return credits_ - debits - debits_held

    def check(self, transfers: Sequence[Transfer], *, now_ms: int = 0) -> None:
        """Refuse what the core refuses; changes nothing.

        Refuses: AccountUnknown, FundsInsufficient, HoldUnknown.
        """
        (refusal,) = self._decide(transfers, now_ms).results
        if refusal is not None:
            raise refusal

    def apply(
        self, accounts: Iterable[NewAccount], transfers: Sequence[Transfer], *, now_ms: int = 0
    ) -> None:
        """Take over what was decided, and checked at the same instant."""
        for new in accounts:
            self._state.accounts[new.id] = opened(new)
        if not transfers:
            return
        decided = self._decide(transfers, now_ms)
        (refusal,) = decided.results
        if refusal is not None:
            raise refusal
        decided.take_into(self._state)

    def __len__(self) -> int:
        """How many accounts are in memory."""
        return len(self._state.accounts)

    def forget(self) -> None:
        """Drop memory: the books are the truth again."""
        self._state = State(claimed=True)

    def _decide(self, transfers: Sequence[Transfer], now_ms: int) -> Decided:
        for transfer in transfers:
            self._account(transfer.debit)
            self._account(transfer.credit)
        return decide(self._state, (transfers,), now_ms)

    def _account(self, account: AccountId) -> Account:
        known = self._state.accounts.get(account)
        if known is None:
            row = self._read(account)
            if row is None:
                raise AccountUnknown("no such account")
            known = self._state.accounts[account] = account_of(row)
        return known
