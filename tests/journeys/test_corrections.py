"""Payments set right: reversed by the back office, given back by the payee, never edited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.assembly import verify_ledger
from tallystick.decide.policy import FeeRule, Terms
from tallystick.handset import Answer
from tallystick.testing import example_policy
from tests.stage import Person, Stage, facts_of, kes, pay, secret

DAY_MS = 86_400_000
FEE = FeeRule(
    operation="remote.pay",
    paid_by="payer",
    flat_minor=500,
    permille=0,
    minimum_minor=0,
    maximum_minor=None,
    agent_permille=0,
)


def named(answer: Answer) -> str:
    return f"{answer.leaf['device']}.{answer.leaf['request']}"


def reverse(stage: Stage, payment: str, reason: str = "paid by mistake") -> Answer:
    return stage.staff("backoffice").handset.reverse(payment, reason)


def give_back(payee: Person, payer: Person, payment: str, minor: int) -> Answer:
    return payee.handset.refund(payment, payer.account, kes(minor), secret())


# ---- reversals ----------------------------------------------------------------------------------


def test_a_payment_is_reversed_as_a_whole_and_once(
    stage: Stage, alice: Person, bob: Person
) -> None:
    before = stage.balance(alice)
    payment = named(pay(alice, bob, 60_000))
    answer = reverse(stage, payment)
    assert answer.accepted, answer.code
    assert (answer.leaf["payer"], answer.leaf["payee"]) == (bob.account, alice.account)
    assert facts_of(stage.tally(answer), "payment.given_back") == {
        "payment": payment,
        "reason": "paid by mistake",
    }
    assert stage.balance(alice) == before
    assert stage.balance(bob) == (0, 0)
    assert reverse(stage, payment).code == "payment.corrected"
    assert stage.balance(alice) == before
    rows = list(stage.platform._books.transfers(account=bob.account))  # type: ignore[arg-type]
    assert [row.id for row in rows] == [payment, f"{payment}.reversed"]
    assert stage.findings() == []


@pytest.fixture
def costly(tmp_path: Path) -> Iterator[Stage]:
    """A service in which a payment costs 5.00."""
    with Stage(
        tmp_path / "home", policy=example_policy(terms=Terms(fees={"remote.pay": FEE}))
    ) as made:
        yield made


def test_a_reversal_gives_the_fee_back_and_a_refund_does_not(costly: Stage) -> None:
    payer = costly.person("Carol Achieng", minor=100_000)
    payee = costly.person("Dan Mwangi")
    first, second = named(pay(payer, payee, 10_000)), named(pay(payer, payee, 10_000))
    assert costly.balance(payer) == (100_000 - 2 * 10_500, 0)
    assert reverse(costly, first).accepted
    assert costly.balance(payer) == (100_000 - 10_500, 0)
    assert give_back(payee, payer, second, 10_000).accepted
    assert costly.balance(payer) == (100_000 - 500, 0)
    assert costly.findings() == []
    assert [one.code for one in verify_ledger(costly.home) if not one.holds] == []


def test_what_was_spent_cannot_be_reversed(stage: Stage, alice: Person, bob: Person) -> None:
    payment = named(pay(alice, bob, 60_000))
    carol = stage.person("Carol Achieng")
    assert pay(bob, carol, 1).accepted
    assert reverse(stage, payment).code == "funds.insufficient"
    assert pay(carol, bob, 1).accepted
    assert reverse(stage, payment).accepted


def test_a_reversal_has_its_time(stage: Stage, alice: Person, bob: Person) -> None:
    first, second = named(pay(alice, bob, 10_000)), named(pay(alice, bob, 10_000))
    stage.clock.advance(ms=7 * DAY_MS)
    assert reverse(stage, first).accepted
    stage.clock.advance(ms=1000)
    assert reverse(stage, second).code == "payment.unknown"


@pytest.mark.parametrize(
    "name", ["nothing", "dev-1.short", "dev-1." + "r" * 16, ".", "a b." + "r" * 16, "x" * 160]
)
def test_what_is_no_payment_is_not_reversed(stage: Stage, name: str) -> None:
    assert reverse(stage, name).code == "payment.unknown"


def test_a_refused_payment_and_a_bank_transfer_are_not_reversed(
    stage: Stage, alice: Person, bob: Person
) -> None:
    assert reverse(stage, named(pay(bob, alice, 100))).code == "payment.unknown"
    held = alice.handset.transfer_to_bank("KE12ABCDEFGHIJ1234", alice.name, kes(100), secret())
    assert reverse(stage, named(held)).code == "payment.unknown"


def test_nobody_else_reverses(stage: Stage, alice: Person, bob: Person) -> None:
    payment = named(pay(alice, bob, 60_000))
    assert alice.handset.reverse(payment, "mine").code == "operation.forbidden"
    assert stage.staff("treasury").handset.reverse(payment, "x").code == "operation.forbidden"


# ---- refunds ------------------------------------------------------------------------------------


def test_refunds_never_add_up_to_more_than_the_payment(
    stage: Stage, alice: Person, bob: Person
) -> None:
    before = stage.balance(alice)
    stage.fund(bob, 100_000)
    payment = named(pay(alice, bob, 60_000))
    assert give_back(bob, alice, payment, 20_000).accepted
    assert give_back(bob, alice, payment, 40_001).code == "payment.corrected"
    answer = give_back(bob, alice, payment, 40_000)
    assert answer.accepted
    assert give_back(bob, alice, payment, 1).code == "payment.corrected"
    assert reverse(stage, payment).code == "payment.corrected"
    assert stage.balance(alice) == before
    rows = list(stage.platform._books.transfers(account=alice.account))  # type: ignore[arg-type]
    assert [row.id for row in rows[-2:]] == [f"{payment}.refund.1", f"{payment}.refund.2"]
    assert stage.findings() == []


def test_a_reversed_payment_is_not_given_back(stage: Stage, alice: Person, bob: Person) -> None:
    stage.fund(bob, 100_000)
    payment = named(pay(alice, bob, 60_000))
    assert reverse(stage, payment).accepted
    assert give_back(bob, alice, payment, 1).code == "payment.corrected"


def test_only_the_payee_gives_back_and_only_to_the_payer(
    stage: Stage, alice: Person, bob: Person
) -> None:
    stage.fund(bob, 100_000)
    carol = stage.person("Carol Achieng", minor=1000)
    payment = named(pay(alice, bob, 60_000))
    assert give_back(carol, alice, payment, 100).code == "payment.unknown"
    assert give_back(alice, bob, payment, 100).code == "payment.unknown"
    assert give_back(bob, carol, payment, 100).code == "payee.mismatch"
    assert give_back(bob, alice, "dev-1." + "r" * 16, 100).code == "payment.unknown"
    refund = give_back(bob, alice, payment, 100)
    assert refund.accepted
    assert give_back(alice, bob, named(refund), 100).code == "payment.unknown"


def test_a_refund_has_its_time(stage: Stage, alice: Person, bob: Person) -> None:
    payment = named(pay(alice, bob, 10_000))
    stage.clock.advance(ms=90 * DAY_MS + 1000)
    assert give_back(bob, alice, payment, 1).code == "payment.unknown"


def test_a_refund_that_is_sent_again_is_one_refund(
    stage: Stage, alice: Person, bob: Person
) -> None:
    payment = named(pay(alice, bob, 10_000))
    order = bob.handset.order_payment(
        "payment.refund", alice.account, "refund", kes(4_000), pin=secret(), refunds=payment
    )
    first, again = bob.handset.send(order), bob.handset.send(order)
    assert first.receipt == again.receipt
    assert stage.balance(bob) == (6_000, 0)


def test_members_of_other_orders_are_not_signed_for(
    stage: Stage, alice: Person, bob: Person
) -> None:
    payment = named(pay(alice, bob, 10_000))
    usual = (bob.account, bob.name, kes(100))
    order = alice.handset.order_payment("remote.pay", *usual, refunds=payment)
    assert alice.handset.send(order).code == "intent.refused"
    order = bob.handset.order_payment("payment.refund", alice.account, "refund", kes(1))
    assert bob.handset.send(order).code == "intent.refused"
    order = alice.handset.order_payment("remote.pay", *usual, receives=kes(100))
    assert alice.handset.send(order).code in ("currency.mismatch", "intent.refused")
