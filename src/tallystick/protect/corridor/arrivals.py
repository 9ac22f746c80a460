"""Arrivals: what a handset may say before it is recognised, and how it comes to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules import PinNotVerified
from tallystick.ground.canonical import digest
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.facts import DEVICE_BOUND
from tallystick.ground.secret import Secret
from tallystick.protect.attestation import judge_attestation
from tallystick.protect.corridor.corridor import Corridor
from tallystick.protect.corridor.desk import Desk
from tallystick.protect.corridor.intake import Intake
from tallystick.protect.corridor.outcomes import log_if_closed, notch_receipt
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.sequencer import Sequencer
from tallystick.protect.corridor.strangers import Strangers
from tallystick.protect.corridor.vetting import Arrival, EdgeTerms, Vetted, Vetter
from tallystick.protect.customers import PIN_RECORDS, PinRecord
from tallystick.protect.devices import (
    ACTIVATIONS,
    CHALLENGES,
    DEVICES,
    ApplicationClaim,
    ChallengeDesk,
    ChallengeRefused,
    Device,
    DeviceUnknown,
    EnrolmentRefused,
    EnrolmentRequest,
    Grant,
    GrantDesk,
    ProofDesk,
    bind_device,
    device_id,
    key_of,
    read_enrolment,
    read_session,
    redeem_activation,
    session_kid,
)
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Mark,
    ServiceClosed,
    Settlement,
    Tally,
)
from tallystick.protect.hardening import check_application
from tallystick.protect.messages import (
    COUNTERS,
    Slip,
)
from tallystick.protect.pin import pin_binding


class Arrivals:
    """Enrolments, sessions and messages as they come from the edge, which can read none of them."""

    def __init__(self, desk: Desk, corridor: Corridor, *, clock: Clock) -> None:
        self._desk, self._corridor, self._clock = desk, corridor, clock
        self._challenges = ChallengeDesk(Secret(desk.chance(32)))
        self._strangers = Strangers(desk, corridor, clock=clock)
        self._grant_secret = Secret(desk.chance(32))
        self._grants = GrantDesk(self._grant_secret)
        self._proofs = ProofDesk(window_s=desk.policy.parameter("proof.window_s"))
        self._vetter = Vetter(self.edge_terms(), clock=clock)
        self._intake = Intake(desk, corridor, vetter=self._vetter, recognise=self._recognise)
        self.sequencer = Sequencer(
            desk, corridor, proofs=self._proofs, clock=clock, strangers=self._strangers
        )

    def challenge(self) -> tuple[str, int]:
        """A fresh single-use challenge and the instant (ms) at which it expires."""
        lifetime_s = self._desk.policy.parameter("challenge.lifetime_s")
        expires_ms = self._clock.now_ms() + lifetime_s * 1000
        return self._challenges.issue(
            nonce=self._desk.chance(16), expires_ms=expires_ms
        ), expires_ms

    def enrol(self, sealed: str) -> Pending:
        """Bind a handset. Refuses: one answer for every reason, recorded with the true one."""
        self._corridor.catch_up()
        try:
            return self._enrol(sealed)
        except EnvelopeRefused as refusal:
            self._strangers.remember(refusal, "device.enrol", outside="enrolment.refused")
            raise EnrolmentRefused("the enrolment cannot be opened") from None
        except PinNotVerified as refusal:
            self._strangers.remember(refusal, "device.enrol", outside="enrolment.refused")
            raise EnrolmentRefused("the sealed PIN was refused") from None
        except Refused as refusal:
            self._strangers.remember(refusal, "device.enrol")
            raise

    def open_session(self, token: str) -> tuple[str, int, int]:
        """A grant, the instant (ms) at which it expires, and the highest counter seen.

        Refuses: EnrolmentRefused, whatever the reason; what could not be judged as what it is.
        """
        self._corridor.catch_up()
        try:
            return self._open_session(token)
        except Refused as refusal:
            if refusal.outside == ServiceClosed.code:  # says nothing of the device
                log_if_closed(refusal)
                raise
            self._strangers.remember(refusal, "session.open", outside="enrolment.refused")
            raise EnrolmentRefused("the session was refused") from None

    def message(self, sealed: str, *, grant: str, proof: str, method: str, url: str) -> Pending:
        """One financial message, from session proof to decision. Refuses: as `messages`."""
        arrival = Arrival(sealed=sealed, grant=grant, proof=proof, method=method, url=url)
        (outcome,) = self.messages([arrival])
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def messages(self, arrivals: Sequence[Arrival]) -> list[Pending | Refused]:
        """Financial messages that arrived together, each decided or refused in its own place.

        A stranger's refusal is recorded with its true reason; outside it is one of few words.
        """
        self._corridor.catch_up()
        return [self._outward(outcome) for outcome in self._intake.take(arrivals)]

    def vet(self, arrivals: Sequence[Arrival]) -> list[Vetted | Refused]:
        """Messages that arrived together, opened and verified for the sequencer, not yet decided.

        A stranger's refusal is recorded with its true reason; outside it is one of few words.
        """
        self._corridor.catch_up()
        vetted = self._intake.vet(arrivals)
        return [one if isinstance(one, Vetted) else self.sequencer.outward(one) for one in vetted]

    def edge_terms(self) -> EdgeTerms:
        """What every edge needs to vet messages as we would, the secret of grants included."""
        return EdgeTerms(
            grants=self._grant_secret,
            currency=self._desk.policy.currency,
            window_s=self._desk.policy.parameter("proof.window_s"),
        )

    def _outward(self, outcome: Pending | Refused) -> Pending | Refused:
        if isinstance(outcome, Pending):
            return outcome
        return self.sequencer.outward(outcome)

    def _recognise(self, arrival: Arrival) -> tuple[Device, Grant]:
        grant, seen = self._vetter.recognise(arrival)
        self._proofs.burn(seen, now_ms=self._clock.now_ms())
        return self._device(grant.device), grant

    def _open_session(self, token: str) -> tuple[str, int, int]:
        now_ms = self._clock.now_ms()
        policy = self._desk.policy
        device = self._device(session_kid(token))
        request = read_session(token, device=device)
        self._demand_fresh(request.audience, request.issued_s, now_ms)
        device.demand_bound()
        self._check_application(request.application)
        burnt = self._burn_challenge(request.challenge, now_ms)
        expires_ms = now_ms + policy.parameter("grant.lifetime_s") * 1000
        grant = self._grants.issue(
            Grant(
                device=device.id,
                thumbprint=device.session_key.thumbprint,
                expires_ms=expires_ms,
                version=request.application.version,
            )
        )
        self._corridor.settle(Settlement.of_marks(burnt, at_ms=now_ms, device=device.id))
        return grant, expires_ms, self._desk.registers.get(COUNTERS, device.id) or 0

    def _enrol(self, sealed: str) -> Pending:
        now_ms = self._clock.now_ms()
        opened = self._desk.module.open_message(sealed, typ="tallystick-enrolment+jwe")
        request = read_enrolment(opened)
        earlier = self._earlier_enrolment(request)
        if earlier is not None:
            return earlier
        self._demand_fresh(request.audience, request.issued_s, now_ms)
        self._check_application(request.application)
        vouched = judge_attestation(evidence=request.attestation.evidence)
        burnt = self._burn_challenge(request.challenge, now_ms)
        offer = self._desk.registers.get(ACTIVATIONS, key_of(request.activation))
        activation, used = redeem_activation(offer, request.activation, now_ms=now_ms)
        device = bind_device(request, offer=activation, vouched=vouched, now_ms=now_ms)
        if self._desk.registers.get(DEVICES, device.id) is not None:
            raise EnrolmentRefused("this session key is bound already")
        pin = self._establish_pin(request, device)
        settlement = self._bound(
            request, device, (burnt, used, pin, Mark(DEVICES, device.id, device))
        )
        return Pending(self._corridor.settle(settlement), None, device.agreement_key)

    def _earlier_enrolment(self, request: EnrolmentRequest) -> Pending | None:
        """The first answer, for a handset that lost it and sends the same enrolment again.

        It is sealed to the key that was bound: whoever brings the session key with another
        agreement key is told nothing.
        """
        (recorded,) = self._desk.books.recorded([(device_id(request.session), request.request)])
        device = self._desk.registers.get(DEVICES, device_id(request.session))
        if recorded is None or device is None or recorded.order != enrolment_order(request):
            return None
        if (device.signature_key, device.agreement_key) != (request.signature, request.agreement):
            return None
        return Pending.known(recorded.committed, to=device.agreement_key)

    def _establish_pin(self, request: EnrolmentRequest, device: Device) -> Mark[PinRecord]:
        binding = pin_binding(request=request.request, thumbprint=request.session.thumbprint)
        reference = self._desk.module.establish_pin(
            sealed=request.sealed_pin,
            binding=binding,
            customer=device.customer,
            digits_min=self._desk.policy.parameter("pin.digits_min"),
        )
        return Mark(PIN_RECORDS, device.customer, PinRecord(reference=reference))

    def _bound(
        self, request: EnrolmentRequest, device: Device, marks: tuple[Mark[Any], ...]
    ) -> Settlement:
        tally = self._tally(request.request, now_ms=device.bound_at_ms)
        tally.notch(
            DEVICE_BOUND,
            "C-DEV-BIND",
            platform=device.platform,
            environment=device.environment,
            vouched=device.vouched,
        )
        order = enrolment_order(request)
        data = msgspec.json.encode(
            {
                "device": device.id,
                "customer": device.customer,
                "account": device.account,
                "role": device.role,
            }
        )
        notch_receipt(tally, order=order, data=data, marks=marks)
        octets = tally.octets(code="ok")
        slip = Slip(
            request=request.request,
            operation="device.enrol",
            device=device.id,
            at_ms=device.bound_at_ms,
            policy=self._desk.policy.digest,
        )
        return Settlement(
            device=device.id,
            request=request.request,
            order=order,
            code="ok",
            at_ms=device.bound_at_ms,
            leaf=slip.leaf(code="ok", tally=octets),
            tally=octets,
            data=data,
            marks=marks,
        )

    def _device(self, device_id: str) -> Device:
        device = self._desk.registers.get(DEVICES, device_id)
        if device is None:
            raise DeviceUnknown("no such device")
        return device

    def _burn_challenge(self, token: str, now_ms: int) -> Mark[int]:
        used = self._desk.registers.get(CHALLENGES, token) is not None
        return self._challenges.redeem(token, used=used, now_ms=now_ms)

    def _check_application(self, application: ApplicationClaim) -> None:
        check_application(
            version=application.version,
            debuggable=application.debuggable,
            rooted=application.rooted,
            version_min=self._desk.policy.parameter("application.version_min"),
        )

    def _demand_fresh(self, audience: str, issued_s: int, now_ms: int) -> None:
        window_ms = self._desk.policy.parameter("message.window_s") * 1000
        if audience != self._desk.audience or abs(now_ms - issued_s * 1000) > window_ms:
            raise ChallengeRefused("the request is for somebody else or outside its window")

    def _tally(self, subject: str, *, now_ms: int) -> Tally:
        return Tally(
            subject=subject,
            policy=self._desk.policy.digest,
            at_ms=now_ms,
            demanded=(),
            salt=self._desk.chance(SALT_OCTETS),
        )


def enrolment_order(request: EnrolmentRequest) -> str:
    """What an enrolment asked for, as the books remember it: the same challenge, the same order."""
    return digest(request.challenge.encode("ascii"))
