"""Customers: is it the customer? A second factor when the amount asks for it, with lockout.

Clauses: 7.1; ISO 19092 vocabulary.
Enters:  the attempts so far, a way to verify the transaction PIN.
Leaves:  the fact customer.authenticated and the new attempts record.
Refuses: CustomerNotVerified: missing, wrong and locked are one word outside.
Proof:   tests/rooms/protect/customers, tests/attacks.
"""

from tallystick.protect.customers.attempts import (
    PIN_RECORDS,
    CustomerLocked,
    CustomerNotVerified,
    PinRecord,
    authenticate_by_pin,
)

__all__ = [
    "PIN_RECORDS",
    "CustomerLocked",
    "CustomerNotVerified",
    "PinRecord",
    "authenticate_by_pin",
]
