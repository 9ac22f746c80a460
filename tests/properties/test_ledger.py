"""The ledger in memory and the books on disk against a plain dictionary, whatever is asked.

The model knows nothing of rows, marks or transactions: it adds and takes away whole numbers.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId
from tallystick.protect import emoney
from tallystick.protect.emoney import TRUST, UNISSUED, FundsInsufficient, HoldUnknown, Ledger
from tallystick.protect.enforcement import Registers, Settlement, Transfer
from tallystick.prove.evidence import audit_log
from tallystick.testing import Notary, move, opening, settle

HOLDERS = ("alice", "bob", "carol")
CAP = 1_000_000
DEVICE = "dev-0"

holders = st.sampled_from(HOLDERS)
amounts = st.one_of(st.integers(1, 2000), st.integers(1, 2 * CAP), st.just(CAP))


class Model:
    """Balances and reservations of holders; money at the bank and not yet issued."""

    def __init__(self) -> None:
        self.balance = dict.fromkeys(HOLDERS, 0)
        self.held = dict.fromkeys(HOLDERS, 0)
        self.bank, self.unissued = 0, 0
        self.holds: dict[str, tuple[str, int]] = {}

    def spendable(self, account: str) -> int:
        return self.balance[account] - self.held[account]

    def on_its_way_out(self) -> int:
        return sum(self.held.values())


class LedgerMachine(RuleBasedStateMachine):
    holds = Bundle("holds")

    @initialize()
    def open_books(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="tallystick-ledger-"))
        self.notary = Notary()
        self.books = SqliteBooks(self.home, sign_checkpoint=self.notary.sign)
        self.books._writer.execute("PRAGMA synchronous=OFF")  # durability is tests/storm's
        self.books.commit(opening(*HOLDERS))
        self.ledger = Ledger(self.books.account)
        self.registers = Registers(self.books.register)
        self.decided, self.committed = Model(), Model()
        self.queue: list[Settlement] = []
        self.kept: list[Settlement] = []
        self.number = 0

    def teardown(self) -> None:
        if not hasattr(self, "home"):
            return
        try:
            self._commit(self.queue)
            self._demand_sound()
        finally:
            self.books.close()
            shutil.rmtree(self.home)

    # ---- what may be asked ----------------------------------------------------------------------

    @rule(minor=amounts, reference=st.integers(0, 30))
    def confirm(self, minor: int, reference: int) -> None:
        name, key = self._name(), f"ref-{reference}"
        known = self.registers.get(emoney.REFERENCES, key)
        try:
            transfer, mark = emoney.confirm_funds(
                transfer=f"{DEVICE}.{name}", amount_minor=minor, reference=key, known=known
            )
        except emoney.ReferenceUsed:
            assert known is not None
            return
        assert known is None
        self._decide(name, transfer, allowed=True, marks=[mark])
        self.decided.bank += minor
        self.decided.unissued += minor

    @rule(account=holders, minor=amounts)
    def issue(self, account: str, minor: int) -> None:
        name = self._name()
        allowed = minor <= self.decided.unissued and self.decided.balance[account] + minor <= CAP
        transfer = emoney.issue(
            transfer=f"{DEVICE}.{name}", account=AccountId(account), amount_minor=minor
        )
        if self._decide(name, transfer, allowed=allowed):
            self.decided.unissued -= minor
            self.decided.balance[account] += minor

    @rule(payer=holders, payee=holders, minor=amounts)
    def pay(self, payer: str, payee: str, minor: int) -> None:
        name = self._name()
        transfer = emoney.pay(
            transfer=f"{DEVICE}.{name}",
            payer=AccountId(payer),
            payee=AccountId(payee),
            amount_minor=minor,
            operation="remote.pay",
        )
        if payer == payee:
            with pytest.raises(Defect):
                self.ledger.check((transfer,))
            return
        enough = minor <= self.decided.spendable(payer)
        room = self.decided.balance[payee] + minor <= CAP
        if self._decide(name, transfer, allowed=enough and room):
            self.decided.balance[payer] -= minor
            self.decided.balance[payee] += minor

    @rule(target=holds, account=holders, minor=amounts)
    def hold(self, account: str, minor: int) -> Any:
        name = self._name()
        transfer, mark = emoney.hold_redemption(
            transfer=f"{DEVICE}.{name}",
            account=AccountId(account),
            amount_minor=minor,
            bank="bank:ke12abcdefghij1234",
        )
        enough = minor <= self.decided.spendable(account)
        covered = self.decided.on_its_way_out() + minor <= self.decided.bank
        if not self._decide(name, transfer, allowed=enough and covered, marks=[mark]):
            return multiple()
        self.decided.held[account] += minor
        self.decided.holds[transfer.id] = (account, minor)
        return transfer.id

    @rule(hold=holds, paid=st.booleans())
    def resolve(self, hold: str, paid: bool) -> None:
        name = self._name()
        open_hold = self.decided.holds.pop(hold, None)
        known = self.registers.get(emoney.HOLDS, hold)
        try:
            transfer, mark = emoney.settle_hold(transfer=f"{DEVICE}.{name}", hold=known, paid=paid)
        except HoldUnknown:
            assert open_hold is None
            return
        assert open_hold is not None
        self._decide(name, transfer, allowed=True, marks=[mark])
        account, minor = open_hold
        self.decided.held[account] -= minor
        if paid:
            self.decided.balance[account] -= minor
            self.decided.bank -= minor

    # ---- what may happen to it ------------------------------------------------------------------

    @rule()
    def commit(self) -> None:
        self._commit(self.queue)

    @precondition(lambda self: len(self.queue) > 1)
    @rule()
    def commit_in_reversed_order(self) -> None:
        """Whole or not at all: a post in front of its hold voids the batch."""
        try:
            self.books.commit(self.queue[::-1])
        except Defect:
            self._forget()
        else:
            self._committed()

    @rule()
    def power_fails(self) -> None:
        self._forget()

    @rule()
    def reopen(self) -> None:
        self._forget()
        self.books.close()
        self.books = SqliteBooks(self.home, sign_checkpoint=self.notary.sign)
        self.books._writer.execute("PRAGMA synchronous=OFF")
        self.ledger = Ledger(self.books.account)
        self.registers = Registers(self.books.register)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A settlement that was committed cannot be committed again, alone or with others."""
        again = data.draw(st.sampled_from(self.kept[-5:]))
        with pytest.raises(Defect):
            self.books.commit([*self.queue, again])
        self._forget()

    @rule(payer=holders, payee=holders, over=st.integers(1, 1000))
    def overdraw(self, payer: str, payee: str, over: int) -> None:
        """What memory did not check, the database refuses."""
        if payer == payee:
            return
        name = self._name()
        minor = self.decided.spendable(payer) + over
        forced = settle(name, transfer=move(name, payer, payee, minor))
        with pytest.raises(Defect):
            self.books.commit([*self.queue, forced])
        self._forget()

    # ---- what always holds ----------------------------------------------------------------------

    @invariant()
    def memory_is_the_model(self) -> None:
        for name in HOLDERS:
            row = self.ledger.account(AccountId(name))
            assert (row.credits - row.debits, row.debits_held) == (
                self.decided.balance[name],
                self.decided.held[name],
            )

    @invariant()
    def books_are_the_model_as_committed(self) -> None:
        for name in HOLDERS:
            row = self.books.account(AccountId(name))
            assert row is not None
            assert (row.credits - row.debits, row.debits_held) == (
                self.committed.balance[name],
                self.committed.held[name],
            )

    @invariant()
    def debits_equal_credits(self) -> None:
        rows = [self.ledger.account(AccountId(name)) for name in (TRUST, UNISSUED, *HOLDERS)]
        assert sum(row.debits for row in rows) == sum(row.credits for row in rows)
        assert sum(row.debits_held for row in rows) == sum(row.credits_held for row in rows)

    @invariant()
    def funds_are_safeguarded(self) -> None:
        trust = self.ledger.account(TRUST)
        unissued = self.ledger.account(UNISSUED)
        assert trust.debits - trust.credits == self.decided.bank
        outstanding = sum(self.decided.balance.values())
        assert outstanding + unissued.credits - unissued.debits == self.decided.bank

    @invariant()
    def nobody_is_below_the_floor_or_above_the_cap(self) -> None:
        for name in HOLDERS:
            row = self.ledger.account(AccountId(name))
            assert row.credits - row.debits - row.debits_held >= row.floor
            assert row.credits + row.credits_held - row.debits <= row.cap

    # ---- how ------------------------------------------------------------------------------------

    def _name(self) -> str:
        self.number += 1
        return f"order-0000-{self.number:06}"

    def _decide(self, name: str, transfer: Transfer, *, allowed: bool, marks: Any = ()) -> bool:
        try:
            self.ledger.check((transfer,))
        except FundsInsufficient:
            assert not allowed, f"refused: {transfer}"
            return False
        assert allowed, f"accepted: {transfer}"
        self.ledger.apply((), (transfer,))
        self.registers.apply(marks)
        self.queue.append(settle(name, transfer=transfer, marks=marks))
        return True

    def _commit(self, batch: list[Settlement]) -> None:
        self.books.commit(batch)
        self._committed()

    def _committed(self) -> None:
        self.kept += self.queue
        self.queue = []
        self.committed = copy.deepcopy(self.decided)

    def _forget(self) -> None:
        self.queue = []
        self.ledger.forget()
        self.registers.forget()
        self.decided = copy.deepcopy(self.committed)

    def _demand_sound(self) -> None:
        reader = open_reader(self.home)
        try:
            assert list(audit_books(SqliteReader(reader), SqliteReader(reader).evidence)) == []
            assert audit_log(self.books.evidence, vkey=self.notary.verifier_key) == []
        finally:
            reader.close()
        folded = dict.fromkeys(HOLDERS, 0)
        for row in self.books.transfers():
            if row.kind in ("move", "post"):
                for account, sign in ((row.debit, -1), (row.credit, 1)):
                    if account in folded:
                        folded[account] += sign * row.amount_minor
        assert folded == self.committed.balance


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
