"""Paying another person and paying a merchant, from handset to books and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.ground.identifiers import AccountId
from tallystick.handset import Answer, Order
from tallystick.protect.codes import MerchantCode, write_code
from tallystick.testing import LISTED_NAME
from tests.stage import Person, Stage, kes, pay, secret


@pytest.fixture
def njeri(stage: Stage) -> Person:
    return stage.person("Mama Njeri Shop", role="merchant")


def code_of(merchant: Person) -> str:
    assert merchant.qr is not None
    return merchant.qr


def merchant_order(payer: Person, minor: int, **changes: Any) -> Order:
    usual = {"payee_id": "", "payee_name": "", "pin": secret()}
    return payer.handset.order_payment("merchant.pay", amount=kes(minor), **usual | changes)


def test_a_person_pays_a_person(stage: Stage, alice: Person, bob: Person) -> None:
    answer = pay(alice, bob, 125_000)
    assert answer.accepted
    assert (stage.balance(alice), stage.balance(bob)) == ((9_875_000, 0), (125_000, 0))
    assert (answer.leaf["payer"], answer.leaf["payee"]) == (alice.account, bob.account)
    assert stage.findings() == []


def test_names_are_compared_as_people_write_them(stage: Stage, alice: Person, bob: Person) -> None:
    for written in ("bob otieno", "BOB  OTIENO", " Bob Otieno "):
        assert pay(alice, bob, 100, payee_name=written).accepted
    for other in ("Bob", "Bob Otieno Jr", "Bob Otien\u043e"):
        assert pay(alice, bob, 100, payee_name=other).code == "payee.mismatch"


def test_a_person_pays_a_merchant_by_the_code_on_the_counter(
    stage: Stage, alice: Person, njeri: Person
) -> None:
    answer = alice.handset.pay_merchant(code_of(njeri), kes(60_000), secret())
    assert answer.accepted
    assert set(stage.kinds(answer)) == set(PAYMENT_FACTS)
    assert stage.balance(njeri) == (60_000, 0)


def test_a_merchant_can_be_paid_at_a_distance_too(
    stage: Stage, alice: Person, njeri: Person
) -> None:
    assert pay(alice, njeri, 100).accepted


def swapped_payee(stage: Stage, alice: Person, njeri: Person) -> Order:
    other = stage.person("Kamau Stores", role="merchant")
    return merchant_order(
        alice, 100, payee_id=other.account, payee_name=other.name, qr=code_of(njeri)
    )


def altered_code(stage: Stage, alice: Person, njeri: Person) -> Order:
    qr = code_of(njeri).replace("Njeri", "Njuri")
    return merchant_order(alice, 100, payee_id=njeri.account, payee_name=njeri.name, qr=qr)


def no_code(stage: Stage, alice: Person, njeri: Person) -> Order:
    return merchant_order(alice, 100, payee_id=njeri.account, payee_name=njeri.name, qr="")


def a_person_behind_a_code(stage: Stage, alice: Person, njeri: Person) -> Order:
    """The provider's own signature over the account of somebody who is no merchant."""
    dan = stage.person("Dan Mwangi")
    code = MerchantCode(account=AccountId(dan.account), name=dan.name, currency="KES", country="KE")
    qr = write_code(code, sign=lambda octets: stage.module.sign(purpose="qr", octets=octets))
    return merchant_order(alice, 100, payee_id=dan.account, payee_name=dan.name, qr=qr)


@pytest.mark.parametrize("attempt", [swapped_payee, altered_code, no_code, a_person_behind_a_code])
def test_another_payee_than_the_codes_is_a_mismatch(
    stage: Stage, alice: Person, njeri: Person, attempt: Any
) -> None:
    answer = alice.handset.send(attempt(stage, alice, njeri))
    assert answer.code == "payee.mismatch"
    assert stage.balance(alice) == (10_000_000, 0)


def test_a_merchant_order_needs_its_code(stage: Stage, alice: Person, njeri: Person) -> None:
    order = merchant_order(alice, 100, payee_id=njeri.account, payee_name=njeri.name, qr="x")
    bare = {name: member for name, member in order.body.items() if name != "qr"}
    assert alice.handset.send(replace(order, body=bare)).code == "order.malformed"


def test_a_listed_person_is_not_taken_on_and_nobody_is_told_why(stage: Stage) -> None:
    answer = stage.registered(LISTED_NAME)
    assert (answer.code, answer.data) == ("payment.declined", None)
    assert stage.tally(answer)["code"] == "parties.listed"


def test_agents_and_merchants_pay_too(stage: Stage, bob: Person) -> None:
    for role in ("agent", "merchant"):
        person = stage.person(f"Somebody {role}", role=role, minor=1000)
        assert pay(person, bob, 100).accepted
    assert stage.balance(bob) == (200, 0)


def test_every_answer_stands_in_the_log_that_everybody_sees(
    stage: Stage, alice: Person, bob: Person
) -> None:
    answers: list[Answer] = [pay(alice, bob, 100 + n) for n in range(5)]
    kept = stage.platform.evidence.leaves(0, 1000)
    for answer in answers:
        assert kept[answer.index].leaf == answer.receipt
        assert json.loads(answer.receipt)["request"] == answer.leaf["request"]
