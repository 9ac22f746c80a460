"""The front of an edge: vets what strangers sent, and hands it to the sequencer over a link."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from tallystick.crypto.mechanisms import PublicKey
from tallystick.crypto.modules import ModuleLink, pin_refusal
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import CustomerId, DeviceId
from tallystick.ground.secret import Secret
from tallystick.protect.corridor import (
    MESSAGE_TYP,
    Arrival,
    EdgeTerms,
    Known,
    PinVerdict,
    Reason,
    Vetted,
    Vetter,
)
from tallystick.protect.devices import SeenProof
from tallystick.protect.enforcement import Committed, ServiceClosed
from tallystick.protect.messages import seal_answer
from tallystick.serve.api import problem_of
from tallystick.serve.api.ports import Reply
from tallystick.serve.edges.crossing import order_item, proof_item
from tallystick.serve.edges.frames import (
    Answered,
    Asked,
    Denied,
    Device,
    Other,
    Ready,
    Refusal,
    Said,
    Stale,
    Told,
    Welcome,
    Who,
    read_told,
)
from tallystick.serve.edges.link import Link

log = logging.getLogger("tallystick.edge")

DEVICES_KNOWN = 16_384
"""Devices that an edge remembers; the least recently used is forgotten first."""

IN_FLIGHT_MAX = 8_192
OTHER_S_MAX = 10.0
LINGER_S = 0.5
"""How long an edge whose module is lost goes on refusing before it ends."""


class DeniedBeyond(Refused):
    """What the sequencer refused: only the outside word crossed the link."""

    code, clause = "edge.denied", "7.1"

    def __init__(self, outside: str) -> None:
        super().__init__("refused by the sequencer")
        self._outside = outside

    @property
    def outside(self) -> str:
        return self._outside


class EdgeFront:
    """See `Front`. Keeps nothing that could not be read again."""

    def __init__(self, *, clock: Clock, lost: Callable[[], None]) -> None:
        self._clock = clock
        self._link: Link[Told] = Link(read=read_told, take=self._take, lost=self._link_lost)
        self._lost = lost
        self._welcome: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._asked: dict[int, asyncio.Future[Told]] = {}
        self._number = 0
        self._known: OrderedDict[str, Known] = OrderedDict()

    async def open(self, link: socket.socket, module: socket.socket) -> str:
        """Take both channels over; gives the public URL that session proofs must name."""
        self._module = await ModuleLink.over(module, lost=self._module_lost)
        await self._link.over(link)
        welcome = await self._welcome
        terms = EdgeTerms(
            grants=Secret(welcome.grants), currency=welcome.currency, window_s=welcome.window_s
        )
        self._vetter = Vetter(terms, clock=self._clock)
        return welcome.public_url

    def ready(self) -> None:
        """Tell the sequencer that connections are taken."""
        self._link.send(Ready())

    def close(self) -> None:
        self._link.close()
        self._module.close()

    # ---- Front ------------------------------------------------------------------------------

    async def message(self, arrival: Arrival) -> str:
        """See `Front.message`."""
        try:
            grant, proof = self._vetter.recognise(arrival)
        except Refused as refusal:
            raise await self._refused(refusal, None) from None
        for _ in range(2):
            known = self._known.get(grant.device)
            if known is None:
                known = await self._learn(grant.device)
            try:
                vetted = await self._vet(arrival, known, version=grant.version, proof=proof)
            except Refused as refusal:
                raise await self._refused(refusal, proof) from None
            told = await self._ask(partial(order_item, vetted=vetted))
            if isinstance(told, Answered):
                return self._seal(told, known)
            self._known.pop(grant.device, None)
            if not isinstance(told, Stale):
                raise _denied(told)
        raise ServiceClosed("the device changed while its message was read")

    async def other(self, endpoint: str, *arguments: str) -> Reply:
        """See `Front.other`."""
        if endpoint == "healthz" and not self._module.usable:
            return problem_of(ServiceClosed.code)
        try:
            async with asyncio.timeout(OTHER_S_MAX):
                told = await self._ask(lambda number: Other(number, endpoint, list(arguments)))
        except TimeoutError:
            return problem_of(ServiceClosed.code)
        if not isinstance(told, Said):
            return problem_of(_denied(told).outside)
        return Reply(status=told.status, media=told.media, octets=told.octets)

    # ---- vetting ----------------------------------------------------------------------------

    async def _vet(
        self, arrival: Arrival, known: Known, *, version: int, proof: SeenProof
    ) -> Vetted:
        opened = await self._module.open_message(arrival.sealed, typ=MESSAGE_TYP)
        message = self._vetter.read(opened, known)
        call = self._vetter.pin_call(message, known)
        asked = None if call is None else self._module.begin_pin(call)
        intent = self._vetter.intent(message, known)
        pin = None
        if asked is not None:
            pin = PinVerdict(reference=known.reference, refusal=pin_refusal(await asked))
        return Vetted(
            message=message,
            version=version,
            proof=proof,
            key=known.session_key.point,
            intent=intent,
            pin=pin,
        )

    async def _learn(self, device: DeviceId) -> Known:
        told = await self._ask(lambda number: Who(number, device))
        if not isinstance(told, Device):
            raise _denied(told)
        known = Known(
            device=device,
            customer=CustomerId(told.customer),
            session_key=PublicKey.from_point(told.session_key),
            signature_key=PublicKey.from_point(told.signature_key),
            agreement_key=PublicKey.from_point(told.agreement_key),
            reference=told.reference,
        )
        self._known[device] = known
        while len(self._known) > DEVICES_KNOWN:
            self._known.popitem(last=False)
        return known

    async def _refused(self, refusal: Refused, proof: SeenProof | None) -> Refused:
        """Have a refusal recorded; gives what the outsider hears, which a replay may change."""
        reason = Reason.of(refusal)
        item = proof_item(proof) if proof is not None else None
        told = await self._ask(
            lambda number: Refusal(number, reason.code, reason.why, reason.outside, item)
        )
        return _denied(told)

    def _seal(self, told: Answered, known: Known) -> str:
        to = known.agreement_key
        if told.to != to.point:
            to = PublicKey.from_point(told.to)
        if told.stale or told.to != known.agreement_key.point:
            self._known.pop(known.device, None)
        elif known.device in self._known:  # another answer may have let go of it meanwhile
            self._known.move_to_end(known.device)
        committed = Committed(
            leaf=told.leaf,
            data=told.data,
            index=told.index,
            size=told.size,
            path=tuple(told.path),
            checkpoint=told.checkpoint,
        )
        return seal_answer(committed, to=to)

    # ---- the link ---------------------------------------------------------------------------

    async def _ask(self, make: Callable[[int], Asked]) -> Told:
        if not self._link.open or len(self._asked) >= IN_FLIGHT_MAX:
            raise ServiceClosed("the sequencer takes no more")
        self._number += 1
        number = self._number
        told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._asked[number] = told
        try:
            self._link.send(make(number))
            return await told
        finally:
            self._asked.pop(number, None)

    def _take(self, items: list[Told]) -> None:
        for item in items:
            if isinstance(item, Welcome):
                if not self._welcome.done():
                    self._welcome.set_result(item)
                continue
            told = self._asked.get(item.number)
            if told is not None and not told.done():
                told.set_result(item)

    def _module_lost(self) -> None:
        """An edge without the module refuses what it has; another one takes its place."""
        log.error("the crypto module does not answer this edge; it ends")
        asyncio.get_running_loop().call_later(LINGER_S, self._lost)

    def _link_lost(self) -> None:
        if not self._welcome.done():
            self._welcome.set_exception(ServiceClosed("the sequencer is gone"))
        for told in self._asked.values():
            if not told.done():
                told.set_exception(ServiceClosed("the sequencer is gone"))
        self._lost()


def _denied(told: Told) -> Refused:
    """A refusal as it crossed the link; anything else that was not expected closes."""
    return DeniedBeyond(told.code if isinstance(told, Denied) else ServiceClosed.code)
