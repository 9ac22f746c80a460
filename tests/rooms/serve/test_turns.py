"""Turns: one batch at a time, and a batch that cannot be committed is decided again one by one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest

from tallystick.ground.errors import Defect, Refused
from tallystick.handset import Order
from tallystick.protect.corridor import Arrival, Vetted
from tallystick.protect.enforcement import Committed, Settlement
from tallystick.serve.turns import FAILURES_MAX, Answered, Outcome, Turns
from tallystick.testing import FaultyBooks
from tests.stage import Person, Stage, payment

PEOPLE = 6


class PoisonedBooks(FaultyBooks):
    """Books that refuse every batch which holds one of these requests."""

    def __init__(self, books: Any) -> None:
        super().__init__(books)
        self.poison: set[str] = set()
        self.durable_but_untold: set[str] = set()

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        if any(one.request in self.poison for one in batch):
            self.batches.append(tuple(batch))
            raise Defect("this row is not taken")
        proofs = super().commit(batch)
        if any(one.request in self.durable_but_untold for one in batch):
            raise OSError("the line to the disk broke behind the commit")
        return proofs


@pytest.fixture
def people(stage: Stage) -> list[Person]:
    found = [stage.person(f"Person Number{n}", minor=1_000_000) for n in range(PEOPLE)]
    for person in found:
        person.handset.open_session()
    return found


@pytest.fixture
def books(stage: Stage, people: list[Person]) -> PoisonedBooks:
    stage.settled()
    made = PoisonedBooks(stage.platform._books)
    stage.platform._committer._books = made
    return made


def around(people: list[Person]) -> list[tuple[Person, Order]]:
    """Everybody pays the next one."""
    pairs = zip(people, [*people[1:], people[0]], strict=True)
    return [(payer, payment(payer, payee, 60_000)) for payer, payee in pairs]


def vetted(stage: Stage, orders: list[tuple[Person, Order]]) -> list[Vetted]:
    arrivals = []
    for person, order in orders:
        headers, body = person.handset.prepare_message(order)
        arrivals.append(
            Arrival(
                sealed=body.decode(),
                grant=headers["Authorization"].removeprefix("DPoP "),
                proof=headers["DPoP"],
                method="POST",
                url=person.handset.connection.url("/v1/messages"),
            )
        )
    found = stage.transport.run(lambda: stage.platform.arrivals.vet(arrivals))
    return [one for one in found if isinstance(one, Vetted)]


def in_one_turn(stage: Stage, orders: list[Vetted]) -> list[str]:
    """Hand all in at once; what each was told, in order."""
    told: dict[int, Outcome] = {}
    everybody = threading.Event()

    def tell(number: int, outcome: Outcome) -> None:
        told[number] = outcome
        if len(told) == len(orders):
            everybody.set()

    def hand_in() -> None:
        turns = Turns(stage.platform.arrivals.sequencer)
        for number, order in enumerate(orders):
            turns.hand_in(order, lambda outcome, number=number: tell(number, outcome))  # type: ignore[misc]

    stage.transport.run(hand_in)
    assert everybody.wait(30)
    return [_word(told[number]) for number in range(len(orders))]


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return outcome.outside
    assert isinstance(outcome, Answered)
    return "ok" if b'"code":"ok"' in outcome.committed.leaf else "refused"


def test_what_is_handed_in_together_is_committed_together(
    stage: Stage, people: list[Person], books: PoisonedBooks
) -> None:
    assert in_one_turn(stage, vetted(stage, around(people))) == ["ok"] * PEOPLE
    assert [len(batch) for batch in books.batches] == [PEOPLE]


@pytest.mark.parametrize("place", range(PEOPLE))
def test_an_order_that_cannot_be_written_refuses_alone(
    stage: Stage, people: list[Person], books: PoisonedBooks, place: int
) -> None:
    orders = around(people)
    books.poison = {orders[place][1].request}
    words = in_one_turn(stage, vetted(stage, orders))
    expected = ["ok"] * PEOPLE
    expected[place] = "service.closed"
    assert words == expected
    assert [len(batch) for batch in books.batches] == [PEOPLE, *[1] * PEOPLE]
    payee = people[(place + 1) % PEOPLE]
    assert stage.balance(people[place])[0] == 1_060_000, "was paid and did not pay"
    assert stage.balance(payee)[0] == 940_000, "paid and was not paid"
    assert stage.findings() == []


def test_the_orders_behind_see_what_the_books_say(
    stage: Stage, people: list[Person], books: PoisonedBooks
) -> None:
    """Bob spends what only the poisonous payment would have brought him."""
    ann, bob, carl = people[:3]
    gift, spending = payment(ann, bob, 900_000), payment(bob, carl, 1_500_000)
    books.poison = {gift.request}
    words = in_one_turn(stage, vetted(stage, [(ann, gift), (bob, spending)]))
    assert words == ["service.closed", "refused"]
    assert stage.balance(carl)[0] == 1_000_000


def test_what_was_durable_after_all_is_answered_and_not_done_twice(
    stage: Stage, people: list[Person], books: PoisonedBooks
) -> None:
    orders = around(people)
    books.durable_but_untold = {orders[2][1].request}
    assert in_one_turn(stage, vetted(stage, orders)) == ["ok"] * PEOPLE
    assert all(stage.balance(person)[0] == 1_000_000 for person in people)
    assert stage.findings() == []


def test_a_disk_that_takes_nothing_is_not_asked_for_ever(
    stage: Stage, people: list[Person], books: PoisonedBooks
) -> None:
    orders = around(people)
    books.poison = {order.request for _, order in orders}
    assert in_one_turn(stage, vetted(stage, orders)) == ["service.closed"] * PEOPLE
    assert len(books.batches) == 1 + FAILURES_MAX
    books.poison.clear()
    again = vetted(stage, orders)
    assert in_one_turn(stage, again) == ["ok"] * PEOPLE, "the same orders, under new counters"


def test_a_sequencer_that_breaks_tells_everybody(
    stage: Stage, people: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = vetted(stage, around(people))

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stage.platform.arrivals.sequencer, "take", broken)
    assert in_one_turn(stage, orders) == ["service.closed"] * PEOPLE
