"""Proximate payments: by the code on a counter, for cash at an agent's, by offline purse.

Clauses: 10.
Enters:  a payment order and the QR code that the handset read; purse keys, vouchers.
Leaves:  a Decision that moves the money once.
Refuses: PayeeMismatch, and what the rooms on the way refuse (codes first).
Proof:   tests/attacks, tests/journeys/test_agents.py.
"""

from __future__ import annotations

from tallystick.protect.codes import read_code
from tallystick.protect.corridor import (
    Decision,
    MerchantPaymentBody,
    PayeeMismatch,
    Visit,
    authorise_payment,
    clear_payment,
    post_payment,
    read_body,
    resolve_payee,
)
from tallystick.protect.proximate.cash import cash_in, cash_out
from tallystick.protect.proximate.purses import deposit, load, unload

__all__ = ["cash_in", "cash_out", "deposit", "load", "pay_merchant", "unload"]


def pay_merchant(visit: Visit) -> Decision:
    """Pay the merchant that a code names; the code is untrusted until its signature holds."""
    body = read_body(visit.message.body, MerchantPaymentBody)
    intent = authorise_payment(visit, body)
    code = read_code(body.qr, key=visit.desk.module.public().qr)
    if code.account != intent.payee_id:
        raise PayeeMismatch("the signed payee is not the one of the code")
    payee = resolve_payee(visit, intent)
    if payee.role != "merchant":
        raise PayeeMismatch("the payee is not a merchant")
    clear_payment(visit, intent, payee)
    return post_payment(visit, intent)
