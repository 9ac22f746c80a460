"""Messages that arrive together: decided one after another, each refused in its own place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.crypto.modules import ModuleUnavailable
from tallystick.ground.errors import Refused
from tallystick.handset import Order, new_request
from tallystick.protect.corridor import Arrival, Pending
from tallystick.protect.customers import PIN_RECORDS, PinRecord
from tallystick.protect.enforcement import Mark
from tallystick.testing import marks_only
from tests.spoilt import other_end
from tests.stage import Person, Stage, payment


def arriving(person: Person, order: Order, **changes: Any) -> Arrival:
    """An order as the edge hands it in."""
    headers, body = person.handset.prepare_message(order)
    usual = {
        "sealed": body.decode(),
        "grant": headers["Authorization"].removeprefix("DPoP "),
        "proof": headers["DPoP"],
        "method": "POST",
        "url": person.handset.connection.url("/v1/messages"),
    }
    return Arrival(**usual | changes)


def together(stage: Stage, *cases: tuple[Person, Order] | Arrival) -> list[str]:
    """Hand orders in as one batch; their codes in order."""
    arrivals = [case if isinstance(case, Arrival) else arriving(*case) for case in cases]
    outcomes = stage.transport.run(lambda: stage.platform.arrivals.messages(arrivals))
    codes = []
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, Refused):
            codes.append(outcome.outside)
            continue
        sealed = outcome.answer(outcome.promise.result(10)).encode()
        assert not isinstance(case, Arrival)
        person, order = case
        codes.append(person.handset.read_reply(order, sealed).code)
    return codes


@pytest.fixture
def carol(stage: Stage) -> Person:
    return stage.person("Carol Achieng", minor=1_000_000)


def test_every_order_of_a_batch_is_decided(
    stage: Stage, alice: Person, bob: Person, carol: Person
) -> None:
    codes = together(
        stage,
        (alice, payment(alice, bob, 60_000)),
        (carol, payment(carol, bob, 70_000)),
        (alice, payment(alice, bob, 80_000)),
        (bob, payment(bob, carol, 1)),
    )
    assert codes == ["ok"] * 4
    assert stage.balance(bob) == (209_999, 0)


def test_money_is_spent_once_in_a_batch(
    stage: Stage, alice: Person, bob: Person, carol: Person
) -> None:
    orders = [(carol, payment(carol, person, 600_000)) for person in (alice, bob, alice)]
    assert together(stage, *orders) == ["ok", "funds.insufficient", "funds.insufficient"]


def test_limits_count_within_a_batch(stage: Stage, alice: Person, bob: Person) -> None:
    small = stage.person("Dan Mwangi", tier="tier1", minor=2_000_000)
    orders = [(small, payment(small, bob, 300_000)) for _ in range(4)]
    assert together(stage, *orders) == ["ok", "ok", "ok", "tier.exceeded"]


def test_wrong_pins_count_within_a_batch(stage: Stage, alice: Person, bob: Person) -> None:
    """Three wrong PINs lock; the right one behind them is too late, however they arrive."""
    wrong = [(alice, payment(alice, bob, 60_000, pin=f"000{n}")) for n in range(3)]
    codes = together(stage, *wrong, (alice, payment(alice, bob, 60_000)))
    assert codes == ["customer.not_verified"] * 4
    assert stage.tallies()[-1]["code"] == "customer.locked"
    assert stage.balance(bob) == (0, 0)


def test_a_right_pin_between_wrong_ones_clears_the_count(
    stage: Stage, alice: Person, bob: Person
) -> None:
    pins = ["0000", "0000", "4711", "0000", "0000", "4711"]
    codes = together(stage, *((alice, payment(alice, bob, 60_000, pin=pin)) for pin in pins))
    bad, good = "customer.not_verified", "ok"
    assert codes == [bad, bad, good, bad, bad, good]


def test_a_device_suspended_in_a_batch_does_nothing_behind_it(
    stage: Stage, alice: Person, bob: Person
) -> None:
    lost = Order(
        request=new_request(),
        operation="device.suspend",
        body={"device": alice.device, "reason": "lost"},
    )
    codes = together(
        stage,
        (alice, payment(alice, bob, 100)),
        (stage.staff("backoffice"), lost),
        (alice, payment(alice, bob, 100)),
    )
    assert codes == ["ok", "ok", "device.suspended"]
    assert stage.balance(bob) == (100, 0)


def test_one_order_twice_in_a_batch_pays_once(stage: Stage, alice: Person, bob: Person) -> None:
    order = payment(alice, bob, 60_000)
    assert together(stage, (alice, order), (alice, order)) == ["ok", "ok"]
    assert stage.balance(bob) == (60_000, 0)


def test_a_message_twice_in_a_batch_is_taken_once(stage: Stage, alice: Person, bob: Person) -> None:
    order = payment(alice, bob, 60_000)
    first = arriving(alice, order)
    fresh = arriving(alice, order)  # another proof, for the copy of the first message
    outcomes = stage.transport.run(
        lambda: stage.platform.arrivals.messages(
            [first, first, replace(fresh, sealed=first.sealed)]
        )
    )
    assert isinstance(outcomes[0], Pending)
    assert [o.code for o in outcomes[1:] if isinstance(o, Refused)] == [
        "proof.refused",
        "message.replayed",
    ]


def test_strangers_harm_no_other_order_of_the_batch(
    stage: Stage, alice: Person, bob: Person
) -> None:
    order = payment(bob, alice, 1)
    strange = [
        arriving(bob, order, sealed=""),
        arriving(bob, order, sealed="é" * 30_000),
        arriving(bob, order, sealed=other_end(arriving(bob, order).sealed)),
        arriving(bob, order, grant=""),
        arriving(bob, order, proof="x" * 9999),
        arriving(bob, order, url="http://elsewhere/v1/messages"),
    ]
    codes = together(stage, *strange, (alice, payment(alice, bob, 60_000)), strange[3])
    assert codes == [
        "message.refused",
        "message.refused",
        "message.refused",
        "grant.refused",
        "grant.refused",
        "grant.refused",
        "ok",
        "grant.refused",
    ]


@pytest.mark.parametrize("trouble", [ModuleUnavailable("gone"), ZeroDivisionError()])
def test_a_module_that_fails_fails_each_order_in_its_place(
    stage: Stage, alice: Person, bob: Person, carol: Person, trouble: Exception
) -> None:
    orders = [
        (alice, payment(alice, bob, 60_000)),
        (carol, payment(carol, bob, 100, pin=None)),
        (carol, payment(carol, bob, 60_000)),
    ]
    stage.module.failing["verify_pins"] = trouble
    assert together(stage, *orders) == ["service.closed", "ok", "service.closed"]
    stage.module.find()
    assert stage.balance(bob) == (100, 0)


def test_a_verdict_on_a_pin_is_no_verdict_on_its_successor(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """The customer chooses another PIN on a second handset while an order is in the batch."""
    order = payment(alice, bob, 60_000)
    arrival = arriving(alice, order)
    other = arriving(bob, payment(bob, alice, 60_000))
    intake = stage.platform.arrivals._intake
    cases = []
    decide = intake._decide

    def later(case: Any) -> None:
        cases.append(case)

    intake._decide = later  # type: ignore[method-assign]
    stage.transport.run(lambda: intake.take([arrival, other]))
    intake._decide = decide  # type: ignore[method-assign]
    assert cases[0].verdict is not None
    assert cases[0].verdict.refusal is None
    _choose_another_pin(stage, alice)
    stage.transport.run(lambda: decide(cases[0]))
    sealed = cases[0].outcome.answer(cases[0].outcome.promise.result(10)).encode()
    assert alice.handset.read_reply(order, sealed).code == "customer.not_verified"


def _choose_another_pin(stage: Stage, person: Person) -> None:
    customer = person.handset.bound().customer
    mark = Mark(PIN_RECORDS, customer, PinRecord(reference=bytes(range(32))))
    settle = stage.platform._corridor.settle
    stage.transport.run(lambda: settle(marks_only(mark))).result(10)
