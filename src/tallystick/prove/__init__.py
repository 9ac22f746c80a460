"""Prove: facts close requirements, and a certificate says which, verifiable offline.

Clauses: 9 (security evaluation and certification), 5 (nature of the clauses).
Enters:  the policy, the evidence log, what a person brings (certificates, attestations).
Leaves:  closed, open and stale requirements; the Dossier; the Certificate; VerifiedCertificate.
Refuses: ProofRefused, NoteRefused, EntryRefused, VerificationFailed.
Proof:   tests/rooms/prove, tests/vectors, tests/properties/test_merkle.py.
"""
