"""Signatures: the mobile digital signature over exactly what the customer was shown.

Clauses: 7.1, 8, 11.
Enters:  the transaction object as the octets that were signed, the signature, the device's key.
Leaves:  Intent: payee, amount and currency as signed; Terms; the fact intent.signed.
Refuses: IntentRefused, AmountMalformed, CurrencyMismatch.
Proof:   tests/rooms/protect/signatures, tests/attacks.
"""

from tallystick.protect.signatures.intent import (
    AmountMalformed,
    CurrencyMismatch,
    Intent,
    IntentRefused,
    read_amount,
    read_shown,
    verify_intent,
)
from tallystick.protect.signatures.terms import Terms, verify_terms

__all__ = [
    "AmountMalformed",
    "CurrencyMismatch",
    "Intent",
    "IntentRefused",
    "Terms",
    "read_amount",
    "read_shown",
    "verify_intent",
    "verify_terms",
]
