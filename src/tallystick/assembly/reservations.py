"""Reservations whose time is over: the platform gives the money back by itself.

They stand in a register in the order in which they end. A turn looks at one page of it, from where
the turns before it came to, and gives back what is still open there: a settlement for each, which
says so in the evidence. Where a new process begins is a record of its own, written now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from tallystick.assembly.own_settlements import own_settlement
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.facts import TRANSFER_POSTED
from tallystick.protect import emoney
from tallystick.protect.corridor import Corridor, Decision, Desk
from tallystick.protect.emoney import DUE, EXPIRE, RESERVATIONS, SWEPT, SWEPT_KEY, Reservation
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Committed,
    Committer,
    Mark,
    OrderedRecords,
    Settlement,
    Tally,
    Transfer,
    record_details,
)
from tallystick.protect.remote import give_back_limits

PAGE = 100
"""So many reservations are looked at in one turn."""
AGAIN_MS = 60_000
"""How long one waits that could not be given back; the others go on."""

log = logging.getLogger("tallystick.reservations")

Promise = Future[Committed | None]
Promises = Mapping[str, Promise]


class Reservations:
    """Call `turn` from the deciding thread, again and again."""

    def __init__(
        self,
        desk: Desk,
        corridor: Corridor,
        committer: Committer,
        *,
        books: OrderedRecords,
        clock: Clock,
    ) -> None:
        self._desk, self._corridor, self._committer = desk, corridor, committer
        self._books, self._clock = books, clock
        self._generation, self._one_by_one = -1, 0
        self._passed, self._since = "", 0
        self._durable_ms = 0
        self._aside: dict[str, int] = {}
        self._promises: Promises = {}
        if bookmark := desk.registers.get(SWEPT, SWEPT_KEY):
            desk.horizon.look(emoney.due_at(bookmark)[0])

    def turn(self) -> Promises:
        """Give back what is over, at most one page. Gives, by name, the promises of the commits.

        As long as promises of the turn before are open, nothing is done.
        """
        if not all(promise.done() for promise in self._promises.values()):
            return {}
        self._learn(self._promises)
        self._promises = {}
        self._corridor.catch_up()
        self._begin_anew_when_a_commit_failed()
        now_ms = self._clock.now_ms()
        self._desk.horizon.look(now_ms)
        if self._committer.idle:
            self._durable_ms = self._desk.horizon.looked_ms
        page = [
            key
            for key, _ in self._books.records(
                DUE.name, after=self._passed, until=emoney.due_key(now_ms + 1), limit=PAGE
            )
        ]
        names = [emoney.due_at(key)[1] for key in page]
        due = self._open([*self._waited(now_ms), *(n for n in names if n not in self._aside)])
        with self._corridor.together():
            promises = self._give_back(due[: 1 if self._one_by_one else PAGE], now_ms)
            self._pass(page)
            if page and not promises and not self._committer.idle:
                promises[""] = self._write(now_ms)  # when it is kept, so is all before it
        self._promises = promises
        return promises

    def _learn(self, promises: Promises) -> None:
        """When something was not committed, the next ones are tried alone, and who fails alone is
        set aside. Else all is durable that was decided before."""
        lost = [name for name, promise in promises.items() if promise.exception() is not None]
        if lost:
            if self._one_by_one and lost[0]:
                log.error("reservation %s could not be given back; it is tried again", lost[0])
                self._aside[lost[0]] = self._clock.now_ms()
            self._one_by_one = PAGE
        elif promises:
            self._durable_ms = self._desk.horizon.looked_ms
            self._one_by_one = max(0, self._one_by_one - 1)

    def _begin_anew_when_a_commit_failed(self) -> None:
        """What was decided since is void: an end that was passed may be open again."""
        if self._generation != self._committer.generation:
            self._generation = self._committer.generation
            self._passed, self._since = self._desk.registers.get(SWEPT, SWEPT_KEY) or "", 0

    def _waited(self, now_ms: int) -> list[str]:
        """Whose time has come to be tried again; by a clock that went back, everybody's."""
        names = [n for n, at_ms in self._aside.items() if not 0 <= now_ms - at_ms < AGAIN_MS]
        for name in names:
            if not self._open([name]):
                del self._aside[name]
        return names

    def _open(self, names: Iterable[str]) -> list[Reservation]:
        known = (self._desk.registers.get(RESERVATIONS, name) for name in dict.fromkeys(names))
        return [one for one in known if one and not one.resolved]

    def _give_back(self, due: Sequence[Reservation], now_ms: int) -> dict[str, Promise]:
        promises: dict[str, Promise] = {}
        for one in due:
            self._aside.pop(one.id, None)
            transfer, mark = emoney.expire_reservation(one)
            try:
                self._desk.ledger.check((transfer,), now_ms=now_ms)
            except Refused as refusal:
                log.error("reservation %s cannot be given back: %s", one.id, refusal)
                self._aside[one.id] = now_ms
                continue
            given_back = give_back_limits(self._desk.registers, mark.value)
            settlement = self._settlement(transfer, (mark, *given_back), now_ms)
            promises[one.id] = self._corridor.settle(settlement, Decision(transfers=(transfer,)))
        return promises

    def _settlement(
        self, transfer: Transfer, marks: tuple[Mark[Any], ...], now_ms: int
    ) -> Settlement:
        tally = Tally(
            subject=transfer.id,
            policy=self._desk.policy.digest,
            at_ms=now_ms,
            demanded=(),
            salt=self._desk.chance(SALT_OCTETS),
        )
        tally.notch(
            TRANSFER_POSTED,
            "C-LEDGER-DOUBLE",
            transfer=transfer.id,
            kind=str(transfer.kind),
            pending=transfer.pending or "",
            linked=0,
            **record_details(marks),
        )
        return own_settlement(
            tally,
            operation=EXPIRE,
            marks=marks,
            transfers=(transfer,),
            currency=self._desk.policy.currency,
        )

    def _pass(self, page: Sequence[str]) -> None:
        """Look behind these from now on: all that can ever stand here is known, and has ended.

        What was reserved before `_durable_ms` is in the books; what is reserved later has its place
        behind that instant (`Horizon`). Whoever was set aside is remembered here, and not written.
        """
        for key in page:
            instant_ms, name = emoney.due_at(key)
            waits = name not in self._aside and self._open([name])
            if instant_ms > self._durable_ms or waits:
                break
            self._passed, self._since = key, self._since + 1
        if self._since >= PAGE and not self._aside:
            self._write(self._clock.now_ms())
            self._since = 0

    def _write(self, now_ms: int) -> Promise:
        """Write down where a new process begins: evidence is not needed for a bookmark."""
        bookmark = self._desk.registers.get(SWEPT, SWEPT_KEY) or ""
        passed = bookmark if self._aside else max(bookmark, self._passed)
        written = Mark(SWEPT, SWEPT_KEY, passed)
        return self._corridor.settle(Settlement.of_marks(written, at_ms=now_ms))
