"""The one writer: promises are kept after the commit, broken when it fails, and never forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.backends.sqlite import SqliteBooks
from tallystick.protect.enforcement import Committer, Mark, ServiceClosed
from tallystick.testing import (
    NOTES,
    Fault,
    FaultyBooks,
    Notary,
    marks_only,
    move,
    opening,
    settle,
)

WAIT_S = 10


@pytest.fixture
def books(tmp_path: Path) -> Iterator[FaultyBooks]:
    opened = SqliteBooks(tmp_path, sign_checkpoint=Notary().sign)
    opened.commit(opening("alice", "bob"))
    yield FaultyBooks(opened)
    opened.close()


@pytest.fixture
def committer(books: FaultyBooks) -> Iterator[Committer]:
    made = Committer(books)
    yield made
    made.close()


def test_a_promise_is_kept_with_the_proof_of_its_own_leaf(committer: Committer) -> None:
    asked = [settle(f"leaf-0000-{n:06}") for n in range(20)]
    promises = [committer.submit(one, generation=0) for one in asked]
    proofs = [promise.result(WAIT_S) for promise in promises]
    assert [proof and proof.leaf for proof in proofs] == [one.leaf for one in asked]
    assert [proof and proof.index for proof in proofs] == list(range(3, 23))


def test_nothing_is_promised_before_the_commit(committer: Committer, books: FaultyBooks) -> None:
    with books.held():
        promise = committer.submit(settle("leaf-0000-000001"), generation=0)
        books.await_commit()
        assert not promise.done()
    assert promise.result(WAIT_S) is not None


def test_what_waits_while_a_batch_is_written_goes_together(
    committer: Committer, books: FaultyBooks
) -> None:
    with books.held():
        promises = [committer.submit(settle("leaf-0000-000000"), generation=0)]
        books.await_commit()
        promises += [
            committer.submit(settle(f"leaf-0000-{n:06}"), generation=0) for n in range(1, 30)
        ]
    for promise in promises:
        promise.result(WAIT_S)
    assert [len(batch) for batch in books.batches] == [1, 29]


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER])
def test_a_failed_commit_breaks_every_promise_decided_on_top_of_it(
    committer: Committer, books: FaultyBooks, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    books.fail(fault)
    with books.held():
        first = committer.submit(settle("leaf-0000-000001"), generation=0)
        books.await_commit()
        second = committer.submit(settle("leaf-0000-000002"), generation=0)
    for promise in (first, second):
        with pytest.raises(ServiceClosed):
            promise.result(WAIT_S)
    assert committer.generation == 1
    assert len(books.batches) == 1, "what was decided on void ground is not written"
    assert "not committed" in caplog.text, "the operator is told"


def test_what_is_decided_afterwards_is_committed(committer: Committer, books: FaultyBooks) -> None:
    books.fail(Fault.BEFORE)
    with pytest.raises(ServiceClosed):
        committer.submit(settle("leaf-0000-000001"), generation=0).result(WAIT_S)
    assert committer.submit(settle("leaf-0000-000002"), generation=1).result(WAIT_S) is not None
    late = committer.submit(settle("leaf-0000-000003"), generation=0)
    with pytest.raises(ServiceClosed):
        late.result(WAIT_S)


def test_one_bad_settlement_takes_the_others_of_its_batch_with_it(
    committer: Committer, books: FaultyBooks
) -> None:
    """They were decided on top of it, so they are decided again."""
    with books.held():
        promises = [committer.submit(settle("leaf-0000-000000"), generation=0)]
        books.await_commit()
        overdrawn = settle("leaf-0000-000001", transfer=move("leaf-0000-000001", "alice", "bob", 1))
        promises.append(committer.submit(overdrawn, generation=0))
        promises.append(committer.submit(settle("leaf-0000-000002"), generation=0))
    assert promises[0].result(WAIT_S) is not None
    for promise in promises[1:]:
        with pytest.raises(ServiceClosed):
            promise.result(WAIT_S)


def test_closing_commits_what_waits(books: FaultyBooks) -> None:
    committer = Committer(books)
    with books.held():
        promises = [
            committer.submit(marks_only(Mark(NOTES, "one", str(n))), generation=0) for n in range(5)
        ]
    committer.close()
    assert [promise.result(0) for promise in promises] == [None] * 5
    assert books.register(NOTES.name, "one") == b"4"
    with pytest.raises(ServiceClosed):
        committer.submit(settle("leaf-0000-000001"), generation=0)


def test_promises_are_kept_although_their_event_loop_is_gone(
    committer: Committer, books: FaultyBooks
) -> None:
    """Behind a server that has stopped the platform still commits, audits and closes."""
    loop = asyncio.new_event_loop()
    loop.close()
    committer.deliver = lambda deliveries: loop.call_soon_threadsafe(print, deliveries) and None
    for n in range(3):
        promise = committer.submit(settle(f"leaf-0000-{n:06}"), generation=0)
        assert promise.result(WAIT_S) is not None


def test_books_that_answer_for_another_batch_break_its_promises(
    committer: Committer, books: FaultyBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "commit", lambda batch: [])
    with pytest.raises(ServiceClosed):
        committer.submit(settle("leaf-0000-000001"), generation=0).result(WAIT_S)
    monkeypatch.undo()
    assert committer.submit(settle("leaf-0000-000002"), generation=1).result(WAIT_S) is not None
