"""Kill PostgreSQL under load: what was acknowledged is there, once, and nothing else came of it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from dataclasses import dataclass, field

import pytest

from tallystick.backends.postgres import PostgresBooks
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.protect.emoney import TRUST
from tallystick.protect.enforcement import ServiceClosed, Settlement
from tallystick.testing import Notary, opening
from tests.conformance.on_postgres import findings
from tests.postgres import Cluster
from tests.storm.bounds import SESSION_KILLS
from tests.storm.writer import FUNDS, HOLDERS, funded, paid

BATCH_MAX = 40
PATIENCE_S = 60.0


@dataclass
class Load:
    """Somebody who commits without end, asks again after a failure, and notes what was told."""

    books: PostgresBooks
    chance: random.Random
    told: set[str] = field(default_factory=set)
    failures: int = 0
    batches: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    moved: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.is_set():
            size = self.chance.randint(1, BATCH_MAX)
            batch = [
                paid(f"storm-{self.batches:06}-{number:03}", self.chance) for number in range(size)
            ]
            self.commit(batch)
            self.batches += 1
            self.moved.set()

    def commit(self, batch: list[Settlement]) -> None:
        """As handsets do: the same order under the same request id until there is an answer."""
        while True:
            try:
                self.books.commit(self.unanswered(batch))
                break
            except (ServiceClosed, Defect):
                self.failures += 1
                if self.stop.is_set():
                    return
        self.told |= {str(s.request) for s in batch}

    def unanswered(self, batch: list[Settlement]) -> list[Settlement]:
        asked = [(DeviceId(str(s.device)), RequestId(str(s.request))) for s in batch]
        answers = self.books.recorded(asked)
        return [s for s, answer in zip(batch, answers, strict=True) if answer is None]


def strike(cluster: Cluster, books: PostgresBooks, chance: random.Random) -> str:
    """One kill: of the whole server, of the process that serves the writer, or of any of its kind."""
    how = chance.choice(("server", "session", "helper"))
    if how == "server":
        cluster.kill()
        cluster.start()
        return how
    victims = cluster.backends() or [0]
    if how == "session" and not books._lease.lost:
        victims = [books._lease.connection.info.backend_pid]
    victim = chance.choice(victims)
    with contextlib.suppress(ProcessLookupError):
        if victim:
            os.kill(victim, signal.SIGKILL)
    return how


@pytest.mark.slow
def test_what_was_acknowledged_survives_every_kill(own_postgres: Cluster, seed: int) -> None:
    chance, notary = random.Random(seed), Notary()
    address = own_postgres.url()
    books = PostgresBooks(address, sign_checkpoint=notary.sign, patience_s=PATIENCE_S)
    books.commit([*opening(*HOLDERS), *funded()])
    load = Load(books, random.Random(seed + 1))
    thread = threading.Thread(target=load.run, daemon=True)
    thread.start()
    struck: dict[str, int] = {}
    for _ in range(SESSION_KILLS):
        for _ in range(chance.randint(1, 4)):
            load.moved.clear()
            assert load.moved.wait(PATIENCE_S), "the load stands still"
        how = strike(own_postgres, books, chance)
        struck[how] = struck.get(how, 0) + 1
    load.moved.clear()
    assert load.moved.wait(PATIENCE_S), "the load does not come back"
    load.stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()

    kept = [row.id.removeprefix("dev-0.") for row in books.transfers()]
    assert len(kept) == len(set(kept)), "something was posted twice"
    assert load.told <= set(kept), "something that was acknowledged is gone"
    last = f"storm-{load.batches:06}-"
    untold = set(kept) - load.told - {str(s.request) for s in funded()}
    assert all(name.startswith(last) for name in untold), "every other try was asked about again"
    trust = books.account(TRUST)
    books.close()
    assert findings(address, notary) == [], "every balance is the fold of its transfers"
    assert trust is not None
    assert trust.debits == FUNDS
    assert sum(struck.values()) == SESSION_KILLS, struck
