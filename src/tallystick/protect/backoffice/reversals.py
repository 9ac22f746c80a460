"""Reversals: the back office takes a payment back as a whole, with a reason, within a time."""

from __future__ import annotations

from tallystick.ground.clock import DAY_MS
from tallystick.ground.facts import PAYMENT_GIVEN_BACK
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    ReverseBody,
    Visit,
    find_payment,
    post,
    read_body,
    transfers_of,
)


def reverse(visit: Visit) -> Decision:
    """Post every transfer of a payment the other way round: amount, fee and commission."""
    body = read_body(visit.message.body, ReverseBody)
    payment = find_payment(visit, body.payment)
    if payment.operation not in emoney.REVERSIBLE:
        raise emoney.PaymentUnknown("this is given back by its payee alone")
    if visit.now_ms - payment.at_ms > visit.desk.policy.terms.reversal_days * DAY_MS:
        raise emoney.PaymentUnknown("too long ago to be reversed")
    transfers, mark = emoney.reverse(
        transfers_of(visit, payment),
        payment=payment.name,
        known=visit.desk.registers.get(emoney.CORRECTIONS, payment.name),
        by=visit.transfer_id,
    )
    visit.marks.append(mark)
    visit.tally.notch(
        PAYMENT_GIVEN_BACK, "C-LEDGER-DOUBLE", payment=payment.name, reason=body.reason
    )
    visit.slip.payer, visit.slip.payee = payment.payee, payment.payer
    visit.slip.amount_minor = payment.amount_minor
    visit.slip.currency = visit.desk.policy.currency
    return post(visit, *transfers)
