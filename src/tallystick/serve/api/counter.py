"""The counter: messages that arrive in one turn of the event loop are handed in together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tallystick.crypto.modules import BATCH_MAX
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Arrival, Pending

Take = Callable[[Sequence[Arrival]], list[Pending | Refused]]


class Counter:
    """Collects arrivals until the loop has seen every socket, then hands them in as one batch."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: list[tuple[Arrival, asyncio.Future[Pending]]] = []

    async def hand_in(self, arrival: Arrival) -> Pending:
        """Wait for the decision. Refuses: what the platform refuses this arrival for."""
        loop = asyncio.get_running_loop()
        decided: asyncio.Future[Pending] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._hand_over)
        self._waiting.append((arrival, decided))
        return await decided

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._hand_over)
        try:
            outcomes: Sequence[Pending | Refused | Exception] = self._take([a for a, _ in batch])
        except Exception as error:  # whoever waits must be told; the edge refuses and logs it
            outcomes = [error] * len(batch)
        for (_, decided), outcome in zip(batch, outcomes, strict=True):
            if decided.done():
                continue
            if isinstance(outcome, Pending):
                decided.set_result(outcome)
            else:
                decided.set_exception(outcome)
