"""Privacy: what is kept of a person, under which name, and for how long.

Clauses: 14 (data protection).
Enters:  identifiers and personal data with the purpose they are kept for; the policy's retention
         parameters; a pseudonym key.
Leaves:  pseudonyms, sealed document numbers, minimised data; records due for retirement and the
         detail of the fact records.retired.
Refuses: Defect for a purpose, member, kind or record class that no rule covers.
Proof:   tests/rooms/protect/privacy, tests/properties/test_privacy.py.
"""

from tallystick.protect.privacy.minimisation import MEMBERS, PURPOSES, minimise, shortened_name
from tallystick.protect.privacy.pseudonyms import pseudonym, seal_document
from tallystick.protect.privacy.retention import (
    RetentionRule,
    StoredRecord,
    due_for_retirement,
    retention_rules,
    retirement_detail,
)

__all__ = [
    "pseudonym",
    "seal_document",
    "minimise",
    "shortened_name",
    "PURPOSES",
    "MEMBERS",
    "RetentionRule",
    "StoredRecord",
    "retention_rules",
    "due_for_retirement",
    "retirement_detail",
]
