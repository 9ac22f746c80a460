"""Reservations whose time is over: nobody takes them, and the platform gives the money back."""

from __future__ import annotations

import sqlite3
from concurrent.futures import wait
from dataclasses import replace

import pytest

from tallystick.protect.emoney import RESERVATIONS
from tallystick.protect.enforcement import ServiceClosed
from tallystick.testing import Fault
from tests.journeys.test_reservations import (
    DAY_MS,
    HOUR_MS,
    hotel,
    named,
    reserve,
    sound,
    sweep,
    turn,
    used,
)
from tests.stage import Person, Stage, kes

__all__ = ["hotel"]


def test_nobody_takes_what_is_over_and_the_platform_gives_it_back(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    before = stage.balance(alice)
    made = named(reserve(alice, hotel, 60_000, hours=1, stage=stage))
    stage.settled()
    assert sweep(stage) == []
    stage.clock.advance(ms=HOUR_MS - 1)
    assert sweep(stage) == []
    stage.clock.advance(ms=1)
    assert hotel.handset.capture(made, kes(1)).code == "hold.unknown"
    assert hotel.handset.release(made).code == "hold.unknown"
    assert stage.balance(alice)[1] == 60_000
    assert sweep(stage) == [made]
    assert stage.balance(alice) == before
    assert hotel.handset.capture(made, kes(1)).code == "hold.unknown"
    assert sweep(stage) == []
    usage = used(stage, alice)
    assert usage is not None
    assert usage.day_minor == 0
    (leaf,) = stage.platform.evidence.leaves(stage.platform.evidence.size() - 2, 1)
    assert b'"operation":"reservation.expire"' in leaf.leaf
    sound(stage)


def test_what_is_over_while_the_service_is_closed_is_given_back_afterwards(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    before = stage.balance(alice)
    names = [named(reserve(alice, hotel, 100, hours=hours, stage=stage)) for hours in (3, 1, 2)]
    states = {"alice": alice.handset.state()}
    stage.close()
    clock = stage.clock
    clock.advance(ms=4 * HOUR_MS)
    with Stage(stage.home, clock=clock) as again:
        again.states = states
        assert sweep(again) == [names[1], names[2], names[0]]
        assert again.balance(alice) == before
        sound(again)


def test_one_turn_gives_back_one_page_and_the_next_goes_on(
    stage: Stage, alice: Person, hotel: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.assembly.reservations.PAGE", 2)
    names = [named(reserve(alice, hotel, 100 + n, hours=1 + n, stage=stage)) for n in range(5)]
    assert hotel.handset.capture(names[1], kes(50)).accepted
    stage.settled()
    stage.clock.advance(ms=DAY_MS)
    given = [sweep(stage) for _ in range(6)]
    assert sorted(name for some in given for name in some) == sorted([names[0], *names[2:]])
    assert max(map(len, given)) <= 2
    assert stage.balance(alice)[1] == 0
    stage.settled()
    swept = stage.platform._books.register("reservation_swept", "newest")
    assert swept is not None, "a new process begins behind what was looked at"
    sound(stage)


def test_what_is_reserved_while_the_clock_is_back_is_given_back_too(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    stage.clock.advance(ms=DAY_MS)
    assert sweep(stage) == []
    stage.clock.advance(ms=-DAY_MS // 2)
    for person in (alice, hotel):
        person.handset.open_session()
    made = named(reserve(alice, hotel, 100, hours=1, stage=stage))
    stage.clock.advance(ms=2 * HOUR_MS)
    assert sweep(stage) == [], "it stands behind the instant that was looked at"
    assert hotel.handset.capture(made, kes(1)).code == "hold.unknown"
    stage.clock.advance(ms=DAY_MS)
    assert sweep(stage) == [made]
    assert stage.balance(alice)[1] == 0


def test_a_new_process_with_a_clock_that_is_back_looks_where_the_old_one_did_not(
    stage: Stage, alice: Person, hotel: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.assembly.reservations.PAGE", 1)
    first = named(reserve(alice, hotel, 100, hours=20, stage=stage))
    stage.settled()
    stage.clock.advance(ms=DAY_MS)
    assert sweep(stage) == [first]
    assert sweep(stage) == []
    stage.settled()
    assert stage.platform._books.register("reservation_swept", "newest"), "a bookmark is written"
    states = {"alice": alice.handset.state()}
    stage.close()
    stage.clock.advance(ms=-DAY_MS)
    with Stage(stage.home, clock=stage.clock) as again:
        again.states = states
        payer = Person(again.restored("alice"), alice.name)
        second = named(reserve(payer, hotel, 100, hours=1, stage=again))
        again.settled()
        again.clock.advance(ms=2 * DAY_MS)
        assert sweep(again) == [second]
        assert again.balance(payer)[1] == 0


# ---- when the books fail -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER])
def test_a_commit_that_fails_is_tried_again_and_gives_back_once(
    stage: Stage, alice: Person, hotel: Person, fault: Fault
) -> None:
    before = stage.balance(alice)
    names = [named(reserve(alice, hotel, 100 + n, hours=1, stage=stage)) for n in range(3)]
    books = stage.faulty_books()
    stage.clock.advance(ms=HOUR_MS)
    books.fail(fault)
    with pytest.raises(ServiceClosed):
        sweep(stage)
    given = [sweep(stage) for _ in range(4)]
    assert sorted(name for some in given for name in some) == (
        sorted(names) if fault is Fault.BEFORE else []
    )
    assert stage.balance(alice) == before
    sound(stage)


@pytest.mark.parametrize("seen_by", ["memory", "the tables"])
def test_one_that_cannot_be_given_back_keeps_no_other_waiting(
    stage: Stage, alice: Person, hotel: Person, seen_by: str
) -> None:
    """Its record was edited: it says less than the hold."""
    names = [named(reserve(alice, hotel, 100 + n, hours=1 + n, stage=stage)) for n in range(3)]
    stage.settled()
    registers = stage.platform._desk.registers
    known = registers.get(RESERVATIONS, names[0])
    assert known is not None
    edited = replace(known, amount_minor=99)
    books = sqlite3.connect(stage.home / "books.sqlite", isolation_level=None)
    books.execute(
        "UPDATE register SET value = ? WHERE name = ? AND key = ?",
        (RESERVATIONS.encode(edited), RESERVATIONS.name, names[0]),
    )
    books.close()
    registers.forget()
    if seen_by == "the tables":
        stage.platform._desk.ledger.forget()
    stage.clock.advance(ms=DAY_MS)
    given: list[str] = []
    for _ in range(8):
        promises = turn(stage)
        wait(promises.values(), 10)
        given += [n for n, p in promises.items() if n and p.exception() is None]
    assert given == names[1:]
    assert stage.balance(alice)[1] == 100
    stage.clock.advance(ms=61_000)
    if seen_by == "the tables":
        (again,) = turn(stage).items()
        assert again[0] == names[0], "it is tried again, and again"
        assert isinstance(again[1].exception(10), ServiceClosed)
    assert stage.balance(alice)[1] == 100
