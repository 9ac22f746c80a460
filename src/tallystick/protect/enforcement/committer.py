"""Group commit: one writer takes what is waiting and commits it in one transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from tallystick.protect.enforcement.ports import Books
from tallystick.protect.enforcement.refusals import ServiceClosed
from tallystick.protect.enforcement.settlement import Committed, Settlement

BATCH_MAX = 1000
LINGER_S = 0.008
"""How long a batch waits for company when the one before it had some."""

log = logging.getLogger("tallystick.commit")


@dataclass(slots=True)
class Ticket:
    """A settlement on its way to the disk, and the promise of its proof."""

    settlement: Settlement
    generation: int
    promise: Future[Committed | None] = field(default_factory=Future)


Deliver = Callable[[Sequence[Callable[[], None]]], None]


def deliver_here(deliveries: Sequence[Callable[[], None]]) -> None:
    """Keep the promises on the writer's own thread."""
    for deliver in deliveries:
        deliver()


class Committer:
    """Takes settlements in the order in which they were decided and makes them durable.

    Every settlement was decided on top of the ones before it. So when a batch cannot be written,
    everything decided since is void too: the generation moves on, waiting settlements are refused,
    and the deciding side must forget what it holds in memory before it decides again.
    """

    def __init__(self, books: Books, *, deliver: Deliver = deliver_here) -> None:
        self._books = books
        self.deliver = deliver
        self._waiting: list[Ticket] = []
        self._wake = threading.Condition()
        self._generation, self._outstanding = 0, 0
        self._open = True
        self._gathering, self._gathered = False, False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    @property
    def generation(self) -> int:
        return self._generation

    @property
    def running(self) -> bool:
        """Whether what is submitted now can still become durable."""
        return self._open and self._thread.is_alive()

    @property
    def idle(self) -> bool:
        """Whether everything that was submitted is durable or was given up."""
        return self._outstanding == 0

    def submit(self, settlement: Settlement, *, generation: int) -> Future[Committed | None]:
        """Queue a settlement; the promise is kept only after the commit. Refuses: ServiceClosed."""
        ticket = Ticket(settlement, generation)
        with self._wake:
            if not self._open:
                raise ServiceClosed("the platform is closing")
            self._waiting.append(ticket)
            self._outstanding += 1
            if not self._gathering:
                self._wake.notify()
        return ticket.promise

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Let the writer wait until everything that is submitted within is there."""
        self._gathering = True
        try:
            yield
        finally:
            with self._wake:
                self._gathering, self._gathered = False, True
                self._wake.notify()

    def shut(self) -> None:
        """Take nothing more: what waits is still committed. There is no way back."""
        with self._wake:
            self._open = False
            self._wake.notify()

    def close(self) -> None:
        """Commit what waits, then stop."""
        self.shut()
        self._thread.join()

    def _run(self) -> None:
        batch: list[Ticket] = []
        while True:
            with self._wake:
                while self._open and (self._gathering or not self._waiting):
                    self._wake.wait()
                crowded = len(batch) > 1 and self._open and not self._gathered
            if crowded:
                time.sleep(LINGER_S)
            with self._wake:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                self._gathered = False
            if not batch:
                return
            deliveries = self._commit(batch)
            with self._wake:
                self._outstanding -= len(batch)
            self._deliver(deliveries)

    def _deliver(self, deliveries: Sequence[Callable[[], None]]) -> None:
        """Where the others keep their promises, or here when that place is gone."""
        try:
            self.deliver(deliveries)
        except RuntimeError:  # an event loop that was closed; the writer must outlive it
            deliver_here(deliveries)

    def _commit(self, batch: list[Ticket]) -> list[Callable[[], None]]:
        current = [ticket for ticket in batch if ticket.generation == self._generation]
        stale = [ticket for ticket in batch if ticket.generation != self._generation]
        kept: list[Callable[[], None]] = []
        if current:
            try:
                proofs = self._books.commit([ticket.settlement for ticket in current])
                kept = [_keep(t, proof) for t, proof in zip(current, proofs, strict=True)]
            except Exception:  # whatever it was, nothing of the batch may be acknowledged
                log.exception("a batch of %d settlements was not committed", len(current))
                with self._wake:
                    self._generation += 1
                stale += current
        return kept + [_break(ticket) for ticket in stale]


def _keep(ticket: Ticket, proof: Committed | None) -> Callable[[], None]:
    return lambda: ticket.promise.set_result(proof)


def _break(ticket: Ticket) -> Callable[[], None]:
    return lambda: ticket.promise.set_exception(ServiceClosed("not committed"))
