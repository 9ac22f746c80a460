"""Backends: both sides of every port. Only assembly opens one.

Clauses: 6.2.3 (infrastructure layer).
Enters:  settlements and questions in the words of the ports.
Leaves:  durable records and proofs.
Refuses: Defect when an invariant of the ledger would break; Misconfigured when a home is in use.
Proof:   tests/conformance.
"""
