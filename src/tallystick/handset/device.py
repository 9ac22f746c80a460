"""One enrolled device: session, counter, proofs, and answers that are believed with their proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx

from tallystick.ground.canonical import digest
from tallystick.ground.clock import Clock
from tallystick.ground.secret import Secret
from tallystick.handset import messages, proofs
from tallystick.handset.connection import JOSE, JSON, Connection
from tallystick.handset.errors import HandsetRefused, NotEnrolled, ReceiptRefused, Refusal
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.memory import prove_consistency, sizes_to_prove
from tallystick.handset.messages import Application, Platform, SecureEnvironment, new_request
from tallystick.handset.notes import Checkpoint, read_verifier_key
from tallystick.handset.orders import (
    ENROL,
    ENROLMENT_REFUSED,
    Enrolment,
    Identity,
    Order,
    expected_leaf,
)
from tallystick.handset.pin import seal_pin
from tallystick.handset.receipts import Answer, check_asked, open_answer, read_answer
from tallystick.handset.session import Grant, read_challenge, read_grant
from tallystick.handset.statement import ServiceStatement, read_statement

_SENDS_JOSE = {"Content-Type": JOSE}

Confirm = Callable[[str], bool]
"""Shows the customer the text of an order and says whether it was confirmed."""


class Device:
    """What every order needs. Not for several threads at once; a load generator holds many.

    `base_url` is where it asks; `found_at` is where the pinned provider was last found, which is
    what a saved state remembers.

    `connection`, `keys`, `counter`, `grant`, `prepare_message` and `read_reply` are public, so that
    a trial can send something else than `send` would.
    """

    def __init__(
        self,
        *,
        base_url: str,
        verifier_key: str,
        keys: HandsetKeys,
        platform: Platform,
        secure_environment: SecureEnvironment,
        application: Application,
        clock: Clock,
        transport: httpx.BaseTransport | None,
        confirm: Confirm,
    ) -> None:
        self.base_url, self.connection = base_url, Connection(base_url, transport=transport)
        self.found_at = base_url
        self.keys, self.clock, self.confirm = keys, clock, confirm
        self.verifier_key, self.verifier = verifier_key, read_verifier_key(verifier_key)
        self.platform, self.secure_environment = platform, secure_environment
        self.application = application
        self.counter = 0
        self.identity: Identity | None = None
        self.grant: Grant | None = None
        self.remembered: Checkpoint | None = None
        self.unanswered: dict[str, Order] = {}
        self.enrolling: Enrolment | None = None
        self._statement: ServiceStatement | None = None

    # ---- getting to know each other ------------------------------------------------------------

    def service(self) -> ServiceStatement:
        """The service statement, checked; asked anew with every session.

        Refuses: StatementRefused, Refusal.
        """
        if self._statement is None:
            octets = self.connection.get("/v1/service").expect(JSON)
            self._statement = read_statement(octets, verifier=self.verifier)
            self.found_at = self.base_url
        return self._statement

    def challenge(self) -> str:
        """A fresh challenge of the provider."""
        return read_challenge(self.connection.post("/v1/challenges").expect(JSON)).challenge

    def bound(self) -> Identity:
        """Whom this device is bound to. Refuses: NotEnrolled."""
        if self.identity is None:
            raise NotEnrolled("enrol this handset first")
        return self.identity

    def enrol(self, activation: str, pin: Secret) -> Answer:
        """Bind this device to the customer who was given the activation code.

        Refuses: StatementRefused, and as `send_enrolment`.
        """
        self.prepare_enrolment(activation, pin)
        return self.send_enrolment()

    def prepare_enrolment(self, activation: str, pin: Secret) -> None:
        """Sign an enrolment and send nothing: now is when to keep the state.

        Refuses: StatementRefused, Refusal, AnswerLost; what was prepared before is kept then.
        """
        service, request = self.service(), new_request()
        payload = messages.enrolment_payload(
            audience=service.audience,
            iat=self._iat(),
            request=request,
            challenge=self.challenge(),
            activation=activation,
            keys=self.keys,
            platform=self.platform,
            secure_environment=self.secure_environment,
            application=self.application,
            sealed_pin=self.seal_pin(pin, request=request),
        )
        self.enrolling = Enrolment(
            request=request,
            activation=digest(activation.encode()),
            token=messages.sign_enrolment(payload, key=self.keys.session),
        )

    def send_enrolment(self) -> Answer:
        """Send the prepared enrolment; until its answer is believed it may be sent again.

        Refuses: HandsetRefused if none is prepared, Refusal, ReceiptRefused, AnswerLost. Only
        `enrolment.refused` says that it was not taken, also not before.
        """
        if self.enrolling is None:
            raise HandsetRefused("no enrolment is prepared")
        order = Order(request=self.enrolling.request, operation=ENROL, body={})
        body = messages.seal_token(
            self.enrolling.token, kind=messages.ENROLMENT, to=self.service().message_key
        )
        reply = self.connection.post("/v1/enrolments", body.encode(), headers=_SENDS_JOSE)
        try:
            answer = self.read_reply(order, reply.expect(JOSE))
        except Refusal as refusal:
            if refusal.code == ENROLMENT_REFUSED:
                self.enrolling = None
            raise
        self._remember(answer.checkpoint, retried=False)
        self.enrolling = None
        if answer.accepted and answer.data is not None:
            self.identity = Identity(**{name: str(value) for name, value in answer.data.items()})
        return answer

    def open_session(self) -> Grant:
        """Prove the device and get a grant. Refuses: NotEnrolled, StatementRefused, Refusal."""
        device, self._statement = self.bound().device, None
        payload = messages.session_payload(
            audience=self.service().audience,
            iat=self._iat(),
            request=new_request(),
            challenge=self.challenge(),
            application=self.application,
        )
        token = messages.sign_session(payload, key=self.keys.session, device=device)
        reply = self.connection.post("/v1/sessions", token.encode(), headers=_SENDS_JOSE)
        self.grant = read_grant(reply.expect(JSON))
        self.counter = max(self.counter, self.grant.counter)
        return self.grant

    # ---- how an order travels ------------------------------------------------------------------

    def seal_pin(self, pin: Secret, *, request: str) -> str:
        """Seal a PIN for one order of this device."""
        part = self.keys.session.thumbprint
        return seal_pin(pin, request=request, device_part=part, to=self.service().pin_key)

    def ask(self, operation: str, body: Mapping[str, object]) -> Answer:
        """Send an order that carries no transaction of the customer's own."""
        return self.send(Order(request=new_request(), operation=operation, body=body))

    def send(self, order: Order) -> Answer:
        """Send an order and believe the answer only with its proof.

        Where the provider no longer takes the grant a new session is opened, once. From when it is
        posted until its answer is believed the order stands in `unanswered`, so that `retry` can
        send it again; a 503 is no answer: what the provider cannot tell it may have committed.
        Refuses: Refusal, ReceiptRefused, AnswerLost.
        """
        retried = order.request in self.unanswered
        try:
            answer = self.read_reply(order, self._post(order))
            self._remember(answer.checkpoint, retried=retried)
        except Refusal as refusal:
            if not retried and not refusal.undecided:
                self.unanswered.pop(order.request, None)
            raise
        del self.unanswered[order.request]
        return answer

    def retry(self, request: str) -> Answer:
        """Send an unanswered order again, exactly as it was. Refuses: HandsetRefused if none."""
        if request not in self.unanswered:
            raise HandsetRefused("no unanswered order has this request id")
        return self.send(self.unanswered[request])

    def prepare_message(
        self, order: Order, *, counter: int | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of one POST to /v1/messages, under the next counter and a new proof."""
        grant, service, iat = self._current_grant(), self.service(), self._iat()
        payload = messages.message_payload(
            audience=service.audience,
            iat=iat,
            request=order.request,
            counter=self._next_counter() if counter is None else counter,
            operation=order.operation,
            body=order.body,
        )
        device = self.bound().device
        body = messages.seal_message(
            payload, key=self.keys.session, device=device, to=service.message_key
        )
        return self.prove_request(grant.grant, iat=iat) | _SENDS_JOSE, body.encode()

    def prove_request(self, grant: str, *, iat: int) -> dict[str, str]:
        """The two DPoP headers of one POST to /v1/messages."""
        payload = proofs.proof_payload(
            method="POST",
            url=self.connection.url(messages.MESSAGES_PATH),
            grant=grant,
            jti=new_request(),
            iat=iat,
        )
        proof = proofs.sign_proof(payload, key=self.keys.session)
        return proofs.proof_headers(grant=grant, proof=proof)

    def read_reply(self, order: Order, octets: bytes) -> Answer:
        """Open a sealed answer to an order and check its proof; asks the network nothing.

        Refuses: ReceiptRefused.
        """
        plaintext = open_answer(octets, key=self.keys.agreement)
        answer = read_answer(plaintext, verifier=self.verifier)
        if order.operation == ENROL:
            device = answer.leaf["device"] if answer.data is None else answer.data["device"]
            check_asked(answer, order, device=device, expected={"instruction": None})
            return answer
        bound = self.bound()
        expected = expected_leaf(order, account=bound.account, currency=self.service().currency)
        check_asked(answer, order, device=bound.device, expected=expected)
        return answer

    def _post(self, order: Order) -> bytes:
        try:
            return self._post_once(order)
        except Refusal as refusal:
            if refusal.status != 401:
                raise
        self.grant = None
        return self._post_once(order)

    def _post_once(self, order: Order) -> bytes:
        headers, body = self.prepare_message(order)
        self.unanswered.setdefault(order.request, order)
        return self.connection.post(messages.MESSAGES_PATH, body, headers=headers).expect(JOSE)

    def _current_grant(self) -> Grant:
        if self.grant is None or self.grant.expires_ms <= self.clock.now_ms():
            return self.open_session()
        return self.grant

    def _next_counter(self) -> int:
        self.counter += 1
        return self.counter

    def _remember(self, seen: Checkpoint, *, retried: bool) -> None:
        sizes = sizes_to_prove(self.remembered, seen, retried=retried)
        if self.remembered is None or sizes is None:
            self.remembered = seen
            return
        reply = self.connection.get("/v1/consistency", **{"from": sizes[0], "to": sizes[1]})
        try:
            octets = reply.expect(JSON)
        except Refusal:
            raise ReceiptRefused("the provider does not show that its log only grew") from None
        self.remembered = prove_consistency(self.remembered, seen, answer=octets)

    def _iat(self) -> int:
        return self.clock.now_ms() // 1000
