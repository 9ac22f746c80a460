"""Handset: the reference device client, written against docs/reference/wire.md alone.

Clauses: 7.2, 10, 11, 12 (the device's half), 14 (what leaves the device is sealed).
Enters:  the provider's address, its verifier key, an activation code, a customer's PIN and orders.
Leaves:  sealed enrolments and messages, DPoP proofs, mobile digital signatures, an Answer that is
         believed because its receipt stands in the signed evidence log.
Refuses: Refusal (the provider's word), StatementRefused, ReceiptRefused, QrRefused, ShownDiffers,
         NotConfirmed, NotEnrolled, AnswerLost, Malformed.
Proof:   tests/rooms/handset (against a provider built on another JOSE library, and fuzzed).

The room imports nothing of the provider's side: whatever both sides agree on stands on the wire
page. The files messages, proofs, jose, pin and transactions are small pure functions, so that a
trial can send anything else.
"""

from tallystick.handset.client import Handset, confirm_all
from tallystick.handset.crossing import draw_code
from tallystick.handset.device import Confirm
from tallystick.handset.errors import (
    AnswerLost,
    HandsetRefused,
    Malformed,
    NotConfirmed,
    NotEnrolled,
    QrRefused,
    ReceiptRefused,
    Refusal,
    ShownDiffers,
    StatementRefused,
)
from tallystick.handset.messages import Application, new_request
from tallystick.handset.orders import Identity, Order
from tallystick.handset.partners import NewPartner, new_partner, save_partner_keys
from tallystick.handset.pin import read_pin
from tallystick.handset.purse import (
    Certificate,
    OfflinePayment,
    Purse,
    PurseEmpty,
    VoucherForged,
    check_voucher,
    read_certificate,
)
from tallystick.handset.receipts import Answer
from tallystick.handset.store import load_state, save_state
from tallystick.handset.transactions import describe_order

__all__ = [
    "Certificate",
    "OfflinePayment",
    "Purse",
    "PurseEmpty",
    "VoucherForged",
    "check_voucher",
    "read_certificate",
    "Handset",
    "Application",
    "Answer",
    "Identity",
    "NewPartner",
    "new_partner",
    "save_partner_keys",
    "Order",
    "Confirm",
    "confirm_all",
    "describe_order",
    "new_request",
    "draw_code",
    "read_pin",
    "save_state",
    "load_state",
    "HandsetRefused",
    "Refusal",
    "StatementRefused",
    "ReceiptRefused",
    "QrRefused",
    "ShownDiffers",
    "NotConfirmed",
    "NotEnrolled",
    "AnswerLost",
    "Malformed",
]
