"""Commits that fail while more is decided: what was promised is kept, what was not is asked again.

Three ways to fail: before anything is durable, behind it (durable, and nobody was told), and a disk
that is full in the middle of it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tallystick.decide.policy import TypologyRule
from tallystick.handset import Answer, Order, Refusal
from tallystick.protect.devices import DEVICES
from tallystick.protect.monitoring import Movement, Windows
from tallystick.testing import Fault, FaultyBooks, example_policy
from tests.stage import Person, Stage, pay, payment, secret

CLOSED = (503, "service.closed")


def tried(person: Person, order: Order) -> Answer | tuple[int, str]:
    """The answer, or the refusal that the edge gave."""
    try:
        return person.handset.send(order)
    except Refusal as refused:
        person.handset.unanswered[order.request] = order
        return refused.status, refused.code


def retried(person: Person, order: Order) -> Answer:
    return person.handset.retry(order.request)


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER])
def test_a_payment_whose_commit_fails_is_not_acknowledged_and_its_retry_gets_the_truth(
    stage: Stage, alice: Person, bob: Person, fault: Fault
) -> None:
    alice.handset.open_session()
    books, order = stage.faulty_books(), payment(alice, bob, 60_000)
    books.fail(fault)
    assert tried(alice, order) == CLOSED
    durable = stage.balance(bob)
    assert durable == ((0, 0) if fault is Fault.BEFORE else (60_000, 0))
    answer = retried(alice, order)
    assert answer.code == "ok"
    assert stage.balance(bob) == (60_000, 0), "once, whichever of the two was durable"
    assert pay(alice, bob, 100).accepted
    assert stage.findings() == []


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER])
def test_what_waits_behind_a_failed_commit_is_decided_by_what_the_books_say(
    stage: Stage, alice: Person, bob: Person, fault: Fault
) -> None:
    """Bob spends money that he only has when the first payment is durable."""
    alice.handset.open_session()
    bob.handset.open_session()
    books = stage.faulty_books()
    first, second = payment(alice, bob, 60_000), payment(bob, alice, 60_000)
    outcomes: dict[str, Answer | tuple[int, str]] = {}

    def send(person: Person, order: Order) -> None:
        outcomes[order.request] = tried(person, order)

    threads = [
        threading.Thread(target=send, args=(person, order))
        for person, order in ((alice, first), (bob, second))
    ]
    books.fail(fault)
    vetted = Vetted(stage)
    with books.held():
        threads[0].start()
        books.await_commit()
        threads[1].start()
        vetted.await_more(2)
    for thread in threads:
        thread.join()
    assert outcomes[first.request] == CLOSED
    expected = "funds.insufficient" if fault is Fault.BEFORE else "ok"
    answer = outcomes[second.request]
    assert isinstance(answer, Answer)
    assert answer.code == expected
    assert retried(alice, first).code == "ok"
    assert stage.findings() == []


def test_nothing_that_was_void_is_remembered(stage: Stage, alice: Person, bob: Person) -> None:
    """Counters, attempts, usage, bindings: memory is what the books say, and nothing beside."""
    alice.handset.open_session()
    books = stage.faulty_books()
    books.fail(Fault.BEFORE)
    assert tried(alice, payment(alice, bob, 60_000, pin="0000")) == CLOSED
    for _ in range(2):
        assert pay(alice, bob, 60_000, pin="0000").code == "customer.not_verified"
    assert pay(alice, bob, 60_000).accepted, "the void attempt is not the third"
    demand_memory_equals_books(stage)


def test_a_binding_that_was_void_binds_nobody(stage: Stage) -> None:
    data = stage.registered("Carol Achieng").data
    assert data is not None
    books, handset = stage.faulty_books(), stage.handset()
    books.fail(Fault.BEFORE)
    with pytest.raises(Refusal) as refused:
        handset.enrol(str(data["activation"]), secret())
    assert (refused.value.status, refused.value.code) == CLOSED
    assert handset.enrol(str(data["activation"]), secret()).accepted, "the code is still good"
    demand_memory_equals_books(stage)


def test_a_suspension_that_was_durable_holds_although_nobody_was_told(
    stage: Stage, alice: Person, bob: Person
) -> None:
    alice.handset.open_session()
    books = stage.faulty_books()
    books.fail(Fault.AFTER)
    with pytest.raises(Refusal):
        alice.handset.suspend("lost")
    assert pay(alice, bob, 100).code == "device.suspended"


def test_a_full_disk_closes_the_service_until_there_is_room(
    stage: Stage, alice: Person, bob: Person
) -> None:
    alice.handset.open_session()
    assert pay(alice, bob, 100).accepted
    writer = stage.platform._books._writer
    stage.settled()
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count = {pages}")
    outcomes = []
    while CLOSED not in outcomes:
        outcomes.append(tried(alice, payment(alice, bob, 100)))
        assert len(outcomes) < 500, "the disk never filled up"
    acknowledged = 1 + sum(isinstance(one, Answer) for one in outcomes)
    assert stage.balance(bob) == (acknowledged * 100, 0)
    writer.execute("PRAGMA max_page_count = 1000000")
    for order in list(alice.handset.unanswered.values()):
        assert retried(alice, order).accepted
    assert pay(alice, bob, 100).accepted
    assert stage.balance(bob) == ((len(outcomes) + 2) * 100, 0)
    assert stage.findings() == []
    demand_memory_equals_books(stage)


def test_reading_the_books_anew_that_breaks_off_is_begun_again(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a history must not decide: what monitoring refuses stays refused."""
    rule = TypologyRule(id="velocity", window_s=3600, action="refuse", numbers={"count_max": 3})
    stage.close()
    with Stage(stage.home, policy=example_policy(typologies=[rule]), clock=stage.clock) as watched:
        watched.states = stage.states
        one, other = (
            Person(watched.restored(name), person.name)
            for name, person in (("alice", alice), ("bob", bob))
        )
        for _ in range(3):
            assert pay(one, other, 100).accepted
        assert pay(one, other, 100).code == "payment.declined"
        books = watched.faulty_books()
        books.fail(Fault.BEFORE)
        assert tried(one, payment(one, other, 100)) == CLOSED
        real = watched.platform._desk.books.transfers

        def breaks_off(**asked: object):  # type: ignore[no-untyped-def]
            rows = list(real(**asked))  # type: ignore[arg-type]
            yield rows[0]
            raise OSError("input/output error")

        monkeypatch.setattr(watched.platform._desk.books, "transfers", breaks_off)
        assert tried(one, payment(one, other, 100)) == CLOSED
        assert tried(one, payment(one, other, 100)) == CLOSED, "and stays so"
        monkeypatch.setattr(watched.platform._desk.books, "transfers", real)
        assert pay(one, other, 100).code == "payment.declined"
        assert watched.balance(other) == (300, 0)


# ---- a storm ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Witness:
    """What the people of a storm were told."""

    answers: dict[str, Answer] = field(default_factory=dict)
    unanswered: dict[str, tuple[Person, Order]] = field(default_factory=dict)


def test_a_storm_of_payments_and_failing_commits(
    stage: Stage, alice: Person, bob: Person, seed: int
) -> None:
    """Four handsets pay each other at once while commits fail as they like."""
    chance = random.Random(seed)
    people = [alice, bob, stage.person("Carol Achieng"), stage.person("Dan Mwangi", minor=500_000)]
    for person in people:
        person.handset.open_session()
    books, witness, barrier = stage.faulty_books(), Witness(), threading.Lock()
    books.fail(*chance.choices(list(Fault), weights=[1, 1, 3], k=200))

    def act(person: Person, mine: random.Random) -> None:
        for _ in range(12):
            others = [other for other in people if other is not person]
            order = payment(person, mine.choice(others), mine.randint(1, 200_000))
            while True:
                outcome = tried(person, order)
                with barrier:
                    if isinstance(outcome, Answer):
                        witness.answers[order.request] = outcome
                        break
                assert outcome == CLOSED, outcome

    threads = [
        threading.Thread(target=act, args=(person, random.Random(chance.random())))
        for person in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    books.recover()
    assert len(witness.answers) == 48
    demand_acknowledged_is_durable(stage, witness)
    demand_memory_equals_books(stage)
    assert stage.findings() == []


def test_a_storm_with_orders_in_flight(stage: Stage, alice: Person, seed: int) -> None:
    """While one commit waits at the door more arrives; then it fails, or not."""
    chance = random.Random(seed)
    people = [alice, *(stage.person(f"Person Number{n}", minor=10_000) for n in range(3))]
    for person in people:
        person.handset.open_session()
    books, witness, lock = stage.faulty_books(), Witness(), threading.Lock()

    def send(person: Person, order: Order) -> None:
        outcome = tried(person, order)
        with lock:
            if isinstance(outcome, Answer):
                witness.answers[order.request] = outcome
                witness.unanswered.pop(order.request, None)
            else:
                assert outcome == CLOSED
                witness.unanswered[order.request] = (person, order)

    for _ in range(12):
        _round(stage, books, people, chance, send)
    while witness.unanswered:
        person, order = next(iter(witness.unanswered.values()))
        send(person, order)
    demand_acknowledged_is_durable(stage, witness)
    demand_memory_equals_books(stage)
    assert stage.findings() == []


def _round(
    stage: Stage,
    books: FaultyBooks,
    people: list[Person],
    chance: random.Random,
    send: Callable[[Person, Order], None],
) -> None:
    """One commit is held while everybody else's orders wait for their turn."""
    first, *rest = chance.sample(people, len(people))
    books.fail(*chance.choices(list(Fault), k=2))
    threads, vetted = [], Vetted(stage)
    with books.held():
        for number, person in enumerate((first, *rest)):
            payee = chance.choice([other for other in people if other is not person])
            order = payment(person, payee, chance.randint(1, 8000))
            threads.append(threading.Thread(target=send, args=(person, order)))
            threads[-1].start()
            if number == 0:
                books.await_commit()
        vetted.await_more(len(people))
    for thread in threads:
        thread.join()
    books.recover()
    stage.settled()


class Vetted:
    """Counts the orders that were vetted and are decided now, or when their turn comes."""

    def __init__(self, stage: Stage) -> None:
        arrivals = stage.platform.arrivals
        self._stage, self._count = stage, 0
        vet = type(arrivals).vet

        def counting(arriving: Sequence[Any]) -> Any:
            vetted = vet(arrivals, arriving)
            self._count += len(arriving)
            return vetted

        arrivals.vet = counting  # type: ignore[method-assign]

    def await_more(self, count: int) -> None:
        """Until so many were vetted since this was made."""
        for _ in range(100_000):
            if self._stage.transport.run(lambda: self._count) >= count:
                return
        raise AssertionError("the orders never arrived")


# ---- what must hold afterwards ------------------------------------------------------------------


def demand_acknowledged_is_durable(stage: Stage, witness: Witness) -> None:
    stage.settled()
    evidence = stage.platform.evidence
    leaves = [entry.leaf for entry in evidence.leaves(0, evidence.size())]
    for answer in witness.answers.values():
        assert leaves[answer.index] == answer.receipt
    ids = [row.id for row in stage.platform._books.transfers()]
    assert len(ids) == len(set(ids))
    accepted = {
        f"{answer.leaf['device']}.{request}"
        for request, answer in witness.answers.items()
        if answer.accepted
    }
    assert accepted <= set(ids)


def demand_memory_equals_books(stage: Stage) -> None:
    """Whatever memory holds of accounts, records and movements, the books hold the same."""
    stage.settled()
    desk, books = stage.platform._desk, stage.platform._books
    stage.transport.run(stage.platform._corridor.catch_up)
    for name, row in desk.ledger.remembered().items():
        assert books.account(name) == row
    names = {"device": DEVICES}
    for (register, key), value in desk.registers._newest.items():
        kept = books.register(register, key)
        assert kept is not None, (register, key)
        if register in names:
            assert names[register].decode(kept) == value
    fresh = Windows()
    for row in books.transfers():
        if row.kind in ("move", "hold"):
            fresh.apply(
                Movement(
                    seq=row.seq,
                    at_ms=row.at_ms,
                    kind=row.purpose,
                    payer=row.debit,
                    payee=row.credit,
                    amount_minor=row.amount_minor,
                    device=row.device,
                )
            )
    assert desk.windows == fresh
