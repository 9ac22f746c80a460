"""Turns: decisions and commits alternate, so that one batch is decided while nobody writes.

What arrives while the disk is busy is decided next, all of it together, and committed together. An
idle service answers the first order at once; a busy one makes its batches larger by itself. When a
batch cannot be committed, memory is read anew and its orders are decided again one by one: an order
that cannot be written refuses alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tallystick.crypto.mechanisms import PublicKey
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Pending, Sequencer, Vetted
from tallystick.protect.enforcement import Committed, ServiceClosed

log = logging.getLogger("tallystick.turns")

TURN_MAX = 256
COMPANY = 24
LINGER_S = 0.006
"""How long a busy service waits for company, as long as fewer than COMPANY orders wait."""

FAILURES_MAX = 3
"""So many single commits that fail in a row, and the rest of a batch is not tried any more."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A committed answer and the key that it is sealed to."""

    committed: Committed
    to: PublicKey


Outcome = Answered | Refused
Tell = Callable[[Outcome], None]


class Turns:
    """One queue of vetted orders for one platform, on one event loop."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._waiting: list[tuple[Vetted, Tell]] = []
        self._turn: asyncio.Task[None] | None = None

    def hand_in(self, order: Vetted, tell: Tell) -> None:
        """Queue an order; `tell` is called on this loop once its answer is committed."""
        self._waiting.append((order, tell))
        if self._turn is None:
            self._turn = asyncio.get_running_loop().create_task(self._take_turns())

    async def _take_turns(self) -> None:
        try:
            crowd = 0
            while self._waiting:
                if crowd > 1 and len(self._waiting) < COMPANY:
                    await asyncio.sleep(LINGER_S)
                batch, self._waiting = self._waiting[:TURN_MAX], self._waiting[TURN_MAX:]
                crowd = len(batch)
                outcomes = await self._decided([order for order, _ in batch])
                for (_, tell), outcome in zip(batch, outcomes, strict=True):
                    self._tell(tell, outcome)
        finally:
            self._turn = None

    def _tell(self, tell: Tell, outcome: Outcome) -> None:
        try:
            tell(outcome)
        except Exception:  # one that cannot be told keeps nobody else waiting
            log.exception("an outcome could not be told")

    async def _decided(self, orders: list[Vetted]) -> list[Outcome]:
        try:
            decided = self._sequencer.take(orders)
        except Exception:  # nothing of the turn was decided: whoever waits must be told
            log.exception("a turn of %d orders could not be decided", len(orders))
            return [ServiceClosed("a check could not be made")] * len(orders)
        for one in decided:
            if isinstance(one, Pending):
                await settled(one.promise)
        outcomes: list[Outcome] = []
        losses = list(map(_was_lost, decided))
        failures = FAILURES_MAX if sum(losses) < 2 else 0
        for order, one, was_lost in zip(orders, decided, losses, strict=True):
            outcome = outcome_of(one)
            if was_lost and failures < FAILURES_MAX:
                outcome, lost = await self._alone(order)
                failures = failures + 1 if lost else 0
            outcomes.append(outcome)
        return outcomes

    async def _alone(self, order: Vetted) -> tuple[Outcome, bool]:
        """Decide one order again and commit it by itself; says whether it was lost again."""
        try:
            one = self._sequencer.again(order)
        except Exception:  # as above, for one
            log.exception("an order could not be decided again")
            return ServiceClosed("a check could not be made"), True
        if isinstance(one, Pending):
            await settled(one.promise)
        return outcome_of(one), _was_lost(one)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something on this loop as long as the context lasts; it is cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def kept(promise: Future[Committed | None]) -> Committed | None:
    """Wait for a promise, whichever thread keeps it; who stops waiting takes nothing back."""
    if not promise.done():
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake(_: Future[Committed | None]) -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(woken.set)

        promise.add_done_callback(wake)
        await woken.wait()
    return promise.result()


async def settled(promise: Future[Committed | None]) -> None:
    """Wait until a promise is kept or broken on this loop."""
    if promise.done():
        return
    waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: Future[Committed | None]) -> None:
        if not waiting.done():
            waiting.set_result(None)

    promise.add_done_callback(wake)
    await waiting


def outcome_of(one: Pending | Refused) -> Outcome:
    """What came of a decision whose promise is kept or broken."""
    if isinstance(one, Refused):
        return one
    try:
        return Answered(one.proven(one.promise.result()), one.to)
    except Refused as refusal:
        return refusal
    except Exception:  # whoever waits must be told, and so must the others of the turn
        log.exception("what came of an order could not be read")
        return ServiceClosed("a check could not be made")


def _was_lost(one: Pending | Refused) -> bool:
    return isinstance(one, Pending) and one.promise.exception() is not None
