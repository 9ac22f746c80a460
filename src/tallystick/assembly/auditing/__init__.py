"""Auditing: do the books still say what was proven? Read from the database alone, on any backend.

Clauses: 9, 13.
Enters:  a BooksReader and the evidence log beside it.
Leaves:  findings: where a row stands and what is wrong with it; the six invariants with numbers.
Refuses: nothing; what an edited row holds is a finding, whatever it is.
Proof:   tests/conformance/test_books.py, tests/rooms/assembly.
"""

from tallystick.assembly.auditing.audit import audit_books
from tallystick.assembly.auditing.findings import BooksFinding
from tallystick.assembly.auditing.invariants import Invariant, failing, verify_invariants

__all__ = ["BooksFinding", "Invariant", "audit_books", "failing", "verify_invariants"]
