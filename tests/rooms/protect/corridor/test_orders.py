"""One order from message to settlement: demanded facts, refusals on record, one answer per order."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.ground.identifiers import from_base64url
from tallystick.handset import Answer, Order, Refusal
from tallystick.protect.corridor import outcomes, payments
from tallystick.protect.enforcement import Tally
from tallystick.testing import CAPS_MINOR, LISTED_NAME
from tests.stage import Person, Stage, facts_of, kes, pay, payment, refusal, secret


def test_a_payment_has_every_demanded_fact_and_moves_the_money(
    stage: Stage, alice: Person, bob: Person
) -> None:
    answer = pay(alice, bob, 60_000)
    assert answer.code == "ok"
    assert set(stage.kinds(answer)) == set(PAYMENT_FACTS)
    assert (stage.balance(alice), stage.balance(bob)) == ((9_940_000, 0), (60_000, 0))
    assert facts_of(stage.tally(answer), "customer.authenticated") == {"factor": "device+pin"}
    assert stage.findings() == []


def test_below_the_step_up_amount_the_device_is_the_factor(
    stage: Stage, alice: Person, bob: Person
) -> None:
    answer = pay(alice, bob, 49_999, pin=None)
    assert answer.accepted
    assert facts_of(stage.tally(answer), "customer.authenticated") == {"factor": "device"}
    assert pay(alice, bob, 50_000, pin=None).code == "customer.not_verified"


# ---- nothing is posted without each demanded fact -----------------------------------------------


@pytest.mark.parametrize("kind", PAYMENT_FACTS)
def test_nothing_is_posted_when_a_demanded_fact_is_missing(
    stage: Stage,
    alice: Person,
    bob: Person,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    notch = Tally.notch

    def forget(tally: Tally, fact: str, control: str, /, **detail: str | int) -> None:
        if fact != kind:
            notch(tally, fact, control, **detail)

    monkeypatch.setattr(Tally, "notch", forget)
    answer = pay(alice, bob, 60_000)
    assert answer.code == "service.closed"
    assert (stage.balance(alice), stage.balance(bob)) == ((10_000_000, 0), (0, 0))
    assert f"without {kind}" in caplog.text


CHECKS = [
    (outcomes, "check_version"),
    (payments, "verify_intent"),
    (payments, "authenticate_by_pin"),
    (payments, "check_tier"),
    (payments, "check_balance"),
    (payments, "check_parties"),
    (payments, "check_risk"),
]


@pytest.mark.parametrize(("room", "check"), CHECKS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_check_that_breaks_refuses_and_tells_the_operator_alone(
    stage: Stage,
    alice: Person,
    bob: Person,
    room: Any,
    check: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(room, check, broken)
    answer = pay(alice, bob, 60_000)
    assert answer.code == "service.closed"
    assert stage.tally(answer)["code"] == "service.closed"
    assert "secret" not in json.dumps(dict(answer.leaf)) + json.dumps(stage.tally(answer))
    assert "a secret of the house" in caplog.text
    monkeypatch.undo()
    assert pay(alice, bob, 60_000).accepted, "a broken check does not last"


@pytest.mark.parametrize("call", ["verify_pins", "open_messages"])
def test_without_the_crypto_module_the_service_is_closed(
    stage: Stage, alice: Person, bob: Person, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    pay(alice, bob, 100)
    stage.module.lose(call)
    try:
        code = pay(alice, bob, 60_000).code
    except Refusal as refused:
        code = refused.code
    assert code == "service.closed"
    assert "could not be made" in caplog.text
    stage.module.find()
    assert stage.balance(bob) == (100, 0)
    assert pay(alice, bob, 60_000).accepted


# ---- refusals -----------------------------------------------------------------------------------


def _listed(stage: Stage, alice: Person, bob: Person) -> Answer:
    return alice.handset.transfer_to_bank("KE12ABCDEFGHIJ1234", LISTED_NAME, kes(100))


def _broke(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(bob, alice, 100)


def _too_much_for_software(stage: Stage, alice: Person, bob: Person) -> Answer:
    assert pay(alice, bob, CAPS_MINOR["software"]).accepted
    return pay(alice, bob, CAPS_MINOR["software"] + 1)


def _wrong_pin(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, bob, 60_000, pin="0000")


def _no_pin(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, bob, 60_000, pin=None)


def _locked(stage: Stage, alice: Person, bob: Person) -> Answer:
    for _ in range(3):
        pay(alice, bob, 60_000, pin="0000")
    return pay(alice, bob, 60_000)


def _unknown_payee(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, bob, 100, payee_id="acc-nobody")


def _system_account(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, bob, 100, payee_id="trust.float")


def _oneself(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, alice, 100)


def _another_name(stage: Stage, alice: Person, bob: Person) -> Answer:
    return pay(alice, bob, 100, payee_name="Bob Otienno")


def _above_the_tier(stage: Stage, alice: Person, bob: Person) -> Answer:
    small = stage.person("Carol Achieng", tier="tier1", minor=400_000)
    return pay(small, bob, 300_001)


def _above_the_payees_balance(stage: Stage, alice: Person, bob: Person) -> Answer:
    small = stage.person("Carol Achieng", tier="tier1", minor=1_999_999)
    return pay(alice, small, 2)


def _another_operation(stage: Stage, alice: Person, bob: Person) -> Answer:
    return alice.handset.issue(alice.account, kes(100))


def _unknown_member(stage: Stage, alice: Person, bob: Person) -> Answer:
    return alice.handset.ask("banking.balance", {"more": 1})


def _suspended(stage: Stage, alice: Person, bob: Person) -> Answer:
    assert alice.handset.suspend("lost").accepted
    return pay(alice, bob, 100)


REFUSALS = [  # what is tried, code outside, code in the tally
    (_listed, "payment.declined", "parties.listed"),
    (_broke, "funds.insufficient", "funds.insufficient"),
    (_too_much_for_software, "environment.cap", "environment.cap"),
    (_wrong_pin, "customer.not_verified", "customer.not_verified"),
    (_no_pin, "customer.not_verified", "customer.not_verified"),
    (_locked, "customer.not_verified", "customer.locked"),
    (_unknown_payee, "payee.unknown", "payee.unknown"),
    (_system_account, "payee.unknown", "payee.unknown"),
    (_oneself, "payee.unknown", "payee.unknown"),
    (_another_name, "payee.mismatch", "payee.mismatch"),
    (_above_the_tier, "tier.exceeded", "tier.exceeded"),
    (_above_the_payees_balance, "tier.exceeded", "tier.exceeded"),
    (_another_operation, "operation.forbidden", "operation.forbidden"),
    (_unknown_member, "order.malformed", "order.malformed"),
    (_suspended, "device.suspended", "device.suspended"),
]


@pytest.mark.parametrize(
    ("attempt", "outside", "inside"), REFUSALS, ids=lambda v: getattr(v, "__name__", "")
)
def test_a_refusal_is_recorded_with_its_true_reason(
    stage: Stage, alice: Person, bob: Person, attempt: Any, outside: str, inside: str
) -> None:
    answer = attempt(stage, alice, bob)
    before = {person.name: stage.balance(person) for person in (alice, bob)}
    assert (answer.outcome, answer.code, answer.data) == ("refused", outside, None)
    tally = stage.tally(answer)
    assert tally["code"] == inside
    assert facts_of(tally, "order.refused")["reason"] == inside
    assert "transfer.posted" not in stage.kinds(answer)
    assert {person.name: stage.balance(person) for person in (alice, bob)} == before
    assert stage.findings() == []


def test_what_the_payer_is_told_does_not_say_which_check_declined(
    stage: Stage, alice: Person
) -> None:
    """The salted tally alone knows: its digest in the receipt can be guessed by nobody."""
    twice = [_listed(stage, alice, alice) for _ in range(2)]
    tallies = [stage.tally(answer) for answer in twice]
    assert len({answer.leaf["tally"] for answer in twice}) == 2
    assert len({tally["salt"] for tally in tallies}) == 2
    assert all(len(from_base64url(tally["salt"])) == 16 for tally in tallies)
    told = [{k: v for k, v in answer.leaf.items() if k not in UNLIKE} for answer in twice]
    assert told[0] == told[1]


UNLIKE = ("request", "tally", "instruction")


def test_a_refused_order_counts_nothing_but_its_counter(
    stage: Stage, alice: Person, bob: Person
) -> None:
    small = stage.person("Carol Achieng", tier="tier1", minor=2_000_000)
    for _ in range(3):
        assert pay(small, bob, 300_000).accepted
    for _ in range(5):
        assert pay(small, bob, 200_000).code == "tier.exceeded"
    assert pay(small, bob, 100_000).accepted, "what was refused has not used the limit up"


def test_an_unknown_operation_is_refused_and_recorded(stage: Stage, alice: Person) -> None:
    assert refusal(alice.handset.ask, "remote.steal", {}) == (400, "message.refused")
    assert stage.tallies()[-1]["code"] == "message.refused"


def test_an_operation_without_a_journey_is_closed(
    stage: Stage, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.platform._corridor, "_journeys", {})
    assert alice.handset.balance().code == "service.closed"


# ---- one order, one answer ----------------------------------------------------------------------


def test_the_same_order_gets_the_first_answer_and_pays_once(
    stage: Stage, alice: Person, bob: Person
) -> None:
    order = payment(alice, bob, 60_000)
    first = alice.handset.send(order)
    pay(alice, bob, 1)  # the log goes on
    again = [_retried(alice, order) for _ in range(3)]
    assert {(a.index, a.receipt, a.code) for a in again} == {(first.index, first.receipt, "ok")}
    assert stage.balance(bob) == (60_001, 0)
    counted = stage.platform._books.register("counter", alice.device)
    assert counted == str(alice.handset.counter).encode(), "the counters of retries are burnt"


def test_a_refused_order_stays_refused(stage: Stage, alice: Person, bob: Person) -> None:
    order = payment(bob, alice, 100)
    assert bob.handset.send(order).code == "funds.insufficient"
    stage.fund(bob, 1000)
    assert _retried(bob, order).code == "funds.insufficient"
    assert stage.balance(bob) == (1000, 0)


def test_the_same_answer_data_comes_back(stage: Stage, alice: Person) -> None:
    order = Order(request="enquiry-0000-0001", operation="banking.balance", body={})
    first = alice.handset.send(order)
    stage.fund(alice, 500)
    assert _retried(alice, order).data == first.data


def test_another_order_under_the_same_request_is_a_conflict(
    stage: Stage, alice: Person, bob: Person
) -> None:
    order = payment(alice, bob, 100)
    alice.handset.send(order)
    others = [
        replace(order, operation="banking.balance"),
        replace(order, body={}),
        replace(order, body={**order.body, "pin": "other"}),
        payment(alice, bob, 200, request=order.request),
    ]
    for other in others:
        assert refusal(alice.handset.send, other) == (409, "request.conflict")
    assert stage.balance(bob) == (100, 0)


def test_a_request_belongs_to_its_device(stage: Stage, alice: Person, bob: Person) -> None:
    order = Order(request="enquiry-0000-0001", operation="banking.balance", body={})
    answers = [alice.handset.send(order), bob.handset.send(order)]
    assert answers[0].leaf["device"] != answers[1].leaf["device"]
    assert answers[0].data != answers[1].data


def test_an_enrolments_request_cannot_be_used_again(stage: Stage) -> None:
    carol = stage.person("Carol Achieng")
    enrolled = stage.platform.evidence.leaves(stage.platform.evidence.size() - 1, 1)[0]
    request = json.loads(enrolled.leaf)["request"]
    order = Order(request=request, operation="banking.balance", body={})
    assert refusal(carol.handset.send, order) == (409, "request.conflict")


def test_a_retry_while_the_first_is_on_its_way_gets_the_same_answer(
    stage: Stage, alice: Person, bob: Person
) -> None:
    alice.handset.open_session()
    books = stage.faulty_books()
    order = payment(alice, bob, 60_000)
    sent = [alice.handset.prepare_message(order) for _ in range(3)]
    answers: list[Answer] = []

    def send(headers: dict[str, str], body: bytes) -> None:
        reply = alice.handset.connection.post("/v1/messages", body, headers=headers)
        answers.append(alice.handset.read_reply(order, reply.expect("application/jose")))

    threads = [threading.Thread(target=send, args=one) for one in sent]
    with books.held():
        for thread in threads:
            thread.start()
        books.await_commit()
        stage.transport.run(lambda: None)
    for thread in threads:
        thread.join()
    assert len({answer.receipt for answer in answers}) == 1
    assert stage.balance(bob) == (60_000, 0)
    counted = stage.platform._books.register("counter", alice.device)
    assert counted == str(alice.handset.counter).encode(), "no counter is good twice"


def _retried(person: Person, order: Order) -> Answer:
    person.handset.unanswered[order.request] = order
    return person.handset.retry(order.request)


def test_the_pin_of_one_order_is_no_pin_of_another(
    stage: Stage, alice: Person, bob: Person
) -> None:
    sealed = payment(alice, bob, 60_000).body["pin"]
    other = payment(alice, bob, 70_000, pin=None)
    stolen = replace(other, body={**other.body, "pin": sealed})
    answer = alice.handset.send(stolen)
    assert answer.code == "customer.not_verified"
    assert facts_of(stage.tally(answer), "order.refused")["reason"] == "customer.not_verified"


def test_a_pin_sealed_by_another_device_is_not_verified(
    stage: Stage, alice: Person, bob: Person
) -> None:
    order = payment(alice, bob, 60_000, pin=None)
    foreign = bob.handset.seal_pin(secret(), request=order.request)
    answer = alice.handset.send(replace(order, body={**order.body, "pin": foreign}))
    assert answer.code == "customer.not_verified"
