"""Attacks on money that is set aside: nobody takes it twice, more of it, too late, or for another."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace

import pytest

from tallystick.assembly import verify_ledger
from tallystick.ground.identifiers import AccountId
from tallystick.handset import Answer, Handset, Order, Refusal
from tallystick.handset.messages import new_request
from tallystick.protect.emoney import RESERVATIONS, Reservation
from tests.journeys.test_reservations import HOUR_MS, named, reserve, sweep, turn
from tests.stage import Person, Stage, alice, kes, stage

__all__ = ["alice", "stage"]


@pytest.fixture
def hotel(stage: Stage) -> Person:
    return stage.person("Lake Hotel", role="merchant")


@pytest.fixture
def taxi(stage: Stage) -> Person:
    return stage.person("City Taxi", role="merchant")


@pytest.fixture
def held(stage: Stage, alice: Person, hotel: Person) -> str:
    """600.00 of Alice's, for the hotel, for an hour."""
    return named(reserve(alice, hotel, 60_000, hours=1, stage=stage))


def sound(stage: Stage) -> None:
    stage.settled()
    assert stage.findings() == []
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []


def test_it_is_taken_once(stage: Stage, hotel: Person, held: str) -> None:
    assert hotel.handset.capture(held, kes(20_000)).accepted
    for minor in (1, 20_000, 40_000):
        assert hotel.handset.capture(held, kes(minor)).code == "hold.unknown"
    assert hotel.handset.release(held).code == "hold.unknown"
    assert stage.balance(hotel) == (20_000, 0)
    sound(stage)


def test_no_more_than_it_is_taken(stage: Stage, hotel: Person, held: str) -> None:
    for minor in (60_001, 2**40):
        assert hotel.handset.capture(held, kes(minor)).code == "hold.refused"
    for amount in ("0.00", "-1.00", "1", "1.000", "6e2", ""):
        body = {"reservation": held, "amount": amount}
        order = Order(request=new_request(), operation="reservation.capture", body=body)
        assert hotel.handset.send(order).code in ("amount.malformed", "order.malformed"), amount
    assert stage.balance(hotel) == (0, 0)
    assert hotel.handset.capture(held, kes(60_000)).accepted
    sound(stage)


def test_no_other_merchant_and_no_customer_takes_it(
    stage: Stage, alice: Person, taxi: Person, held: str
) -> None:
    before = stage.balance(alice)
    own = "dev-1." + "r" * 16
    assert taxi.handset.capture(own, kes(1)).code == "hold.unknown"
    assert taxi.handset.capture(held, kes(1)).code == "hold.unknown", "the same word for both"
    assert taxi.handset.release(held).code == "hold.unknown"
    assert alice.handset.capture(held, kes(1)).code == "operation.forbidden"
    assert alice.handset.release(held).code == "operation.forbidden"
    assert stage.staff("treasury").handset.settle(held, "failed").code == "hold.unknown"
    assert stage.staff("treasury").handset.expire(held).code == "hold.unknown"
    assert stage.balance(alice) == before
    sound(stage)


def test_a_handset_that_was_suspended_takes_nothing(stage: Stage, hotel: Person, held: str) -> None:
    assert hotel.handset.suspend("stolen").accepted
    assert hotel.handset.capture(held, kes(1)).code == "device.suspended"


def test_too_late_is_too_late_whether_or_not_it_was_given_back(
    stage: Stage, hotel: Person, held: str
) -> None:
    stage.clock.advance(ms=HOUR_MS)
    assert hotel.handset.capture(held, kes(1)).code == "hold.unknown"
    assert sweep(stage) == [held]
    assert hotel.handset.capture(held, kes(1)).code == "hold.unknown"
    assert stage.balance(hotel) == (0, 0)
    sound(stage)


def test_what_is_sent_again_has_one_effect(stage: Stage, hotel: Person, held: str) -> None:
    body = {"reservation": held, "amount": "100.00"}
    order = Order(request=new_request(), operation="reservation.capture", body=body)
    first, again = hotel.handset.send(order), hotel.handset.send(order)
    assert (first.receipt, first.data) == (again.receipt, again.data)
    other = replace(order, body={**body, "amount": "600.00"})
    with pytest.raises(Refusal, match=r"request\.conflict"):
        hotel.handset.send(other)
    assert stage.balance(hotel) == (10_000, 0)
    sound(stage)


def test_the_signed_words_make_one_reservation(stage: Stage, alice: Person, hotel: Person) -> None:
    """What Alice signed for one order is not good for another, and not for a payment."""
    until_ms = stage.clock.now_ms() + HOUR_MS
    order = alice.handset.order_payment(
        "reservation.make", hotel.account, hotel.name, kes(100), until_ms=until_ms
    )
    assert alice.handset.send(order).accepted
    assert alice.handset.send(replace(order, request=new_request())).code == "intent.refused"
    paid = Order(request=new_request(), operation="remote.pay", body=order.body)
    assert alice.handset.send(paid).code == "intent.refused"
    assert stage.balance(alice)[1] == 100


def test_of_many_who_take_it_at_once_one_does(stage: Stage, hotel: Person, held: str) -> None:
    """The same merchant with several orders that are decided side by side."""
    answers: list[Answer] = []
    books = stage.faulty_books()
    orders = [
        Order(
            request=new_request(),
            operation="reservation.capture",
            body={"reservation": held, "amount": "200.00"},
        )
        for _ in range(3)
    ]
    hotel.handset.open_session()
    with books.held():
        first = threading.Thread(target=lambda: answers.append(hotel.handset.send(orders[0])))
        first.start()
        wait_until_taken(stage, held)
        stage.clock.advance(ms=HOUR_MS)
        promises = turn(stage)
        assert promises.keys() <= {""}, "it is taken, though not yet durable: nothing is due"
    first.join()
    answers += [hotel.handset.send(order) for order in orders[1:]]
    assert [answer.code for answer in answers] == ["ok", "hold.unknown", "hold.unknown"]
    assert stage.balance(hotel) == (20_000, 0)
    assert sweep(stage) == []
    sound(stage)


CHANGES = {
    "more money": {"amount_minor": 90_000},
    "more time": {"expires_ms": 2**50},
    "another merchant": {"payee": AccountId("acc-nobody")},
}


@pytest.mark.parametrize("change", CHANGES)
def test_who_edits_the_record_of_it_gets_nothing_and_is_found(
    stage: Stage, hotel: Person, taxi: Person, held: str, change: str
) -> None:
    stage.settled()
    stage.close()
    thief = taxi if change == "another merchant" else hotel
    changes = CHANGES[change] | ({"payee": taxi.account} if thief is taxi else {})
    _edit(stage, held, changes)
    state = thief.handset.state()
    with Stage(stage.home, clock=stage.clock) as again:
        again.states = {"thief": state}
        again.clock.advance(ms=2 * HOUR_MS if change == "more time" else 0)
        handset = again.restored("thief")
        minor = 90_000 if change == "more money" else 60_000
        # Memory sees more given back than is held, or the tables compare with the hold itself.
        assert told(handset, held, minor) in ("hold.unknown", "service.closed")
        again.settled()
        assert any("reservation" in said for said in again.findings())
        assert again.balance(Person(handset, "thief")) == (0, 0)


def wait_until_taken(stage: Stage, held: str) -> None:
    """Until it is decided, though not yet durable."""

    async def looked() -> Reservation | None:
        return stage.platform.record(RESERVATIONS, held)

    for _ in range(2000):
        known = stage.transport._run(looked())
        if known is not None and known.resolved:
            return
        time.sleep(0.005)
    raise AssertionError("nobody took it")


def told(handset: Handset, held: str, minor: int) -> str:
    try:
        return handset.capture(held, kes(minor)).code
    except Refusal as refused:
        return refused.code


def _edit(stage: Stage, name: str, changes: dict[str, object]) -> None:
    books = sqlite3.connect(stage.home / "books.sqlite", isolation_level=None)
    where = "WHERE name = ? AND key = ?"
    named_so = (RESERVATIONS.name, name)
    (octets,) = books.execute(f"SELECT value FROM register {where}", named_so).fetchone()
    known: Reservation = RESERVATIONS.decode(octets)
    edited = RESERVATIONS.encode(replace(known, **changes))  # type: ignore[arg-type]
    books.execute(f"UPDATE register SET value = ? {where}", (edited, *named_so))
    books.close()
