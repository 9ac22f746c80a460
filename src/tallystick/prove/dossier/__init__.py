"""Dossier: what is closed by what, with the evidence and the proofs, for whoever must believe it.

Clauses: 9 (security evaluation and certification).
Enters:  Service, RiskAnalysis, SecurityPolicy, the evidence log, what people bring, an instant.
Leaves:  Dossier: assessments, Coverage by clause, trials, proven evidence, the grade.
Refuses: LogRefused; Misconfigured when the artefacts do not belong together.
Proof:   tests/rooms/prove/dossier.
"""

from tallystick.prove.dossier.assemble import assemble_dossier, close_requirements
from tallystick.prove.dossier.grade import DEVELOPMENT, OPERATIONAL, grade_of
from tallystick.prove.dossier.log import CheckedLog, LogRefused
from tallystick.prove.dossier.model import CHAIN, Chain, Coverage, Dossier, Proven
from tallystick.prove.dossier.own_keys import OWN_SAYS, OwnKeys
from tallystick.prove.dossier.payment_keys import NONE, SAYS, say_keys
from tallystick.prove.dossier.reading import Claims, read_claims

__all__ = [
    "close_requirements",
    "assemble_dossier",
    "Dossier",
    "Chain",
    "CHAIN",
    "Coverage",
    "Proven",
    "grade_of",
    "SAYS",
    "say_keys",
    "OWN_SAYS",
    "OwnKeys",
    "NONE",
    "DEVELOPMENT",
    "OPERATIONAL",
    "CheckedLog",
    "LogRefused",
    "Claims",
    "read_claims",
]
