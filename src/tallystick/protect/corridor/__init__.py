"""Corridor: the one way in for every order, from sealed message to settlement.

Clauses: 7.1, 11.
Enters:  sealed messages with their session proof; the journeys by operation.
Leaves:  Pending: a settlement on its way to the books and the answer that it will become.
Refuses: whatever the rooms refuse; ServiceClosed when a check could not be made.
Proof:   tests/rooms/protect/corridor, tests/journeys.
"""

from tallystick.protect.corridor.arrivals import Arrivals
from tallystick.protect.corridor.bodies import (
    ConfirmBody,
    EmptyBody,
    IssueBody,
    MerchantPaymentBody,
    OfferBody,
    PaymentBody,
    PayoutsBody,
    ReconcileBody,
    RegisterBody,
    SettleBody,
    StatementBody,
    SuspendBody,
    TrialBody,
    read_body,
)
from tallystick.protect.corridor.corridor import Corridor, Pending
from tallystick.protect.corridor.desk import Decision, Desk, Journey, Journeys, Visit
from tallystick.protect.corridor.payments import (
    PayeeMismatch,
    PayeeUnknown,
    authorise_payment,
    clear_payment,
    post,
    post_payment,
    resolve_payee,
)
from tallystick.protect.corridor.vetting import Arrival

__all__ = [
    "Arrival",
    "Arrivals",
    "ConfirmBody",
    "Corridor",
    "Decision",
    "Desk",
    "EmptyBody",
    "IssueBody",
    "Journey",
    "Journeys",
    "MerchantPaymentBody",
    "OfferBody",
    "PayeeMismatch",
    "PayeeUnknown",
    "PaymentBody",
    "PayoutsBody",
    "Pending",
    "ReconcileBody",
    "RegisterBody",
    "SettleBody",
    "StatementBody",
    "SuspendBody",
    "TrialBody",
    "Visit",
    "authorise_payment",
    "clear_payment",
    "post",
    "post_payment",
    "read_body",
    "resolve_payee",
]
