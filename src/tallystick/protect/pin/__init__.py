"""PIN: sealed by the handset, opened and compared only inside the crypto module.

Clauses: 7.1, 8; ISO 9564-1 for the PIN field.
Enters:  a sealed PIN, what it must be bound to, the customer.
Leaves:  a reference PIN value at establishment; silence when verification succeeds.
Refuses: PinNotVerified, one word for every reason.
Proof:   tests/rooms/protect/pin.
"""

from __future__ import annotations

import hashlib

from tallystick.ground.identifiers import RequestId

__all__ = ["DUMMY_REFERENCE", "pin_binding"]

DUMMY_REFERENCE = bytes(32)
"""Verified against when there is no reference, so that the work is the same."""


def pin_binding(*, request: RequestId, thumbprint: str) -> bytes:
    """The 32 octets that tie a sealed PIN to one order of one device (docs/reference/wire.md)."""
    return hashlib.sha256(f"tallystick-pin.{request}.{thumbprint}".encode()).digest()
