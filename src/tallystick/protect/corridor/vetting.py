"""Vetting: what can be verified of a message before its turn comes, by whoever has a core to spare.

Opening and verifying is the expensive part and depends on nothing that was decided before, except
on what is known of the device. So every verdict names what it was reached with. Where the order is
decided that is compared with the record as the orders before have left it: a verdict that was
reached with anything else is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.crypto.mechanisms import PublicKey
from tallystick.crypto.modules import PinCall, PinNotVerified
from tallystick.ground.canonical import digest
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import CustomerId, DeviceId
from tallystick.ground.secret import Secret
from tallystick.protect.corridor.bodies import PinBody, SignedBody, read_body
from tallystick.protect.devices import Grant, GrantDesk, SeenProof, check_proof
from tallystick.protect.enforcement import OrderMalformed
from tallystick.protect.messages import FinancialMessage, read_signed, verify_message
from tallystick.protect.pin import pin_binding
from tallystick.protect.signatures import Intent, verify_intent

MESSAGE_TYP = "tallystick-message+jwe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request as the edge received it; nothing in it is believed yet."""

    sealed: str
    grant: str
    proof: str
    method: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeTerms:
    """What vetting goes by: the secret of grants, the currency, the window of session proofs."""

    grants: Secret
    currency: str
    window_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What must be known of a device to verify what it sends, and nothing that is judged.

    `reference` is the customer's reference PIN, or a dummy that nothing matches.
    """

    device: DeviceId
    customer: CustomerId
    session_key: PublicKey
    signature_key: PublicKey
    agreement_key: PublicKey
    reference: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PinVerdict:
    """What the crypto module said of a sealed PIN before the order's turn came.

    It stands only for the reference that it was compared with.
    """

    reference: bytes
    refusal: PinNotVerified | None

    def conclude(self) -> None:
        """Refuses: PinNotVerified when that is what the module said."""
        if self.refusal is not None:
            raise self.refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentVerdict:
    """That a key has signed a transaction object, and how the object reads.

    It stands only for that key, that signature and the octets whose digest the intent carries. A
    signature that did not verify has no verdict: it is looked at again where the order is decided.
    """

    key: bytes
    signature: str
    intent: Intent

    def stands_for(self, *, transaction_data: str, signature: str, key: PublicKey) -> bool:
        """Whether this is what was verified."""
        octets = transaction_data.encode()
        return (
            self.key == key.point
            and self.signature == signature
            and self.intent.instruction == digest(octets)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vetted:
    """A message that was opened and verified, with what it was verified with.

    `proof` is None when it was burnt already. `key` is the point of the session key that its
    signature was verified with; `version` what the grant says of the application.
    """

    message: FinancialMessage
    version: int
    proof: SeenProof | None
    key: bytes
    intent: IntentVerdict | None = None
    pin: PinVerdict | None = None


class Vetter:
    """Verifies without deciding: it keeps no state and writes nothing."""

    def __init__(self, terms: EdgeTerms, *, clock: Clock) -> None:
        self._grants, self._clock = GrantDesk(terms.grants), clock
        self._currency, self._window_s = terms.currency, terms.window_s

    def recognise(self, arrival: Arrival) -> tuple[Grant, SeenProof]:
        """Whose request is it? Whether the proof was used before is asked where it is burnt.

        Refuses: GrantRefused, ProofRefused.
        """
        now_ms = self._clock.now_ms()
        grant = self._grants.recognise(arrival.grant, now_ms=now_ms)
        seen = check_proof(
            arrival.proof,
            grant=grant,
            grant_token=arrival.grant,
            method=arrival.method,
            url=arrival.url,
            now_ms=now_ms,
            window_s=self._window_s,
        )
        return grant, seen

    def read(self, opened: bytes, known: Known) -> FinancialMessage:
        """Verify what the module opened with the key of the device. Refuses: MessageRefused."""
        return verify_message(read_signed(opened), device=known.device, key=known.session_key)

    def intent(self, message: FinancialMessage, known: Known) -> IntentVerdict | None:
        """The verdict on a signed transaction object; None when there is none that holds."""
        if b'"transaction_data"' not in message.body:
            return None
        try:
            body = read_body(message.body, SignedBody)
            intent = verify_intent(
                transaction_data=body.transaction_data,
                signature=body.intent,
                key=known.signature_key,
                device=known.device,
                request=message.request,
                currency=self._currency,
            )
        except Refused:  # judged and recorded where the order is decided
            return None
        return IntentVerdict(key=known.signature_key.point, signature=body.intent, intent=intent)

    def pin_call(self, message: FinancialMessage, known: Known) -> PinCall | None:
        """What the crypto module is to be asked about the message's sealed PIN, if it has one."""
        sealed = _sealed_pin(message)
        return None if sealed is None else pin_call(message, known, sealed)


def pin_call(message: FinancialMessage, known: Known, sealed: str) -> PinCall:
    """What the crypto module is asked about one sealed PIN."""
    return PinCall(
        sealed=sealed,
        binding=pin_binding(request=message.request, thumbprint=known.session_key.thumbprint),
        customer=known.customer,
        reference=known.reference,
    )


def _sealed_pin(message: FinancialMessage) -> str | None:
    """The sealed PIN of a payment order; a malformed order is refused later, by its own room."""
    if b'"pin"' not in message.body:
        return None
    try:
        return read_body(message.body, PinBody).pin
    except OrderMalformed:
        return None
