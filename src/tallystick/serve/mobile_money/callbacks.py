"""Callbacks: tells partners how their orders ended, in order, until they heard it or a day is over.

What is to be told stands in the books, so that a restart forgets none of it. A partner may hear the
same twice: after a crash between the telling and the commit that notes it.
"""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from tallystick.ground.clock import DAY_MS, iso_instant
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import DeviceId
from tallystick.protect.corridor import Partners, Waiting
from tallystick.serve.mobile_money.errors import CallbackRefused
from tallystick.serve.mobile_money.states import final_object
from tallystick.serve.mobile_money.targets import put

log = logging.getLogger("tallystick.callbacks")

INTERFACE = "mobile_money"
BACKOFF_MS = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 300_000)
GIVEN_UP_MS = DAY_MS
LOOK_S = 0.2

Put = Callable[[str, bytes, Mapping[str, str]], int]


@dataclass(slots=True)
class _Try:
    """How often one notice was tried, and when it is tried again."""

    number: int = 0
    times: int = 0
    next_ms: int = 0


class Courier:
    """Delivers what waits: of one partner one at a time, and no partner waits for another."""

    def __init__(self, partners: Partners, *, loopback: bool, deliver: Put | None = None) -> None:
        self._partners = partners
        self._put = deliver or (lambda url, body, head: put(url, body, head, loopback=loopback))
        self._tries: dict[DeviceId, _Try] = {}
        self._busy: set[DeviceId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look for what waits until the task is cancelled."""
        away = False
        while True:
            try:
                self.look()
                away = False
            except Refused as refusal:  # books that cannot be read now can be read later
                if not away:
                    log.error("callbacks wait: %s", refusal)
                away = True
            except Exception:
                log.exception("callbacks could not be looked for")
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Start what is due."""
        now_ms = self._partners.now_ms()
        for partner in self._partners.partners():
            if partner.id in self._busy:
                continue
            waiting = self._partners.waiting(partner.id)
            if waiting is None or waiting.order.interface != INTERFACE:
                continue
            attempt = self._tries.setdefault(partner.id, _Try())
            if attempt.number != waiting.number:
                attempt.number, attempt.times, attempt.next_ms = waiting.number, 0, 0
            if now_ms >= attempt.next_ms:
                self._start(waiting, attempt)

    def _start(self, waiting: Waiting, attempt: _Try) -> None:
        self._busy.add(waiting.partner)
        task = asyncio.create_task(self._tell(waiting, attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, waiting: Waiting, attempt: _Try) -> None:
        pause = BACKOFF_MS[min(attempt.times, len(BACKOFF_MS) - 1)]
        attempt.times += 1
        attempt.next_ms = self._partners.now_ms() + pause
        try:
            if await self._told(waiting) or self._too_old(waiting):
                await asyncio.shield(asyncio.wrap_future(self._partners.delivered(waiting)))
        except Exception:  # it stands in the books still, and is told later
            log.exception("a callback of %s could not be told", waiting.partner)
        finally:
            self._busy.discard(waiting.partner)

    async def _told(self, waiting: Waiting) -> bool:
        """Whether the partner heard it, or never can."""
        body, headers = message_of(self._partners, waiting)
        try:
            status = await asyncio.to_thread(self._put, waiting.order.callback, body, headers)
        except CallbackRefused as refusal:
            log.warning("a callback of %s is given up: %s", waiting.partner, refusal)
            return True
        except (OSError, http.client.HTTPException) as error:
            log.info("a callback of %s was not heard: %s", waiting.partner, type(error).__name__)
            return False
        return 200 <= status < 300

    def _too_old(self, waiting: Waiting) -> bool:
        old = self._partners.now_ms() - waiting.notice.at_ms > GIVEN_UP_MS
        if old:
            log.warning("a callback of %s is given up after a day", waiting.partner)
        return old


def message_of(partners: Partners, waiting: Waiting) -> tuple[bytes, dict[str, str]]:
    """What is told, and under which headers."""
    request = waiting.notice.request
    body = msgspec.json.encode(final_object(partners, waiting.partner, request))
    return body, {
        "Content-Type": "application/json",
        "X-CorrelationID": request,
        "X-Date": iso_instant(partners.now_ms()),
        "X-Content-Hash": hashlib.sha256(body).hexdigest(),
        "X-Client-Id": waiting.partner,
    }
