"""The ledger in memory: double entry, holds, floors and caps; checking changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney import (
    TRUST,
    UNISSUED,
    AccountUnknown,
    FundsInsufficient,
    HoldUnknown,
    Ledger,
    system_accounts,
)
from tallystick.protect.enforcement import AccountRow, NewAccount, Transfer, TransferKind

ALICE, BOB, EURO = AccountId("alice"), AccountId("bob"), AccountId("euro")


def transfer(debit: str, credit: str, minor: int, **changes: Any) -> Transfer:
    usual = {"id": "t-1", "kind": TransferKind.MOVE, "purpose": "remote.pay"}
    return Transfer(
        debit=AccountId(debit), credit=AccountId(credit), amount_minor=minor, **usual | changes
    )


@pytest.fixture
def ledger() -> Ledger:
    made = Ledger(lambda account: None)
    holders = [
        NewAccount(id=ALICE, owner="cus-a", currency="KES", cap=1000),
        NewAccount(id=BOB, owner="cus-b", currency="KES", cap=1000),
        NewAccount(id=EURO, owner="cus-e", currency="EUR"),
    ]
    made.apply([*system_accounts("KES"), *holders], ())
    made.apply((), [transfer(TRUST, UNISSUED, 900), transfer(UNISSUED, ALICE, 500)])
    return made


def balance(ledger: Ledger, account: str) -> tuple[int, int]:
    row = ledger.account(AccountId(account))
    return row.credits - row.debits, row.debits_held


def test_money_moves_from_one_side_to_the_other(ledger: Ledger) -> None:
    ledger.apply((), [transfer(ALICE, BOB, 200)])
    assert (balance(ledger, ALICE), balance(ledger, BOB)) == ((300, 0), (200, 0))


def test_a_hold_reserves_and_is_posted_or_given_back(ledger: Ledger) -> None:
    for name, minor in (("h-1", 150), ("h-2", 50)):
        ledger.apply((), [transfer(ALICE, TRUST, minor, kind=TransferKind.HOLD, id=name)])
    assert (balance(ledger, ALICE), ledger.available(ALICE)) == ((500, 200), 300)
    posted = transfer(ALICE, TRUST, 150, kind=TransferKind.POST, pending="h-1")
    voided = transfer(ALICE, TRUST, 50, kind=TransferKind.VOID, pending="h-2")
    ledger.apply((), [posted, voided])
    assert (balance(ledger, ALICE), ledger.available(ALICE)) == ((350, 0), 350)
    assert ledger.account(TRUST).credits == 150
    for again in (posted, voided):
        with pytest.raises(HoldUnknown):
            ledger.check([again])


def test_a_hold_of_before_memory_was_read_is_taken_at_its_word_once(ledger: Ledger) -> None:
    ledger.apply((), [transfer(ALICE, TRUST, 100, kind=TransferKind.HOLD, id="h-1")])
    rows = {name: ledger.account(name) for name in (ALICE, TRUST)}
    anew = Ledger(rows.get)
    posted = transfer(
        ALICE, TRUST, 60, kind=TransferKind.POST, pending="h-1", reserved_minor=100, id="t-9"
    )
    anew.apply((), [posted])
    assert balance(anew, ALICE) == (440, 0)
    with pytest.raises(HoldUnknown):
        anew.check([posted])
    with pytest.raises(HoldUnknown, match="more is given back"):
        anew.check([transfer(ALICE, TRUST, 1, kind=TransferKind.VOID, pending="h-other")])


@pytest.mark.parametrize("kind", [TransferKind.MOVE, TransferKind.HOLD])
def test_nothing_falls_below_its_floor(ledger: Ledger, kind: TransferKind) -> None:
    ledger.check([transfer(ALICE, BOB, 500, kind=kind)])
    with pytest.raises(FundsInsufficient, match="floor"):
        ledger.check([transfer(ALICE, BOB, 501, kind=kind)])


def test_what_is_held_cannot_be_spent(ledger: Ledger) -> None:
    ledger.apply((), [transfer(ALICE, TRUST, 400, kind=TransferKind.HOLD)])
    ledger.check([transfer(ALICE, BOB, 100)])
    with pytest.raises(FundsInsufficient):
        ledger.check([transfer(ALICE, BOB, 101)])


def test_nothing_rises_above_its_cap_holds_included(ledger: Ledger) -> None:
    ledger.apply((), [transfer(TRUST, UNISSUED, 5000), transfer(UNISSUED, BOB, 900)])
    ledger.check([transfer(ALICE, BOB, 100)])
    with pytest.raises(FundsInsufficient, match="cap"):
        ledger.check([transfer(ALICE, BOB, 101)])
    ledger.apply((), [transfer(ALICE, BOB, 100, kind=TransferKind.HOLD)])
    with pytest.raises(FundsInsufficient, match="cap"):
        ledger.check([transfer(ALICE, BOB, 1)])


def test_no_more_is_issued_than_is_confirmed(ledger: Ledger) -> None:
    ledger.check([transfer(UNISSUED, BOB, 400)])
    with pytest.raises(FundsInsufficient):
        ledger.check([transfer(UNISSUED, BOB, 401)])


def test_no_more_leaves_the_trust_account_than_is_there(ledger: Ledger) -> None:
    with pytest.raises(FundsInsufficient):
        ledger.check([transfer(ALICE, TRUST, 901, kind=TransferKind.HOLD)])


def test_several_transfers_are_checked_together(ledger: Ledger) -> None:
    with pytest.raises(FundsInsufficient):
        ledger.check([transfer(ALICE, BOB, 300), transfer(ALICE, BOB, 300)])
    ledger.check([transfer(ALICE, BOB, 300), transfer(BOB, ALICE, 300), transfer(ALICE, BOB, 300)])


def test_checking_changes_nothing(ledger: Ledger) -> None:
    before = [ledger.account(name) for name in (ALICE, BOB, TRUST, UNISSUED)]
    ledger.check([transfer(ALICE, BOB, 300)])
    with pytest.raises(FundsInsufficient):
        ledger.check([transfer(ALICE, BOB, 9000)])
    assert [ledger.account(name) for name in (ALICE, BOB, TRUST, UNISSUED)] == before


@pytest.mark.parametrize(
    "wrong",
    [
        transfer(ALICE, EURO, 1),
        transfer(ALICE, ALICE, 1),
        transfer(ALICE, BOB, 0),
        transfer(ALICE, BOB, -5),
    ],
)
def test_what_no_room_may_ask_is_a_defect(ledger: Ledger, wrong: Transfer) -> None:
    with pytest.raises(Defect):
        ledger.check([wrong])
    with pytest.raises(Defect):
        ledger.apply((), [wrong])


def test_an_unknown_account_is_refused(ledger: Ledger) -> None:
    for wrong in (transfer("nobody", BOB, 1), transfer(ALICE, "nobody", 1)):
        with pytest.raises(AccountUnknown):
            ledger.check([wrong])
    with pytest.raises(AccountUnknown):
        ledger.account(AccountId("nobody"))


def test_memory_is_read_once_and_forgotten_when_told() -> None:
    asked = []

    def read(account: AccountId) -> AccountRow | None:
        asked.append(account)
        return AccountRow(
            id=account,
            owner="cus",
            currency="KES",
            floor=0,
            cap=1000,
            debits=0,
            credits=100,
            debits_held=0,
            credits_held=0,
        )

    ledger = Ledger(read)
    ledger.apply((), [transfer(ALICE, BOB, 60)])
    assert (ledger.available(ALICE), ledger.available(BOB)) == (40, 160)
    assert asked == [ALICE, BOB]
    ledger.forget()
    assert (ledger.available(ALICE), ledger.available(BOB)) == (100, 100)
