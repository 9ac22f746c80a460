"""Reconciliation: one day of the trust account as a document that anybody can verify offline.

Clauses: 13, 9.
Enters:  the report of a comparison; the entry of the evidence log that records it.
Leaves:  DayDocument; what verifying one showed.
Refuses: DayRefused, NoteRefused, ProofRefused, EntryRefused.
Proof:   tests/rooms/prove/reconciliation.
"""

from tallystick.prove.reconciliation.document import (
    OCTETS_MAX,
    DayDocument,
    DayRefused,
    make_document,
    read_document,
)
from tallystick.prove.reconciliation.verify import VerifiedDay, verify_document

__all__ = [
    "OCTETS_MAX",
    "DayDocument",
    "DayRefused",
    "VerifiedDay",
    "make_document",
    "read_document",
    "verify_document",
]
