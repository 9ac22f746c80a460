"""Remote payments: from one person to another, over any distance.

Clauses: 11.
Enters:  a payment order for an account in the provider's own books.
Leaves:  a Decision that moves the money once.
Refuses: what the rooms on the way refuse.
Proof:   tests/journeys/test_payments.py, tests/attacks.
"""

from __future__ import annotations

from tallystick.ground.identifiers import AccountId
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    PaymentBody,
    Visit,
    authorise_payment,
    clear_payment,
    post,
    read_body,
    resolve_payee,
)

__all__ = ["pay"]


def pay(visit: Visit) -> Decision:
    """Pay another customer of the same provider."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    payee = resolve_payee(visit, intent)
    clear_payment(visit, intent, payee)
    transfer = emoney.pay(
        transfer=visit.transfer_id,
        payer=visit.device.account,
        payee=AccountId(intent.payee_id),
        amount_minor=intent.amount.minor,
        operation=visit.message.operation,
    )
    return post(visit, transfer)
