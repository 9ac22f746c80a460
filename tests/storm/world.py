"""A small world in one thread: people, a network, clocks and a machine, moved by one seed.

Everything that happens is an event in a queue of virtual time; the seed decides when, and what goes
wrong. The same seed gives the same events, in any process. After each event the world looks whether
what must hold holds; `Violation` says what does not.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tallystick.assembly.platform import _checkpoint_signer
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Pending
from tallystick.protect.emoney import RESERVATIONS
from tallystick.protect.enforcement import Committed
from tests.stage import SharedModule, _keys
from tests.storm import cast
from tests.storm.cuts import folder
from tests.storm.disk import Disk
from tests.storm.engine import open_on
from tests.storm.history import anomalies
from tests.storm.machine import Died, Machine, SteppedCommitter, Trouble
from tests.storm.oracle import Oracle, Violation
from tests.storm.persons import Person, Sent, Told

PEACE = [Trouble.NONE]
STORM = [Trouble.NONE] * 60 + [
    Trouble.BEFORE, Trouble.AFTER, Trouble.SYNC, Trouble.FULL, Trouble.DIES, Trouble.DIES,
]  # fmt: skip
HEALED_EVENTS_MAX = 20_000
"""Whoever is not answered within so many events, when nothing goes wrong any more, never is."""


@dataclass(slots=True)
class ServerClock:
    """The machine's clock: virtual time, and by how much it is wrong."""

    world: World
    wrong_ms: int = 0

    def now_ms(self) -> int:
        return cast.BORN_MS + 1000 + self.world.now_ms + self.wrong_ms


@cache
def beginning() -> dict[str, bytes]:
    """The disk at the beginning."""
    disk, module = Disk(), SharedModule(_keys())
    with folder() as home:
        books = open_on(disk, home, _checkpoint_signer(cast.policy(), module))
        books.commit(cast.born())
        books.close()
    return {name: bytes(disk.files[number]) for name, number in disk.names.items()}


@dataclass(slots=True)
class World:
    """One run. `trace` is what happened, for whoever compares two runs."""

    seed: int
    committer: type[SteppedCommitter] = SteppedCommitter
    pragmas: tuple[str, ...] = ()
    now_ms: int = 0
    healed: bool = False
    events: list[tuple[int, int, Callable[[], None]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    number: int = 0
    chance: random.Random = field(init=False)
    trace: Any = field(init=False)
    clock: ServerClock = field(init=False)
    machine: Machine = field(init=False)
    oracle: Oracle = field(init=False)
    inbox: list[Sent] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    reservations: list[str] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    machine_is_busy: bool = False
    verifier: str = ""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.trace = hashlib.sha256()
        self.clock = ServerClock(self)
        self.machine = Machine(
            beginning(),
            clock=self.clock,
            module=SharedModule(_keys()),
            chance=random.Random(self.chance.random()),
            choose=self._choose,
            committer=self.committer,
        )

    # ---- running --------------------------------------------------------------------------------

    def run(self, *, events: int) -> None:
        """So many events, then everything is mended and everybody gets an answer."""
        self._start()
        key = self.machine.platform.trust_anchor().checkpoint  # type: ignore[union-attr]
        self.verifier = key
        self.oracle = Oracle(key)
        self.oracle.begin(self.machine.platform)
        self.persons = [Person(self, part) for part in cast.parts()]
        for person in self.persons:
            self.after(self.chance.randint(0, 500), person.act)
        self.after(self.chance.randint(500, 5000), self._power_goes)
        self.after(self.chance.randint(500, 5000), self._clock_steps)
        self.after(self.chance.randint(100, 1000), self._sweep)
        for _ in range(events):
            self._next()
        self._heal()
        for _ in range(HEALED_EVENTS_MAX):
            if all(person.order is None for person in self.persons):
                break
            self._next()
        else:
            raise Violation("somebody is never answered")
        self._end()

    def close(self) -> None:
        """Let go of what a run that was broken off still holds."""
        if self.machine.platform is not None:
            self.machine.stop()

    def after(self, delay_ms: int, event: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.events, (self.now_ms + delay_ms, self.number, event))

    def happened(self, what: str) -> None:
        """Note it for the trace, and count it."""
        self.trace.update(f"{self.now_ms} {what}\n".encode())
        word = what.partition(" ")[0]
        self.counts[word] = self.counts.get(word, 0) + 1

    def _next(self) -> None:
        self.now_ms, _, event = heapq.heappop(self.events)
        event()

    # ---- the network ----------------------------------------------------------------------------

    def carry(self, deliver: Callable[[], None]) -> None:
        """Deliver something once, or twice, or never, sooner or later."""
        copies = 1 if self.healed else self.chance.choice((0, 1, 1, 1, 1, 1, 1, 1, 2))
        for _ in range(copies):
            slow = not self.healed and self.chance.random() < 0.05
            self.after(self.chance.randint(1, 20_000 if slow else 60), deliver)

    def send(self, sent: Sent) -> None:
        """A message on its way to the machine."""
        self.happened(f"sent {sent.message.device} {sent.message.request} {sent.message.counter}")
        self.carry(lambda: self._arrive(sent))

    # ---- the machine ----------------------------------------------------------------------------

    def _arrive(self, sent: Sent) -> None:
        if self.machine.platform is None:
            return
        if not self.inbox:
            self.after(self.chance.randint(0, 5), self._decide)
        self.inbox.append(sent)

    def _decide(self) -> None:
        """Everything that arrived in one turn is decided together, as the edge does it."""
        inbox, self.inbox = self.inbox, []
        platform = self.machine.platform
        if platform is None or not inbox:
            return
        try:
            platform._corridor.foresee([sent.message for sent in inbox])
            for sent in inbox:
                self._decide_one(sent)
        except Refused as refused:  # the whole batch: nothing could be read
            self.happened(f"closed {refused.code}")
        finally:
            platform._corridor.overlook()
        self._commit_soon()

    def _commit_soon(self) -> None:
        if self.machine.committer.waiting and not self.machine_is_busy:
            self.machine_is_busy = True
            self.after(self.chance.choice((1, 10, 100)), self._commit)

    def _sweep(self) -> None:
        """The platform gives back what is over, as its server asks it to."""
        self.after(self.chance.randint(100, 1000), self._sweep)
        platform = self.machine.platform
        if platform is None:
            return
        for name in platform.reservations.turn():
            self.happened(f"swept {name}")
        self._commit_soon()

    def _decide_one(self, sent: Sent) -> None:
        platform = self.machine.platform
        assert platform is not None
        person = sent.person
        try:
            pending = platform._corridor.decide(
                sent.message, key=person.part.device.session_key.point, version=3, pin=sent.pin
            )
        except Refused as refused:
            self.happened(f"refused {sent.message.request} {refused.code}")
            code = refused.outside
            self.carry(lambda: person.hear(sent, Told(code=code)))
            return
        self.happened(f"decided {sent.message.request}")
        pending.promise.add_done_callback(lambda promise: self._answer(sent, pending, promise))

    def _answer(self, sent: Sent, pending: Pending, promise: Any) -> None:
        """A promise was kept, or broken: the answer leaves."""
        person = sent.person
        if promise.exception() is not None:
            self.happened(f"broken {sent.message.request}")
            self.carry(lambda: person.hear(sent, Told(code="service.closed")))
            return
        first = pending.first.result(0) if hasattr(pending.first, "result") else pending.first
        committed: Committed | None = promise.result() or first
        if committed is None:
            raise Violation(f"{sent.message.request} is answered with nothing")
        self.happened(f"answered {sent.message.request} {committed.index}")
        self.oracle.promised(sent.message, committed)
        self.carry(lambda: person.hear(sent, Told(code="", committed=committed)))

    def _commit(self) -> None:
        self.machine_is_busy = False
        if self.machine.platform is None or not self.machine.committer.waiting:
            return
        self.machine.note()
        try:
            promises = self.machine.committer.step(self.chance.choice((1, 3, 1000)))
        except Died:
            self._die("in a commit")
            return
        if self.machine.books.unexplained is not None:
            raise Violation(f"the books refused what was decided: {self.machine.books.unexplained}")
        for keep in promises:
            keep()
        self.oracle.look(self.machine.platform)
        self._commit_soon()

    def _choose(self) -> Trouble:
        trouble = self.chance.choice(PEACE if self.healed else STORM)
        self.happened(f"commit {trouble.name}")
        return trouble

    # ---- what goes wrong ------------------------------------------------------------------------

    def _power_goes(self) -> None:
        if self.healed:
            return
        if self.machine.platform is not None:
            self.machine.note()
            self._die("between two commits")
        self.after(self.chance.randint(2_000, 60_000), self._power_goes)

    def _die(self, when: str) -> None:
        self.machine.die()
        self.inbox.clear()
        self.machine_is_busy = False
        self.happened(f"died {when} {sorted((n, len(o)) for n, o in self.machine.files.items())}")
        self.oracle.audit(self.machine.files)
        self.after(self.chance.randint(10, 3_000), self._start)

    def _start(self) -> None:
        self.machine.start()
        platform = self.machine.platform
        assert platform is not None
        for pragma in self.pragmas:
            platform._books._writer.execute(f"PRAGMA {pragma}")
        if not self.healed and self.number and self.chance.random() < 0.2:
            self._die("while it starts")
            return
        self.machine.note()
        self.happened("started")
        if self.number:
            self.oracle.begin(platform)

    def _clock_steps(self) -> None:
        """Both ways, mostly a little; a handset whose time is too far off is refused."""
        if self.healed:
            return
        far = self.chance.choice((2_000, 100_000, 400_000, 90_000_000))
        self.clock.wrong_ms = self.chance.randint(-far, far) if far > 2_000 else 0
        for person in self.persons:
            person.wrong_ms = self.clock.wrong_ms + self.chance.randint(-70_000, 70_000)
        self.happened(f"clock {self.clock.wrong_ms}")
        self.after(self.chance.randint(2_000, 60_000), self._clock_steps)

    def _heal(self) -> None:
        self.happened("healed")
        self.healed = True
        for person in self.persons:
            person.wrong_ms = self.clock.wrong_ms
            person.stop()

    def _demand_nothing_stays_reserved(self) -> None:
        """Long after the last reservation is over, the platform has given back all of them."""
        platform = self.machine.platform
        assert platform is not None
        self.clock.wrong_ms += 30 * 86_400_000
        for _ in range(len(self.reservations) // 50 + 10):
            platform.reservations.turn()
            while self.machine.committer.waiting:
                self._commit()
        for name in self.reservations:
            octets = platform._books.register(RESERVATIONS.name, name)
            if octets is None or not RESERVATIONS.decode(octets).resolved:
                raise Violation(f"{name} is reserved for ever")

    def _end(self) -> None:
        platform = self.machine.platform
        assert platform is not None
        while self.machine.committer.waiting:
            self._commit()
        self._demand_nothing_stays_reserved()
        moved = self.oracle.moved
        calls = [call for person in self.persons for call in person.calls.values()]
        floors = {p.device.account: 0 for p in cast.parts() if p.device.account}
        wrong = anomalies(calls, moved, floors=floors)
        if wrong:
            raise Violation("; ".join(wrong[:3]))
        self.machine.note()
        self.machine.files = {
            name: bytes(self.machine.disk.files[number])
            for name, number in self.machine.disk.names.items()
        }
        self.machine.stop()
        self.oracle.audit(self.machine.files, last=True)
