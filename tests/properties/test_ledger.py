"""Whatever is asked of the ledger, in any order: money is neither made nor lost."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect import emoney
from tallystick.protect.emoney import TRUST, UNISSUED, Hold, Ledger
from tallystick.protect.enforcement import NewAccount, Transfer

HOLDERS = tuple(AccountId(name) for name in ("alice", "bob", "shop"))
CAP = 5_000
minor = st.integers(1, 3_000)
holders = st.sampled_from(HOLDERS)


class Books(RuleBasedStateMachine):
    """Every operation of the room, against a count that is kept beside the ledger."""

    holds = Bundle("holds")

    @initialize()
    def open(self) -> None:
        self.ledger = Ledger(lambda _: None)
        wallets = (NewAccount(id=one, owner=one, currency="KES", cap=CAP) for one in HOLDERS)
        self.ledger.apply([*emoney.system_accounts("KES"), *wallets], [])
        self.at_bank, self.number = 0, 0
        self.has = dict.fromkeys(HOLDERS, 0)
        self.held = dict.fromkeys(HOLDERS, 0)

    def name(self) -> str:
        self.number += 1
        return f"transfer-{self.number}"

    def post(self, transfer: Transfer, fits: bool) -> bool:
        """Ask, and see that it is refused exactly when the count says so."""
        try:
            self.ledger.check([transfer])
        except Refused:
            assert not fits
            return False
        assert fits
        self.ledger.apply([], [transfer])
        return True

    @rule(amount=minor)
    def confirm(self, amount: int) -> None:
        transfer, _ = emoney.confirm_funds(
            transfer=self.name(), amount_minor=amount, reference=self.name(), known=None
        )
        assert self.post(transfer, True)
        self.at_bank += amount

    @rule(account=holders, amount=minor)
    def issue(self, account: AccountId, amount: int) -> None:
        fits = amount <= self.at_bank - sum(self.has.values())
        fits &= self.has[account] + amount <= CAP
        transfer = emoney.issue(transfer=self.name(), account=account, amount_minor=amount)
        if self.post(transfer, fits):
            self.has[account] += amount

    @rule(payer=holders, payee=holders, amount=minor)
    def pay(self, payer: AccountId, payee: AccountId, amount: int) -> None:
        if payer == payee:
            return
        fits = amount <= self.has[payer] - self.held[payer]
        fits &= self.has[payee] + amount <= CAP
        transfer = emoney.pay(
            transfer=self.name(), payer=payer, payee=payee, amount_minor=amount,
            operation="remote.pay",
        )  # fmt: skip
        if self.post(transfer, fits):
            self.has[payer] -= amount
            self.has[payee] += amount

    @rule(target=holds, account=holders, amount=minor)
    def hold(self, account: AccountId, amount: int) -> object:
        transfer, mark = emoney.hold_redemption(
            transfer=self.name(), account=account, amount_minor=amount, bank="bank"
        )
        if not self.post(transfer, amount <= self.has[account] - self.held[account]):
            return multiple()
        self.held[account] += amount
        return mark.value

    @rule(hold=consumes(holds), paid=st.booleans())
    def settle(self, hold: Hold, paid: bool) -> None:
        transfer, mark = emoney.settle_hold(transfer=self.name(), hold=hold, paid=paid)
        assert self.post(transfer, True)
        self.held[hold.account] -= hold.amount_minor
        if paid:
            self.has[hold.account] -= hold.amount_minor
            self.at_bank -= hold.amount_minor
        refuses(lambda: emoney.settle_hold(transfer="again", hold=mark.value, paid=paid))

    @invariant()
    def balances_are_what_was_asked(self) -> None:
        for one in HOLDERS:
            row = self.ledger.account(one)
            assert row.credits - row.debits == self.has[one]
            assert row.debits_held == self.held[one]
            assert self.ledger.available(one) == self.has[one] - self.held[one] >= 0

    @invariant()
    def the_books_balance(self) -> None:
        rows = [self.ledger.account(one) for one in (TRUST, UNISSUED, *HOLDERS)]
        assert sum(row.debits for row in rows) == sum(row.credits for row in rows)
        assert sum(row.debits_held for row in rows) == sum(row.credits_held for row in rows)

    @invariant()
    def everything_that_is_out_lies_at_the_bank(self) -> None:
        trust = self.ledger.account(TRUST)
        assert trust.debits - trust.credits == self.at_bank >= sum(self.has.values())


def refuses(call: Callable[[], object]) -> None:
    try:
        call()
    except Refused:
        return
    raise AssertionError("nothing was refused")


TestBooks = Books.TestCase
