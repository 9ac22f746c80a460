"""The one who speaks to the hub: what the books say must be told, in order, until it is taken.

Notices are committed with the orders that they are about, so that a crash loses none: after a
restart the first one that was not told is told first. What nobody waits for in the books (who is
this party?) is sent once and not again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import httpx

from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.protect.corridor import Partners, Waiting
from tallystick.protect.interop import Consent, ConsentState, HubView, Inquiry
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.outward import Outward, headers_of
from tallystick.serve.turns import kept

log = logging.getLogger("tallystick.interop")

LOOK_S = 0.05
"""How often the books are looked at for what a handset's order left to be told."""
ASK_S = 5
"""How often the hub is asked about a payment that is overdue, and how long it is left in peace."""
AGAIN_S_MAX = 60.0
UNTIL_MS = 24 * 3600 * 1000
"""How long something is told again and again before it is given up."""
PASSING_MAX = 1000
"""Answers that may wait to be sent once; more are dropped, and their askers ask again."""

Make = Callable[[Waiting], "Outward | Late | None"]
Overdue = Callable[[str, Consent, int], Awaitable[None]]
"""Ends what waits for a one-time code, when its time is over; what was never sent is not asked
after."""


class Late:
    """The order of a notice is not committed yet."""


def asked_after(inquiry: Inquiry) -> Outward:
    """The question what became of a payment."""
    return Outward(
        method="GET",
        path=f"/transfers/{inquiry.transfer}",
        resource="transfers",
        destination=inquiry.payee_fsp,
        asks=True,
    )


class Messenger:
    """Sends what notices say, one after the other, and passing answers beside them."""

    def __init__(
        self,
        hub: Hub,
        partners: Partners,
        view: HubView,
        make: Make,
        overdue: Overdue,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._hub, self._partners, self._view = hub, partners, view
        self._make, self._overdue = make, overdue
        self._clock, self._transport = clock, transport
        self._wake = asyncio.Event()
        self._passing: asyncio.Queue[Outward] = asyncio.Queue(PASSING_MAX)
        self._client: httpx.AsyncClient | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Speak to the hub while the edge is open."""
        async with httpx.AsyncClient(
            timeout=self._hub.send_timeout_s,
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        ) as client:
            self._client = client
            tasks = [
                asyncio.create_task(work())
                for work in (self._notices, self._answers, self._questions)
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._client = None

    def wake(self) -> None:
        """Something was committed that must be told."""
        self._wake.set()

    def pass_on(self, outward: Outward) -> None:
        """Send an answer once, without a promise that it arrives."""
        with contextlib.suppress(asyncio.QueueFull):
            self._passing.put_nowait(outward)

    async def _answers(self) -> None:
        while True:
            outward = await self._passing.get()
            await self._guarded(partial(self._send, outward))

    async def _notices(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            self._wake.clear()
            await self._guarded(self._tell_all)

    async def _questions(self) -> None:
        """Ask what became of payments that the hub should have settled by now."""
        while True:
            await asyncio.sleep(ASK_S)
            await self._guarded(self._ask_all)

    async def _ask_all(self) -> None:
        now_ms = self._clock.now_ms()
        for inquiry in self._view.open(self._hub.principal):
            consent = self._view.consent(inquiry.request) if inquiry.request else None
            if consent is not None and consent.state is not ConsentState.RELEASED:
                await self._overdue(inquiry.request_wire, consent, now_ms)
            elif now_ms > inquiry.expires_ms + ASK_S * 1000:
                await self._send(asked_after(inquiry))

    async def _tell_all(self) -> None:
        while (waiting := self._partners.waiting(self._hub.principal)) is not None:
            outward = self._make(waiting)
            if isinstance(outward, Late):
                return
            if outward is not None:
                await self._until_taken(outward, waiting.notice.at_ms)
            await kept(self._partners.delivered(waiting))

    async def _until_taken(self, outward: Outward, since_ms: int) -> None:
        """Send until the hub takes or refuses it; its silence and its own errors are no answer."""
        pause_s = 0.5
        while self._clock.now_ms() - since_ms < UNTIL_MS:
            status = await self._send(outward)
            if status is not None and status < 500 and status != 429:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, AGAIN_S_MAX)
        log.error("given up after a day: %s %s", outward.method, outward.path)

    async def _send(self, outward: Outward) -> int | None:
        """The hub's status, or None when it could not be reached."""
        if self._client is None:
            return None
        body = outward.octets()
        headers = headers_of(outward, self._hub, now_ms=self._clock.now_ms(), body=body)
        url = f"{self._hub.url.rstrip('/')}{outward.path}"
        try:
            answer = await self._client.request(
                outward.method, url, headers=headers, content=body or None
            )
        except httpx.HTTPError as error:
            log.warning("the hub was not reached: %s", type(error).__name__)
            return None
        if answer.status_code >= 400:
            log.warning("the hub answered %d to %s", answer.status_code, outward.method)
        return answer.status_code

    async def _guarded(self, work: Callable[[], Awaitable[object]]) -> None:
        """What goes wrong with one message must not silence the others."""
        try:
            await work()
        except asyncio.CancelledError:
            raise
        except Refused as refusal:  # books that cannot be read now can be read later
            log.error("nothing is told to the hub: %s", refusal)
            await asyncio.sleep(1)
        except Exception:  # the operator sees it; the notice stays where it is
            log.exception("something could not be told to the hub")
            await asyncio.sleep(1)
