"""Amounts and names at their edges, over HTTP: a typed refusal, on the record, nothing moved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tallystick.handset import Order, new_request
from tallystick.trials import forging
from tests.stage import Person, Stage, kes, pay, payment, refusal, secret

AMOUNTS = [
    ("0.00", "amount.malformed"),
    ("-1.00", "amount.malformed"),
    ("-0.00", "amount.malformed"),
    ("1", "amount.malformed"),
    ("1.0", "amount.malformed"),
    ("1.005", "amount.malformed"),
    ("01.00", "amount.malformed"),
    ("1,00", "amount.malformed"),
    ("1e2", "amount.malformed"),
    ("", "amount.malformed"),
    ("NaN", "amount.malformed"),
    ("90071992547409.93", "amount.malformed"),
    ("99999999999999999.99", "amount.malformed"),
    ("90071992547409.91", "environment.cap"),
    ("9999999.99", "environment.cap"),
    ("100000000000000000000.00", "intent.refused"),
]


def signed(payer: Person, order: Order, **payload: Any) -> Order:
    said = forging.transaction(order)
    said["payload"] |= payload
    return forging.signed_order(payer.handset, order, forging.encode(said))


def untouched(stage: Stage, alice: Person, bob: Person) -> None:
    assert stage.balance(alice) == (10_000_000, 0)
    assert stage.balance(bob) == (0, 0)


@pytest.mark.parametrize(("text", "code"), AMOUNTS)
def test_an_amount_at_its_edge_moves_nothing(
    stage: Stage, alice: Person, bob: Person, text: str, code: str
) -> None:
    order = signed(alice, payment(alice, bob, 100), amount=text)
    seen = forging.post_order(alice.handset, order)
    assert seen.code == code
    assert seen.answer is not None
    (refused,) = [f for f in stage.tally(seen.answer)["facts"] if f["kind"] == "order.refused"]
    assert refused["detail"]["reason"] == code
    untouched(stage, alice, bob)
    assert stage.findings() == []


@pytest.mark.parametrize("currency", ["EUR", "USD", "XXX", "kes", "KE", "", "KES "])
def test_another_currency_moves_nothing(
    stage: Stage, alice: Person, bob: Person, currency: str
) -> None:
    order = signed(alice, payment(alice, bob, 100), currency=currency)
    assert forging.post_order(alice.handset, order).code == "currency.mismatch"
    untouched(stage, alice, bob)


@pytest.mark.parametrize("fee", ["0.00", "-1.00", "1", "1.005", "99999999999999999.99"])
def test_a_fee_at_its_edge_moves_nothing(
    stage: Stage, alice: Person, bob: Person, fee: str
) -> None:
    order = signed(alice, payment(alice, bob, 100), fee=fee)
    assert forging.post_order(alice.handset, order).code == "amount.malformed"
    untouched(stage, alice, bob)


@pytest.mark.parametrize(
    "account", ["acc-nobody", "trust.float", "emoney.unissued", "emoney.fees", "bank:ke12", "x"]
)
def test_an_unknown_payee_is_one_word(
    stage: Stage, alice: Person, bob: Person, account: str
) -> None:
    seen = {
        pay(alice, bob, 100, payee_id=account).code,
        alice.handset.cash_out(account, "Nobody", kes(100), secret()).code,
    }
    assert seen == {"payee.unknown"}
    untouched(stage, alice, bob)


def test_the_same_id_with_another_body_is_a_conflict(
    stage: Stage, alice: Person, bob: Person
) -> None:
    request = new_request()
    assert pay(alice, bob, 100, request=request).accepted
    other = payment(alice, bob, 200, request=request)
    assert refusal(alice.handset.send, other) == (409, "request.conflict")
    assert stage.balance(bob) == (100, 0)


QUOTES: list[tuple[dict[str, object], str]] = [
    ({"operation": "remote.pay", "amount": "0.00"}, "amount.malformed"),
    ({"operation": "remote.pay", "amount": "1.00", "currency": "USD"}, "currency.mismatch"),
    ({"operation": "remote.pay", "amount": "1.00", "receives": "USD"}, "order.malformed"),
    ({"operation": "fx.exchange", "amount": "1.00", "receives": "USD"}, "rate.mismatch"),
    ({"operation": "fx.exchange", "amount": "1.00", "currency": "ZZZ"}, "rate.mismatch"),
    ({"operation": "emoney.issue", "amount": "1.00"}, "order.malformed"),
    ({"operation": "remote.pay"}, "order.malformed"),
    ({"operation": "remote.pay", "amount": 1}, "order.malformed"),
    ({"operation": "remote.pay", "amount": "1.00", "currency": "usd"}, "order.malformed"),
]


@pytest.mark.parametrize(("body", "code"), QUOTES, ids=lambda value: json.dumps(value)[:70])
def test_a_quote_of_nothing_is_refused(
    stage: Stage, alice: Person, body: dict[str, object], code: str
) -> None:
    assert alice.handset.ask("payment.quote", body).code == code
