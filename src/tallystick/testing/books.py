"""Books that fail, or take their time, at the moment that a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum

from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.enforcement import (
    AccountRow,
    Books,
    Committed,
    Recorded,
    Settlement,
    TransferRow,
)

WAIT_S = 10
"""A test that waits longer than this for a commit has found a deadlock."""


class PowerLost(Exception):
    """What a failing commit raises; no family of ours, as an unexpected error is none."""


class Fault(Enum):
    """When a commit fails."""

    BEFORE = "before anything is durable"
    AFTER = "after everything is durable, so that nobody is told"
    NONE = "not at all"


class FaultyBooks:
    """Wraps books; implements Books.

    `fail` queues what happens to the next commits. Inside `held` a commit waits, so that more can
    be decided meanwhile. `batches` remembers what each commit was given.
    """

    def __init__(self, books: Books) -> None:
        self._books = books
        self._faults: list[Fault] = []
        self._go = threading.Event()
        self._go.set()
        self._arrived = threading.Semaphore(0)
        self.batches: list[tuple[Settlement, ...]] = []

    def fail(self, *faults: Fault) -> None:
        """The next commits meet these faults, one each."""
        self._faults += faults

    def recover(self) -> None:
        """No further commit fails."""
        self._faults.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Commits wait at the door until the context is left."""
        self._go.clear()
        while self._arrived.acquire(blocking=False):
            pass  # those who came before do not count
        try:
            yield
        finally:
            self._go.set()

    def await_commit(self) -> None:
        """Wait until one more commit has come to the door that is held."""
        if not self._arrived.acquire(timeout=WAIT_S):
            raise TimeoutError("no commit came")

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        self.batches.append(tuple(batch))
        self._arrived.release()
        if not self._go.wait(timeout=WAIT_S):
            raise TimeoutError("nobody let the commit through")
        fault = self._faults.pop(0) if self._faults else Fault.NONE
        if fault is Fault.BEFORE:
            raise PowerLost(fault.value)
        proofs = self._books.commit(batch)
        if fault is Fault.AFTER:
            raise PowerLost(fault.value)
        return proofs

    def recorded(self, requests: Sequence[tuple[DeviceId, RequestId]]) -> Sequence[Recorded | None]:
        return self._books.recorded(requests)

    def register(self, name: str, key: str) -> bytes | None:
        return self._books.register(name, key)

    def account(self, account: AccountId) -> AccountRow | None:
        return self._books.account(account)

    def transfers(
        self,
        *,
        since_ms: int = 0,
        account: AccountId | None = None,
        newest: int | None = None,
        before_seq: int | None = None,
    ) -> Iterable[TransferRow]:
        return self._books.transfers(
            since_ms=since_ms, account=account, newest=newest, before_seq=before_seq
        )
