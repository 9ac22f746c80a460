"""Lockout as a customer meets it: by the order in which orders are decided, and no oracle."""

from __future__ import annotations

import threading

import pytest

from tallystick.protect.customers import PIN_RECORDS
from tests.stage import Person, Stage, pay, payment

WORD = "customer.not_verified"


def test_the_third_wrong_pin_locks_for_an_hour(stage: Stage, alice: Person, bob: Person) -> None:
    for _ in range(3):
        assert pay(alice, bob, 60_000, pin="0000").code == WORD
    stage.clock.advance(ms=3_599_999)
    assert pay(alice, bob, 60_000).code == WORD
    stage.clock.advance(ms=1)
    assert pay(alice, bob, 60_000).code == "ok"


def test_the_lock_is_on_the_disk(stage: Stage, alice: Person, bob: Person) -> None:
    for _ in range(3):
        pay(alice, bob, 60_000, pin="0000")
    stage.platform._committer._generation += 1  # memory is forgotten
    assert pay(alice, bob, 60_000).code == WORD


def test_a_refused_payment_does_not_clear_the_count(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """A right PIN on an order that is refused for another reason leaves the count as it was."""
    for pin, minor in (("0000", 60_000), ("0000", 60_000), ("4711", 7_000_001), ("0000", 60_000)):
        assert not pay(alice, bob, minor, pin=pin).accepted
    assert pay(alice, bob, 60_000).code == WORD


def test_a_small_payment_needs_no_pin_even_while_locked(
    stage: Stage, alice: Person, bob: Person
) -> None:
    for _ in range(3):
        pay(alice, bob, 60_000, pin="0000")
    assert pay(alice, bob, 100, pin=None).accepted


def test_many_guesses_at_once_are_counted_one_by_one(
    stage: Stage, alice: Person, bob: Person
) -> None:
    alice.handset.open_session()
    orders = [payment(alice, bob, 60_000, pin=f"{n:04}") for n in range(8)]
    orders.append(payment(alice, bob, 60_000))
    sent = [(order, *alice.handset.prepare_message(order)) for order in orders]
    codes: dict[str, str] = {}

    def send(number: int) -> None:
        order, headers, body = sent[number]
        reply = alice.handset.connection.post("/v1/messages", body, headers=headers)
        if reply.status == 200:
            answer = alice.handset.read_reply(order, reply.expect("application/jose"))
            codes[order.request] = stage.tally(answer)["code"]

    threads = [threading.Thread(target=send, args=[number]) for number in range(len(sent))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(code == WORD for code in codes.values()) <= 3
    assert "ok" not in codes.values() or list(codes.values()).count(WORD) < 3


@pytest.mark.parametrize("pins", [("0000", "4711"), ("4711", "0000")])
def test_what_comes_back_does_not_tell_locked_from_wrong(
    stage: Stage, alice: Person, bob: Person, pins: tuple[str, str]
) -> None:
    for _ in range(3):
        pay(alice, bob, 60_000, pin="0000")
    unlike = ("request", "tally", "instruction")
    told = [
        {k: v for k, v in pay(alice, bob, 60_000, pin=pin).leaf.items() if k not in unlike}
        for pin in pins
    ]
    assert told[0] == told[1]


def test_a_customer_whose_reference_is_gone_is_refused_after_the_same_work(
    stage: Stage, alice: Person, bob: Person
) -> None:

    registers = stage.platform._desk.registers
    asked = stage.module.asked["verify_pins"]
    real = registers.get
    registers.get = lambda register, key: (  # type: ignore[method-assign,assignment]
        None if register is PIN_RECORDS else real(register, key)
    )
    assert pay(alice, bob, 60_000).code == WORD
    assert stage.module.asked["verify_pins"] == asked + 1
