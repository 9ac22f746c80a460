"""Refunds: a payee gives a payment back, whole or in parts, to whoever paid it."""

from __future__ import annotations

from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import PAYEE_RESOLVED, PAYMENT_GIVEN_BACK
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    EarlierPayment,
    PayeeMismatch,
    PaymentBody,
    Visit,
    authorise_payment,
    clear_payment,
    find_payment,
    post,
    read_body,
)
from tallystick.protect.diligence import CUSTOMERS, CustomerRecord

NAMED = "refund"
"""What stands for the payee's name: whoever gives back need not know who paid."""


def refund(visit: Visit) -> Decision:
    """Give back a part of one's own takings; the sum is never more than the payment."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    payment = find_payment(visit, str(intent.refunds))
    payer = _demand_own(visit, payment)
    if (intent.payee_id, intent.payee_name) != (payment.payer, NAMED):
        raise PayeeMismatch("a refund goes to whoever paid")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE", payment=payment.name)
    clear_payment(visit, intent, payer)
    transfer, mark = emoney.refund(
        payment=payment.name,
        payee=visit.device.account,
        payer=payment.payer,
        amount_minor=intent.amount.minor,
        paid_minor=payment.amount_minor,
        known=visit.desk.registers.get(emoney.CORRECTIONS, payment.name),
    )
    visit.marks.append(mark)
    visit.tally.notch(PAYMENT_GIVEN_BACK, "C-LEDGER-DOUBLE", payment=payment.name)
    return post(visit, transfer)


def _demand_own(visit: Visit, payment: EarlierPayment) -> CustomerRecord:
    """Only who was paid may give back, within the time that the terms allow."""
    within_ms = visit.desk.policy.terms.refund_days * DAY_MS
    fits = payment.operation in emoney.REFUNDABLE and payment.payee == visit.device.account
    row = visit.desk.ledger.account(payment.payer)
    payer = visit.desk.registers.get(CUSTOMERS, row.owner)
    if not fits or payer is None or visit.now_ms - payment.at_ms > within_ms:
        raise emoney.PaymentUnknown("not a payment that this holder may give back")
    return payer
