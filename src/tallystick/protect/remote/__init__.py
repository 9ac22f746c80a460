"""Remote payments: from one person to another, over any distance, and back again; money reserved.

Clauses: 11.
Enters:  a payment order for an account in the provider's own books; what a merchant takes of it.
Leaves:  a Decision that moves the money once.
Refuses: what the rooms on the way refuse.
Proof:   tests/journeys/test_payments.py, tests/journeys/test_corrections.py,
         tests/journeys/test_reservations.py, tests/attacks.
"""

from __future__ import annotations

from tallystick.protect.corridor import (
    Decision,
    PaymentBody,
    Visit,
    authorise_payment,
    clear_payment,
    post_payment,
    read_body,
    resolve_payee,
    send_elsewhere,
)
from tallystick.protect.remote.refunds import refund
from tallystick.protect.remote.reservations import (
    capture,
    give_back_limits,
    release,
    reserve,
    show_reservations,
)

__all__ = [
    "capture",
    "give_back_limits",
    "pay",
    "refund",
    "release",
    "reserve",
    "show_reservations",
]


def pay(visit: Visit) -> Decision:
    """Pay another customer of the same provider."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    shard = visit.desk.shards.elsewhere(intent.payee_id)
    if shard is not None:
        return send_elsewhere(visit, intent, shard)
    payee = resolve_payee(visit, intent)
    clear_payment(visit, intent, payee)
    return post_payment(visit, intent)
