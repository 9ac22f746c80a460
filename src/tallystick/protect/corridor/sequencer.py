"""The sequencer: where vetted messages are decided, one after another, in the order they came."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import DeviceId
from tallystick.protect.corridor.corridor import Corridor, NotBelieved
from tallystick.protect.corridor.desk import Desk
from tallystick.protect.corridor.payments import known_of
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.strangers import RECEIVE, Reason, Strangers
from tallystick.protect.corridor.vetting import Known, Vetted
from tallystick.protect.devices import DEVICES, DeviceUnknown, ProofDesk, SeenProof
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.messages import MessageRefused

log = logging.getLogger("tallystick.sequencer")


class Sequencer:
    """Decides what edges have vetted. The proofs of all edges are burnt here, in one place."""

    def __init__(
        self,
        desk: Desk,
        corridor: Corridor,
        *,
        proofs: ProofDesk,
        clock: Clock,
        strangers: Strangers,
    ) -> None:
        self._desk, self._corridor = desk, corridor
        self._proofs, self._clock = proofs, clock
        self._strangers = strangers

    def take(self, orders: Sequence[Vetted]) -> list[Pending | Refused]:
        """Decide each, in order; a refusal stands in its own place and harms no other.

        NotBelieved stands where an edge knew another device than there is now: nothing was decided,
        and its proof was not burnt.
        """
        self._foresee(orders)
        try:
            with self._corridor.together():
                return [self._outcome(self._decide, order) for order in orders]
        finally:
            self._corridor.overlook()

    def again(self, order: Vetted) -> Pending | Refused:
        """Decide one anew whose first decision was lost with a batch that was not committed."""
        return self._outcome(self._decide_again, order)

    def known(self, device: DeviceId) -> Known:
        """What an edge must know to vet messages of a device. Refuses: DeviceUnknown, recorded."""
        self._corridor.catch_up()
        record = self._desk.registers.get(DEVICES, device)
        if record is None:
            raise self.outward(DeviceUnknown("no such device"))
        return known_of(self._desk, record)

    def outdated(self, order: Vetted) -> bool:
        """Whether the PIN was compared with another reference than the customer has now."""
        if order.pin is None:
            return False
        record = self._desk.registers.get(DEVICES, order.message.device)
        return record is None or known_of(self._desk, record).reference != order.pin.reference

    def refuse(self, reason: Reason, proof: SeenProof | None) -> str:
        """Record why an edge refused, and burn the proof that it had verified before.

        Gives what the outsider hears, which is another word when the proof was shown before.
        """
        self._corridor.catch_up()
        try:
            if proof is not None:
                self._proofs.burn(proof, now_ms=self._clock.now_ms())
        except Refused as earlier:
            reason = Reason.of(earlier)
        self._strangers.note(reason, RECEIVE)
        return reason.outside

    def outward(self, refusal: Refused) -> Refused:
        """Record a refused message with its true reason; gives what the outsider hears."""
        if isinstance(refusal, EnvelopeRefused):
            self._strangers.remember(refusal, RECEIVE, outside=MessageRefused.code)
            return MessageRefused("the message cannot be opened")
        self._strangers.remember(refusal, RECEIVE)
        return refusal

    def _foresee(self, orders: Sequence[Vetted]) -> None:
        """Where the first answers cannot be asked for together, each order asks and is refused."""
        try:
            self._corridor.foresee([order.message for order in orders])
        except Exception:  # fail closed: what was not foreseen is asked again, order by order
            log.exception("first answers could not be read together")

    def _outcome(self, decide: Callable[[Vetted], Pending], order: Vetted) -> Pending | Refused:
        try:
            return decide(order)
        except NotBelieved as refusal:
            return refusal
        except Refused as refusal:
            return self.outward(refusal)
        except Exception:  # fail closed: the operator sees it, the outsider learns nothing
            log.exception("a check failed; the message was refused")
            return self.outward(ServiceClosed("a check could not be made"))

    def _decide(self, order: Vetted) -> Pending:
        self._corridor.believe(order.message.device, order.key)
        if order.proof is not None:
            self._proofs.burn(order.proof, now_ms=self._clock.now_ms())
        return self._walk(order)

    def _decide_again(self, order: Vetted) -> Pending:
        return self._corridor.answered(order.message, key=order.key) or self._walk(order)

    def _walk(self, order: Vetted) -> Pending:
        return self._corridor.decide(
            order.message, key=order.key, version=order.version, pin=order.pin, intent=order.intent
        )
