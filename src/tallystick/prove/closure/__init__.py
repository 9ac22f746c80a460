"""Closure: which requirements the evidence closes, which are open or stale, and why.

Clauses: 5 (nature of the clauses), 9 (security evaluation).
Enters:  the policy in force, the catalogue, witnessed entries of the log, what people bring,
         an instant.
Leaves:  an Assessment of every requirement and recommendation; the last outcome of every trial.
Refuses: BroughtRefused; Misconfigured when policy and catalogue do not belong together.
Proof:   tests/rooms/prove/closure, tests/properties/test_closure.py.
"""

from tallystick.prove.closure.brought import (
    Attestation,
    Brought,
    BroughtCertificate,
    BroughtRefused,
    attest,
    read_brought,
)
from tallystick.prove.closure.close import close, trial_outcomes
from tallystick.prove.closure.model import (
    PERSON,
    Assessment,
    Basis,
    State,
    TrialOutcome,
)

__all__ = [
    "close",
    "trial_outcomes",
    "Assessment",
    "State",
    "Basis",
    "TrialOutcome",
    "PERSON",
    "Brought",
    "BroughtCertificate",
    "Attestation",
    "attest",
    "read_brought",
    "BroughtRefused",
]
