"""Mobile banking: balance, statement, and money on its way to a bank account."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.handset import Answer
from tests.stage import Person, Stage, kes, pay, refusal, secret

IBAN = "KE12ABCDEFGHIJ1234"


def to_bank(person: Person, minor: int, **changes: Any) -> Answer:
    usual = {"iban": IBAN, "name": person.name, "pin": secret()}
    return person.handset.transfer_to_bank(amount=kes(minor), **usual | changes)


def hold_of(answer: Answer) -> str:
    return f"{answer.leaf['device']}.{answer.leaf['request']}"


def balance(person: Person) -> dict[str, Any]:
    answer = person.handset.balance()
    assert answer.accepted
    return dict(answer.data or {})


def lines(person: Person, limit: int = 50) -> list[dict[str, Any]]:
    answer = person.handset.statement(limit)
    assert answer.data is not None
    found = answer.data["lines"]
    assert isinstance(found, list)
    return found


def test_the_balance_says_what_is_reserved(stage: Stage, alice: Person) -> None:
    assert balance(alice) == {"currency": "KES", "available": "100000.00", "reserved": "0.00"}
    assert to_bank(alice, 250_050).accepted
    assert balance(alice) == {"currency": "KES", "available": "97499.50", "reserved": "2500.50"}


def test_the_statement_runs_from_the_newest_line_back(
    stage: Stage, alice: Person, bob: Person
) -> None:
    pay(alice, bob, 60_000)
    stage.clock.advance(ms=5000)
    pay(bob, alice, 10_000)
    found = lines(alice)
    assert [(line["amount"], line["balance"]) for line in found] == [
        ("100.00", "99500.00"),
        ("-600.00", "99400.00"),
        ("100000.00", "100000.00"),
    ]
    assert [line["kind"] for line in found] == ["remote.pay", "remote.pay", "emoney.issue"]
    assert found[0]["counterparty"] == found[1]["counterparty"] == bob.account
    assert found[0]["at"] == "2023-11-14T22:13:25Z"
    assert lines(alice, 2) == found[:2]


@pytest.mark.parametrize("limit", [0, 51, -1, "1", None, True])
def test_a_statement_has_one_to_fifty_lines(stage: Stage, alice: Person, limit: Any) -> None:
    assert alice.handset.ask("banking.statement", {"limit": limit}).code == "order.malformed"


def test_no_number_of_ours_has_a_point(stage: Stage, alice: Person) -> None:
    asked = ("banking.statement", {"limit": 1.0})
    assert refusal(alice.handset.ask, *asked) == (400, "message.refused")


def test_money_that_the_bank_paid_has_left(stage: Stage, alice: Person) -> None:
    sent = to_bank(alice, 60_000)
    assert stage.balance(alice) == (10_000_000, 60_000)
    assert lines(alice)[0]["kind"] == "emoney.issue", "a hold moves nothing"
    assert stage.staff("treasury").handset.settle(hold_of(sent), "paid").accepted
    assert stage.balance(alice) == (9_940_000, 0)
    assert lines(alice)[0]["amount"] == "-600.00"
    assert stage.platform.safeguarding() == (9_940_000, 9_940_000)
    assert stage.findings() == []


def test_money_that_the_bank_could_not_pay_comes_back(stage: Stage, alice: Person) -> None:
    sent = to_bank(alice, 60_000)
    assert stage.staff("treasury").handset.settle(hold_of(sent), "failed").accepted
    assert stage.balance(alice) == (10_000_000, 0)
    assert len(lines(alice)) == 1
    assert stage.findings() == []


def test_a_hold_is_resolved_once(stage: Stage, alice: Person) -> None:
    treasury = stage.staff("treasury").handset
    sent = to_bank(alice, 60_000)
    assert treasury.settle(hold_of(sent), "failed").accepted
    for verdict in ("paid", "failed"):
        assert treasury.settle(hold_of(sent), verdict).code == "hold.unknown"
    for unknown in ("nobody.nothing", hold_of(pay(alice, stage.person("Bob Otieno"), 100))):
        assert treasury.settle(unknown, "paid").code == "hold.unknown"


def test_what_is_held_cannot_be_spent(stage: Stage, bob: Person) -> None:
    dan = stage.person("Dan Mwangi", minor=100_000)
    assert to_bank(dan, 60_000).accepted
    assert pay(dan, bob, 40_001).code == "funds.insufficient"
    assert to_bank(dan, 40_001).code == "funds.insufficient"
    assert pay(dan, bob, 40_000).accepted


@pytest.mark.parametrize("iban", ["", "KE", "12KEABCDEFGHIJ12", "KE12ABC", "KE1XABCDEFGHIJ1234"])
def test_only_a_bank_account_is_a_bank_account(stage: Stage, alice: Person, iban: str) -> None:
    assert to_bank(alice, 100, iban=iban).code == "payee.unknown"


def test_a_bank_account_is_no_payee_at_a_distance(stage: Stage, alice: Person) -> None:
    answer = pay(alice, alice, 100, payee_id="bank:ke12abcdefghij1234")
    assert answer.code == "payee.unknown"


def test_a_customer_without_an_account_has_nothing_to_see(stage: Stage, alice: Person) -> None:
    assert stage.staff("laboratory").handset.balance().code == "operation.forbidden"
