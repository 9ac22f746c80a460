"""Vetted orders as they cross the link, and back to what the sequencer takes."""

from __future__ import annotations

from tallystick.crypto.modules import PinNotVerified
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.ground.money import Amount
from tallystick.protect.corridor import IntentVerdict, Known, PinVerdict, Vetted
from tallystick.protect.devices import SeenProof
from tallystick.protect.messages import FinancialMessage
from tallystick.protect.signatures import Intent
from tallystick.serve.edges.frames import Answered, Device, Order, PinWord, Proof, SignedIntent
from tallystick.serve.turns import Answered as Outcome


def proof_item(proof: SeenProof) -> Proof:
    return Proof(proof.name, proof.until_ms)


def seen_proof(item: Proof | None) -> SeenProof | None:
    return None if item is None else SeenProof(item.name, item.until_ms)


def order_item(number: int, vetted: Vetted) -> Order:
    """A vetted order for the link; its proof has yet to be burnt."""
    message, proof = vetted.message, vetted.proof
    assert proof is not None  # noqa: S101 - an edge verifies proofs and burns none
    return Order(
        number,
        message.device,
        message.audience,
        message.url,
        message.issued_s,
        message.request,
        message.counter,
        message.operation,
        message.body,
        message.order,
        vetted.version,
        Proof(proof.name, proof.until_ms),
        vetted.key,
        None if vetted.intent is None else _intent_item(vetted.intent),
        None if vetted.pin is None else _pin_item(vetted.pin),
    )


def vetted_order(item: Order) -> Vetted:
    """A vetted order as the edge had it."""
    return Vetted(
        message=FinancialMessage(
            device=DeviceId(item.device),
            audience=item.audience,
            url=item.url,
            issued_s=item.issued_s,
            request=RequestId(item.request),
            counter=item.counter,
            operation=item.operation,
            body=item.body,
            order=item.order,
        ),
        version=item.version,
        proof=SeenProof(item.proof.name, item.proof.until_ms),
        key=item.key,
        intent=None if item.intent is None else _intent(item.intent),
        pin=None if item.pin is None else _pin(item.pin),
    )


def device_item(number: int, known: Known) -> Device:
    return Device(
        number,
        known.customer,
        known.session_key.point,
        known.signature_key.point,
        known.agreement_key.point,
        known.reference,
    )


def answered_item(number: int, outcome: Outcome, *, stale: bool) -> Answered:
    committed = outcome.committed
    return Answered(
        number,
        committed.leaf,
        committed.data,
        committed.index,
        committed.size,
        list(committed.path),
        committed.checkpoint,
        outcome.to.point,
        stale,
    )


def _intent_item(verdict: IntentVerdict) -> SignedIntent:
    intent = verdict.intent
    return SignedIntent(
        verdict.key,
        verdict.signature,
        intent.payee_id,
        intent.payee_name,
        intent.amount.minor,
        intent.amount.currency,
        intent.instruction,
        intent.fee_minor,
        intent.refunds,
        None if intent.receives is None else (intent.receives.minor, intent.receives.currency),
    )


def _intent(item: SignedIntent) -> IntentVerdict:
    intent = Intent(
        payee_id=item.payee_id,
        payee_name=item.payee_name,
        amount=Amount(minor=item.minor, currency=item.currency),
        instruction=item.instruction,
        fee_minor=item.fee_minor,
        refunds=item.refunds,
        receives=None
        if item.receives is None
        else Amount(minor=item.receives[0], currency=item.receives[1]),
    )
    return IntentVerdict(key=item.key, signature=item.signature, intent=intent)


def _pin_item(verdict: PinVerdict) -> PinWord:
    refusal = verdict.refusal
    return PinWord(verdict.reference, None if refusal is None else refusal.reason)


def _pin(item: PinWord) -> PinVerdict:
    refusal = None if item.refused is None else PinNotVerified(item.refused)
    return PinVerdict(reference=item.reference, refusal=refusal)
