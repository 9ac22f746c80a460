"""Intake: messages that arrived together go to the crypto module together.

Opening a message and comparing a PIN happen in another process; asking for many at once spares the
walk there and back for each. Deciding stays one after another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules import PinCall
from tallystick.ground.errors import Refused
from tallystick.protect.corridor.corridor import Corridor
from tallystick.protect.corridor.desk import Desk
from tallystick.protect.corridor.payments import known_of
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.vetting import MESSAGE_TYP, Arrival, PinVerdict, Vetted, Vetter
from tallystick.protect.devices import Device, Grant
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.messages import FinancialMessage

log = logging.getLogger("tallystick.intake")


@dataclass(slots=True)
class Case:
    """One arrival on its way to a decision, or to the refusal that ended it."""

    arrival: Arrival
    device: Device | None = None
    grant: Grant | None = None
    opened: bytes | None = None
    message: FinancialMessage | None = None
    pin: PinCall | None = None
    verdict: PinVerdict | None = None
    outcome: Pending | Refused | None = None


Recognise = Callable[[Arrival], tuple[Device, Grant]]


class Intake:
    """Takes a batch of arrivals from session proof to decision."""

    def __init__(
        self, desk: Desk, corridor: Corridor, *, vetter: Vetter, recognise: Recognise
    ) -> None:
        self._desk, self._corridor, self._vetter = desk, corridor, vetter
        self._recognise = recognise

    def take(self, arrivals: Sequence[Arrival]) -> list[Pending | Refused]:
        """Decide each arrival, in order; a refusal stands in its own place and harms no other."""
        cases = self._read_all(arrivals)
        self._each(cases, self._decide)
        return [case.outcome or ServiceClosed("nothing was decided") for case in cases]

    def vet(self, arrivals: Sequence[Arrival]) -> list[Vetted | Refused]:
        """Each as far as it goes without deciding; its proof is burnt already."""
        cases = self._read_all(arrivals)
        return [
            case.outcome if isinstance(case.outcome, Refused) else _vetted(case) for case in cases
        ]

    def _read_all(self, arrivals: Sequence[Arrival]) -> list[Case]:
        cases = [Case(arrival) for arrival in arrivals]
        self._each(cases, self._identify)
        self._open([case for case in cases if case.outcome is None])
        self._verify_pins([case for case in cases if case.outcome is None])
        return cases

    def _identify(self, case: Case) -> None:
        case.device, case.grant = self._recognise(case.arrival)

    def _open(self, cases: Sequence[Case]) -> None:
        if not cases:
            return
        tokens = [case.arrival.sealed for case in cases]
        try:
            opened = self._desk.module.open_messages(tokens, typ=MESSAGE_TYP)
        except Exception as trouble:  # fail closed, and only for those who were to be opened
            log.exception("messages could not be opened")
            closed = ServiceClosed("messages could not be opened")
            for case in cases:
                case.outcome = trouble if isinstance(trouble, Refused) else closed
            return
        for case, octets in zip(cases, opened, strict=True):
            if isinstance(octets, EnvelopeRefused):
                case.outcome = octets
            else:
                case.opened = octets
        self._each(cases, self._read)

    def _read(self, case: Case) -> None:
        if case.device is None or case.opened is None:
            raise ServiceClosed("a case that was not opened")
        known = known_of(self._desk, case.device)
        case.message = self._vetter.read(case.opened, known)
        case.pin = self._vetter.pin_call(case.message, known)

    def _verify_pins(self, cases: Sequence[Case]) -> None:
        """Ask about several at once; when that fails each order asks for itself, in its place."""
        asking = [(case, case.pin) for case in cases if case.pin is not None]
        if len(asking) < 2:
            return
        try:
            verdicts = self._desk.module.verify_pins([call for _, call in asking])
        except Exception:  # each asks again, and the gate behind it is closed
            log.exception("PINs could not be verified together")
            return
        for (case, call), refusal in zip(asking, verdicts, strict=True):
            case.verdict = PinVerdict(reference=call.reference, refusal=refusal)

    def _decide(self, case: Case) -> None:
        if case.message is None or case.device is None or case.grant is None:
            raise ServiceClosed("a case that was not read")
        case.outcome = self._corridor.decide(
            case.message,
            key=case.device.session_key.point,
            version=case.grant.version,
            pin=case.verdict,
        )

    def _each(self, cases: Sequence[Case], step: Callable[[Case], None]) -> None:
        for case in cases:
            if case.outcome is not None:
                continue
            try:
                step(case)
            except Refused as refusal:
                case.outcome = refusal
            except Exception:  # fail closed: the operator sees it, the outsider learns nothing
                log.exception("a check failed; the message was refused")
                case.outcome = ServiceClosed("a check could not be made")


def _vetted(case: Case) -> Vetted | Refused:
    if case.message is None or case.device is None or case.grant is None:
        return ServiceClosed("a case that was not read")
    return Vetted(
        message=case.message,
        version=case.grant.version,
        proof=None,
        key=case.device.session_key.point,
        pin=case.verdict,
    )
