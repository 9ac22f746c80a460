"""E-money operations: which transfer each one is, and what may happen once only."""

from __future__ import annotations

import pytest

from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import (
    HOLDS,
    REFERENCES,
    TRUST,
    UNISSUED,
    BankCredit,
    HoldUnknown,
    ReferenceUsed,
    confirm_funds,
    hold_redemption,
    issue,
    pay,
    settle_hold,
    system_accounts,
)
from tallystick.protect.enforcement import TransferKind

ALICE, BOB = AccountId("alice"), AccountId("bob")


def test_funds_are_confirmed_once_per_bank_reference() -> None:
    transfer, mark = confirm_funds(transfer="t", amount_minor=5, reference="r-1", known=None)
    assert (transfer.debit, transfer.credit, transfer.amount_minor) == (TRUST, UNISSUED, 5)
    credit = BankCredit(amount_minor=5, transfer="t")
    assert (mark.register, mark.key) == (REFERENCES, "r-1")
    assert REFERENCES.decode(mark.octets()) == credit
    for known in (credit, BankCredit(amount_minor=0, transfer="")):
        with pytest.raises(ReferenceUsed):
            confirm_funds(transfer="t", amount_minor=5, reference="r-1", known=known)


def test_issuing_and_paying_are_moves() -> None:
    issued = issue(transfer="t", account=ALICE, amount_minor=5)
    paid = pay(transfer="t", payer=ALICE, payee=BOB, amount_minor=5, operation="merchant.pay")
    assert (issued.debit, issued.credit, issued.purpose) == (UNISSUED, ALICE, "emoney.issue")
    assert (paid.debit, paid.credit, paid.purpose) == (ALICE, BOB, "merchant.pay")
    assert {issued.kind, paid.kind} == {TransferKind.MOVE}


@pytest.mark.parametrize("paid", [True, False])
def test_a_hold_is_resolved_once(paid: bool) -> None:
    held, mark = hold_redemption(transfer="h", account=ALICE, amount_minor=5, bank="bank:ke1")
    assert (held.kind, held.debit, held.credit) == (TransferKind.HOLD, ALICE, TRUST)
    hold = HOLDS.decode(mark.octets())
    settled, resolved = settle_hold(transfer="s", hold=hold, paid=paid)
    assert settled.kind is (TransferKind.POST if paid else TransferKind.VOID)
    assert (settled.pending, settled.amount_minor, settled.debit) == ("h", 5, ALICE)
    assert (resolved.key, resolved.value.resolved) == ("h", "s")
    for again in (True, False):
        with pytest.raises(HoldUnknown):
            settle_hold(transfer="s2", hold=HOLDS.decode(resolved.octets()), paid=again)


def test_a_hold_that_is_not_there_is_unknown() -> None:
    with pytest.raises(HoldUnknown):
        settle_hold(transfer="s", hold=None, paid=True)


def test_the_provider_holds_two_accounts() -> None:
    trust, unissued, *purses = system_accounts("KES", purses=True)
    assert {one.floor for one in purses} == {0}
    assert (trust.id, trust.cap) == (TRUST, 0), "money at the bank is an asset"
    assert (unissued.id, unissued.floor) == (UNISSUED, 0), "e-money is never out uncovered"
