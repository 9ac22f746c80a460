"""Interop: payments that cross a hub, to and from customers of other providers.

Clauses: 11, 13.
Enters:  orders of the hub's principal in our words; a customer's inquiry and signed payment.
Leaves:  quotes, inquiries and holds, and notices of what the hub is to be told.
Refuses: TermsRefused, QuoteUnknown, QuoteExpired, TransferExpired, InquiryUnknown, HubUnknown, and
         ConsentUnknown, CodeWrong, what the rooms on the way refuse.
Proof:   tests/rooms/protect/interop, tests/journeys/test_interop_payee.py,
         test_interop_payer.py.
"""

from tallystick.protect.interop.confirming import confirm
from tallystick.protect.interop.consents import (
    CODE_LIFETIME_S,
    CONSENTS,
    CodeWrong,
    Consent,
    ConsentState,
    ConsentUnknown,
)
from tallystick.protect.interop.incoming import gather, quote, receive, refuse
from tallystick.protect.interop.notices import INTERFACE
from tallystick.protect.interop.outgoing import answer, find, pay, show
from tallystick.protect.interop.records import (
    INQUIRIES,
    QUOTES,
    SENT,
    WAITING,
    HubUnknown,
    Inquiry,
    InquiryState,
    InquiryUnknown,
    Quote,
    QuoteExpired,
    QuoteUnknown,
    TermsRefused,
    TransferExpired,
)
from tallystick.protect.interop.view import HubView, PartyFound

__all__ = [
    "CODE_LIFETIME_S",
    "CONSENTS",
    "CodeWrong",
    "Consent",
    "ConsentState",
    "ConsentUnknown",
    "INQUIRIES",
    "INTERFACE",
    "QUOTES",
    "SENT",
    "WAITING",
    "HubUnknown",
    "HubView",
    "Inquiry",
    "InquiryState",
    "InquiryUnknown",
    "PartyFound",
    "Quote",
    "QuoteExpired",
    "QuoteUnknown",
    "TermsRefused",
    "TransferExpired",
    "answer",
    "confirm",
    "find",
    "gather",
    "pay",
    "quote",
    "receive",
    "refuse",
    "show",
]
