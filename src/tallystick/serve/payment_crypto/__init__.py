"""The wire of AWS Payment Cryptography, for unmodified clients of that service.

Clauses: 8, Annex C (ISO 11568, ISO 9564); 6.2.3.
Enters:  HTTP requests with Signature Version 4, as docs/reference/payment-cryptography.md has them.
Leaves:  what the crypto module answered, in the members of the service.
Refuses: WireRefused, with the error that clients of the service know.
Proof:   tests/rooms/serve/payment_crypto.
"""

from tallystick.serve.payment_crypto.application import Wire
from tallystick.serve.payment_crypto.errors import STATUSES, WireRefused
from tallystick.serve.payment_crypto.gate import open_gate
from tallystick.serve.payment_crypto.names import Names
from tallystick.serve.payment_crypto.opening import application
from tallystick.serve.payment_crypto.ports import NoteStore
from tallystick.serve.payment_crypto.shapes import model_source, planes
from tallystick.serve.payment_crypto.table import HANDLERS, UNSERVED, VARIANTS

__all__ = [
    "HANDLERS",
    "STATUSES",
    "UNSERVED",
    "VARIANTS",
    "Names",
    "NoteStore",
    "Wire",
    "WireRefused",
    "application",
    "model_source",
    "open_gate",
    "planes",
]
