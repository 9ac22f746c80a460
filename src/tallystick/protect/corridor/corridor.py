"""Decides one order at a time and hands each decision to the one writer."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any

from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.facts import (
    RECEIPT_BOUND,
)
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.protect.corridor.desk import Decision, Desk, Journeys, Visit
from tallystick.protect.corridor.memory import Memory
from tallystick.protect.corridor.outcomes import (
    accept,
    log_if_closed,
    notch_receipt,
    recognise,
    refuse,
)
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.terms import note_activity
from tallystick.protect.corridor.vetting import IntentVerdict, PinVerdict
from tallystick.protect.devices import DEVICES, Device, DeviceUnknown
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Committed,
    Committer,
    Mark,
    Recorded,
    RequestConflict,
    ServiceClosed,
    Settlement,
    Tally,
)
from tallystick.protect.messages import (
    COUNTERS,
    FinancialMessage,
    MessageRefused,
    Slip,
    accept_message,
)

log = logging.getLogger("tallystick.corridor")


class NotBelieved(MessageRefused):
    """A verdict on a message was reached with a record that is another one now."""

    code = "verdict.stale"


class Corridor:
    """Serial: one order is decided on top of all orders before it, in memory.

    It writes nothing itself. What it decides leaves as one Settlement; memory takes the decision
    over at once, and forgets everything when a commit fails.
    """

    def __init__(
        self, desk: Desk, *, journeys: Journeys, committer: Committer, clock: Clock
    ) -> None:
        self._desk = desk
        self._journeys = journeys
        self._committer = committer
        self._clock = clock
        self._memory = Memory(desk, committer)
        self._waiting: dict[tuple[str, str], tuple[str, Future[Committed | None]]] = {}
        self._foreseen: dict[tuple[DeviceId, RequestId], Recorded | None] = {}

    def decide(
        self,
        message: FinancialMessage,
        *,
        key: bytes,
        version: int,
        pin: PinVerdict | None = None,
        intent: IntentVerdict | None = None,
    ) -> Pending:
        """Decide one authentic message.

        `key` is the point of the session key that it was verified with, perhaps a while ago and
        elsewhere: the device is judged as the orders before this one leave it. `version` is what
        the grant says of the application.
        Refuses: NotBelieved, MessageRefused (stale), RequestConflict, DeviceUnknown.
        """
        self.catch_up()
        now_ms = self._clock.now_ms()
        device = self.believe(message.device, key)
        counter = self._accept(message, now_ms)
        earlier = self._earlier(message)
        if earlier is not None:
            return self._repeat(message, *earlier, device=device, counter=counter, now_ms=now_ms)
        visit = self._visit(message, device=device, version=version, now_ms=now_ms)
        visit.marks.append(counter)
        visit.pin, visit.intent = pin, intent
        return self._decide_first(visit)

    def decide_external(
        self,
        message: FinancialMessage,
        *,
        device: Device,
        authenticated: Mapping[str, str | int],
        kept: Sequence[Mark[Any]],
        flaw: Refused | None = None,
    ) -> Pending:
        """Decide one order of a partner's server, which an interface has authenticated.

        It is known by partner and request id and has no counter: a retry brings nothing new.
        `kept` are the records that stay however it ends.
        Refuses: RequestConflict, MessageRefused (no such operation).
        """
        earlier = self._earlier(message)
        if earlier is not None:
            return self._first_again(message, *earlier, device=device)
        visit = self._visit(message, device=device, version=0, now_ms=self._clock.now_ms())
        visit.marks.extend(kept)
        visit.kept, visit.authenticated, visit.flaw = len(kept), authenticated, flaw
        return self._decide_first(visit)

    def _decide_first(self, visit: Visit) -> Pending:
        promise = self.settle(*self._walk(visit))
        key = (visit.message.device, visit.message.request)
        self._waiting[key] = (visit.message.order, promise)
        promise.add_done_callback(lambda _: self._waiting.pop(key, None))
        return Pending(promise, None, visit.device.agreement_key)

    def _first_again(
        self,
        message: FinancialMessage,
        order: str,
        first: Future[Committed | None] | Committed,
        *,
        device: Device,
    ) -> Pending:
        if order != message.order:
            raise RequestConflict("this request id belongs to another order")
        if isinstance(first, Future):
            return Pending(first, None, device.agreement_key)
        return Pending.known(first, to=device.agreement_key)

    def together(self) -> AbstractContextManager[None]:
        """What is decided within goes to the writer as one batch."""
        return self._committer.gathering()

    def catch_up(self) -> None:
        """Before anything is decided: read memory anew when a commit has failed."""
        self._memory.catch_up()

    def settle(
        self, settlement: Settlement, decision: Decision | None = None
    ) -> Future[Committed | None]:
        """Take a decision over into memory and hand it to the writer."""
        return self._memory.take_over(settlement, decision)

    def answered(self, message: FinancialMessage, *, key: bytes) -> Pending | None:
        """What was answered to this very order, counter and all, should it be committed after all.

        For an order that was decided here before and is to be decided again: a commit may have
        reached the disk although it was reported lost. Refuses: as `believe`.
        """
        self.catch_up()
        device = self.believe(message.device, key)
        earlier = self._earlier(message)
        if earlier is None or earlier[0] != message.order:
            return None
        return self._first_again(message, *earlier, device=device)

    def foresee(self, messages: Sequence[FinancialMessage]) -> None:
        """Ask for the first answers of several messages at once, before they are decided.

        It holds until the next time: nothing may be decided in between but these.
        """
        self.catch_up()
        keys = list({(m.device, m.request) for m in messages})
        self._foreseen = dict(zip(keys, self._desk.books.recorded(keys), strict=True))

    def overlook(self) -> None:
        """Forget what was foreseen."""
        self._foreseen = {}

    def believe(self, device: DeviceId, key: bytes) -> Device:
        """The device as it is now. Refuses: DeviceUnknown, NotBelieved when that is not its key."""
        now = self._desk.registers.get(DEVICES, device)
        if now is None:
            raise DeviceUnknown("the binding of this device was not committed")
        if now.session_key.point != key:
            raise NotBelieved("verified with another key than the device has now")
        return now

    def _accept(self, message: FinancialMessage, now_ms: int) -> Mark[int]:
        policy = self._desk.policy
        return accept_message(
            message,
            audience=self._desk.audience,
            seen=self._desk.registers.get(COUNTERS, message.device) or 0,
            now_ms=now_ms,
            window_s=policy.parameter("message.window_s"),
            skip_max=policy.parameter("counter.skip_max"),
        )

    def _earlier(
        self, message: FinancialMessage
    ) -> tuple[str, Future[Committed | None] | Committed] | None:
        waiting = self._waiting.get((message.device, message.request))
        if waiting is not None:
            return waiting
        key = (message.device, message.request)
        if key in self._foreseen:
            recorded = self._foreseen[key]
        else:
            (recorded,) = self._desk.books.recorded([key])
        return (recorded.order, recorded.committed) if recorded else None

    def _repeat(
        self,
        message: FinancialMessage,
        order: str,
        first: Future[Committed | None] | Committed,
        *,
        device: Device,
        counter: Mark[int],
        now_ms: int,
    ) -> Pending:
        """A retry gets the first answer again; only its counter is new."""
        if order != message.order:
            raise RequestConflict("this request id belongs to another order")
        burnt = Settlement.of_marks(counter, at_ms=now_ms, device=device.id, order=message.order)
        return Pending(self.settle(burnt), first, device.agreement_key)

    def _visit(
        self, message: FinancialMessage, *, device: Device, version: int, now_ms: int
    ) -> Visit:
        policy, matcher = self._desk.policy, self._desk.matcher
        if not matcher.knows(message.operation):
            raise MessageRefused("no such operation")
        tally = Tally(
            subject=message.request,
            policy=policy.digest,
            at_ms=now_ms,
            demanded=matcher.facts(message.operation),
            salt=self._desk.chance(SALT_OCTETS),
        )
        slip = Slip(
            request=message.request,
            operation=message.operation,
            device=device.id,
            at_ms=now_ms,
            policy=policy.digest,
        )
        return Visit(
            desk=self._desk,
            device=device,
            message=message,
            tally=tally,
            slip=slip,
            now_ms=now_ms,
            application_version=version,
        )

    def _walk(self, visit: Visit) -> tuple[Settlement, Decision | None]:
        """Through all rooms, or to the first refusal; an exception in a check is a refusal too."""
        try:
            recognise(visit)
            decision = self._journeys[visit.message.operation](visit)
            note_activity(visit)
            visit.tally.require(before=RECEIPT_BOUND)
            notch_receipt(
                visit.tally, order=visit.message.order, data=decision.data, marks=visit.marks
            )
            visit.tally.require()
        except Refused as refusal:
            log_if_closed(refusal)
            return refuse(visit, refusal), None
        except Exception:  # fail closed: the operator sees it, the outsider learns nothing
            log.exception("a check failed; the order was refused")
            return refuse(visit, ServiceClosed("a check could not be made")), None
        return accept(visit, decision), decision
