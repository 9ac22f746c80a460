"""The sequencer's end of one link: takes items to the platform and tells what came of them."""

from __future__ import annotations

import asyncio
import logging
import socket
from functools import partial

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import DeviceId
from tallystick.protect.corridor import NotBelieved, Reason, Vetted
from tallystick.protect.enforcement import ServiceClosed
from tallystick.serve.api import Endpoints
from tallystick.serve.edges.crossing import answered_item, device_item, seen_proof, vetted_order
from tallystick.serve.edges.frames import (
    Denied,
    Heard,
    Order,
    Other,
    Ready,
    Refusal,
    Said,
    Stale,
    Welcome,
    Who,
    read_heard,
)
from tallystick.serve.edges.link import Link
from tallystick.serve.turns import Answered, Outcome, Turns

log = logging.getLogger("tallystick.sequencer")


class Station:
    """One edge as the sequencer sees it."""

    def __init__(self, platform: Platform, *, turns: Turns, public_url: str) -> None:
        self._sequencer = platform.arrivals.sequencer
        self._terms, self._public_url = platform.arrivals.edge_terms(), public_url
        self._turns, self._endpoints = turns, Endpoints(platform)
        self._link: Link[Heard] = Link(read=read_heard, take=self._take, lost=self._link_lost)
        self._tasks: set[asyncio.Task[None]] = set()
        self.ready = asyncio.Event()
        self.lost = asyncio.Event()

    async def open(self, channel: socket.socket) -> None:
        """Take the link over and tell the edge its terms."""
        await self._link.over(channel)
        terms = self._terms
        self._link.send(
            Welcome(terms.grants.reveal(), terms.currency, terms.window_s, self._public_url)
        )

    def close(self) -> None:
        self._link.close()

    def _take(self, items: list[Heard]) -> None:
        for item in items:
            if isinstance(item, Ready):
                self.ready.set()
                continue
            try:
                self._take_one(item)
            except Refused as refusal:
                self._link.send(Denied(item.number, refusal.outside))
            except Exception:  # fail closed: the operator sees it, the outsider learns nothing
                log.exception("an item of an edge could not be handled")
                self._link.send(Denied(item.number, ServiceClosed.code))

    def _take_one(self, item: Order | Refusal | Who | Other) -> None:
        if isinstance(item, Order):
            order = vetted_order(item)
            self._turns.hand_in(order, partial(self._tell, item.number, order))
        elif isinstance(item, Refusal):
            reason = Reason(code=item.reason, why=item.why, outside=item.outside)
            outside = self._sequencer.refuse(reason, seen_proof(item.proof))
            self._link.send(Denied(item.number, outside))
        elif isinstance(item, Who):
            known = self._sequencer.known(DeviceId(item.device))
            self._link.send(device_item(item.number, known))
        else:
            task = asyncio.get_running_loop().create_task(self._answer(item))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, item: Other) -> None:
        reply = await self._endpoints.answer(item.endpoint, *item.arguments)
        self._link.send(Said(item.number, reply.status, reply.media, reply.octets))

    def _tell(self, number: int, order: Vetted, outcome: Outcome) -> None:
        if isinstance(outcome, Answered):
            stale = self._sequencer.outdated(order)
            self._link.send(answered_item(number, outcome, stale=stale))
        elif isinstance(outcome, NotBelieved):
            self._link.send(Stale(number))
        else:
            self._link.send(Denied(number, outcome.outside))

    def _link_lost(self) -> None:
        self.lost.set()
