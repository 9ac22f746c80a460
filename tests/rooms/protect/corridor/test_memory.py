"""Memory is bounded: it is let go when all of it can be read again, and never before."""

from __future__ import annotations

import threading

import pytest

from tallystick.ground.clock import DAY_MS
from tallystick.protect.corridor import memory
from tests.stage import Person, Stage, pay, payment


def test_much_of_it_is_let_go_and_read_again(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pay(alice, bob, 60_000).accepted
    desk = stage.platform._desk
    before = len(desk.registers), len(desk.ledger)
    assert min(before) > 1
    monkeypatch.setattr(memory, "RECORDS_MAX", 1)
    monkeypatch.setattr(memory, "ACCOUNTS_MAX", 1)
    stage.settled()
    stage.transport.run(stage.platform._corridor.catch_up)
    assert (len(desk.registers), len(desk.ledger)) == (0, 0)
    for _ in range(3):
        assert pay(alice, bob, 60_000).accepted
    assert stage.balance(bob) == (240_000, 0)
    assert stage.findings() == []


def test_what_is_not_durable_yet_is_kept(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob spends what only memory knows that he has."""
    alice.handset.open_session()
    bob.handset.open_session()
    books = stage.faulty_books()
    monkeypatch.setattr(memory, "RECORDS_MAX", 0)
    monkeypatch.setattr(memory, "ACCOUNTS_MAX", 0)
    paying = threading.Thread(target=pay, args=(alice, bob, 60_000))
    with books.held():
        paying.start()
        books.await_commit()
        stage.transport.run(stage.platform._corridor.catch_up)
        ledger = stage.platform._desk.ledger
        available = stage.transport.run(lambda: ledger.available(bob.account))  # type: ignore[arg-type]
        assert available == 60_000
    paying.join()
    assert stage.balance(bob) == (60_000, 0)
    assert bob.handset.send(payment(bob, alice, 60_000)).accepted


def test_monitoring_forgets_what_no_rule_looks_at(stage: Stage, alice: Person, bob: Person) -> None:
    assert pay(alice, bob, 60_000).accepted
    sent = stage.platform._desk.windows._accounts[alice.account].sent
    assert len(sent) == 1
    stage.clock.advance(ms=2 * DAY_MS)  # the policy of this test has no rule that looks back
    assert pay(alice, bob, 60_000).accepted
    assert len(sent) == 1, "the new one alone"
    assert stage.platform._desk.windows._accounts[alice.account].since_ms is not None


def test_a_history_is_not_held_whole_while_it_is_read(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        assert pay(alice, bob, 60_000).accepted
        stage.clock.advance(ms=2 * DAY_MS)  # no rule of this test looks back
    monkeypatch.setattr(memory, "ROWS_BETWEEN", 1)
    corridor, windows = stage.platform._corridor, stage.platform._desk.windows
    corridor._memory._generation = -1  # as after a commit that failed
    stage.transport.run(corridor.catch_up)
    history = windows._accounts[alice.account]
    assert len(history.sent) == 1, "the newest alone"
    assert history.since_ms is not None
    assert pay(alice, bob, 60_000).accepted
    assert stage.findings() == []
