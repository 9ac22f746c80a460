"""The front of a platform in this process: what arrives together is vetted together."""

from __future__ import annotations

import asyncio
import logging

from tallystick.assembly import Platform
from tallystick.crypto.modules import BATCH_MAX
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Arrival, Vetted
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.messages import seal_answer
from tallystick.serve.api.endpoints import Endpoints
from tallystick.serve.api.ports import Reply
from tallystick.serve.turns import Outcome, Tell, Turns

log = logging.getLogger("tallystick.edge")


class Counter:
    """Collects arrivals until the loop has seen every socket, then vets them as one batch."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._endpoints = Endpoints(platform)
        self._turns = Turns(platform.arrivals.sequencer)
        self._waiting: list[tuple[Arrival, asyncio.Future[Outcome]]] = []

    async def message(self, arrival: Arrival) -> str:
        """See `Front.message`."""
        loop = asyncio.get_running_loop()
        decided: asyncio.Future[Outcome] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._hand_over)
        self._waiting.append((arrival, decided))
        outcome = await decided
        if isinstance(outcome, Refused):
            raise outcome
        return seal_answer(outcome.committed, to=outcome.to)

    async def other(self, endpoint: str, *arguments: str) -> Reply:
        """See `Front.other`."""
        return await self._endpoints.answer(endpoint, *arguments)

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._hand_over)
        try:
            vetted = self._platform.arrivals.vet([arrival for arrival, _ in batch])
        except Exception:  # whoever waits must be told; the outsider learns nothing
            log.exception("a request could not be handled")
            vetted = [ServiceClosed("a check could not be made")] * len(batch)
        for (_, decided), one in zip(batch, vetted, strict=True):
            if isinstance(one, Vetted):
                self._turns.hand_in(one, _telling(decided))
            elif not decided.done():
                decided.set_result(one)


def _telling(decided: asyncio.Future[Outcome]) -> Tell:
    def tell(outcome: Outcome) -> None:
        if not decided.done():
            decided.set_result(outcome)

    return tell
