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
from tallystick.protect.corridor.bodies import PinBody, read_body
from tallystick.protect.corridor.corridor import Corridor, Pending
from tallystick.protect.corridor.desk import Desk, PinVerdict
from tallystick.protect.corridor.payments import pin_call, pin_record
from tallystick.protect.devices import Device, Grant
from tallystick.protect.enforcement import OrderMalformed, ServiceClosed
from tallystick.protect.messages import FinancialMessage, read_signed, verify_message

log = logging.getLogger("tallystick.intake")

MESSAGE_TYP = "tallystick-message+jwe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request as the edge received it; nothing in it is believed yet."""

    sealed: str
    grant: str
    proof: str
    method: str
    url: str


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

    def __init__(self, desk: Desk, corridor: Corridor, *, recognise: Recognise) -> None:
        self._desk, self._corridor = desk, corridor
        self._recognise = recognise

    def take(self, arrivals: Sequence[Arrival]) -> list[Pending | Refused]:
        """Decide each arrival, in order; a refusal stands in its own place and harms no other."""
        cases = [Case(arrival) for arrival in arrivals]
        self._each(cases, self._identify)
        self._open([case for case in cases if case.outcome is None])
        self._verify_pins([case for case in cases if case.outcome is None])
        self._each(cases, self._decide)
        return [case.outcome or ServiceClosed("nothing was decided") for case in cases]

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
        device = case.device
        if device is None or case.opened is None:
            raise ServiceClosed("a case that was not opened")
        signed = read_signed(case.opened)
        case.message = verify_message(signed, device=device.id, key=device.session_key)
        sealed_pin = _sealed_pin(case.message)
        if sealed_pin is not None:
            record = pin_record(self._desk, device)
            case.pin = pin_call(device, case.message, sealed_pin, record)

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
            case.message, device=case.device, grant=case.grant, pin=case.verdict
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


def _sealed_pin(message: FinancialMessage) -> str | None:
    """The sealed PIN of a payment order; a malformed order is refused later, by its own room."""
    if b'"pin"' not in message.body:
        return None
    try:
        return read_body(message.body, PinBody).pin
    except OrderMalformed:
        return None
