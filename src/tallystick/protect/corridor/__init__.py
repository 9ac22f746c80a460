"""Corridor: the one way in for every order, from sealed message to settlement.

Clauses: 7.1, 11.
Enters:  sealed messages with their session proof; partners' orders; the journeys by operation.
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
    Strict,
    SuspendBody,
    TrialBody,
    read_body,
)
from tallystick.protect.corridor.clearing import ASKED_AS, Leg, clear_leg, holder_of
from tallystick.protect.corridor.corridor import Corridor, NotBelieved
from tallystick.protect.corridor.desk import Decision, Desk, Journey, Journeys, Visit
from tallystick.protect.corridor.external import ExternalOrder, Partners, Waiting
from tallystick.protect.corridor.partner_bodies import (
    ApproveBody,
    AuthorityBody,
    AuthorityNameBody,
    CollectBody,
    PartnerKeysBody,
    PayBody,
    RefundBody,
    RegisterPartnerBody,
    RequestBody,
    RequestNameBody,
    SettleHoldBody,
)
from tallystick.protect.corridor.payments import (
    PayeeMismatch,
    PayeeUnknown,
    authenticate_customer,
    authorise_payment,
    clear_payment,
    customer_of,
    post,
    post_payment,
    resolve_payee,
)
from tallystick.protect.corridor.pending import Pending
from tallystick.protect.corridor.sequencer import Sequencer
from tallystick.protect.corridor.strangers import Reason
from tallystick.protect.corridor.vetting import (
    MESSAGE_TYP,
    Arrival,
    EdgeTerms,
    IntentVerdict,
    Known,
    PinVerdict,
    Vetted,
    Vetter,
)

__all__ = [
    "ASKED_AS",
    "ApproveBody",
    "MESSAGE_TYP",
    "EdgeTerms",
    "IntentVerdict",
    "Known",
    "PinVerdict",
    "Vetted",
    "Vetter",
    "Sequencer",
    "Reason",
    "NotBelieved",
    "Arrival",
    "Arrivals",
    "AuthorityBody",
    "AuthorityNameBody",
    "CollectBody",
    "ConfirmBody",
    "Corridor",
    "Decision",
    "Desk",
    "EmptyBody",
    "ExternalOrder",
    "IssueBody",
    "Journey",
    "Journeys",
    "Leg",
    "MerchantPaymentBody",
    "OfferBody",
    "PartnerKeysBody",
    "Partners",
    "PayBody",
    "PayeeMismatch",
    "PayeeUnknown",
    "PaymentBody",
    "PayoutsBody",
    "Pending",
    "ReconcileBody",
    "RefundBody",
    "RegisterBody",
    "RegisterPartnerBody",
    "RequestBody",
    "RequestNameBody",
    "SettleBody",
    "SettleHoldBody",
    "StatementBody",
    "Strict",
    "SuspendBody",
    "TrialBody",
    "Visit",
    "Waiting",
    "authenticate_customer",
    "authorise_payment",
    "clear_leg",
    "clear_payment",
    "customer_of",
    "holder_of",
    "post",
    "post_payment",
    "read_body",
    "resolve_payee",
]
