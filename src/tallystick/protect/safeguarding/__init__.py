"""Safeguarding: what the bank says of the trust account against what the books say of it.

Clauses: 13.
Enters:  entries of a bank statement, items of the books, the summary of a reconciliation.
Leaves:  Outcome with breaks by kind; the newest Reconciliation in force.
Refuses: ReconciliationRefused for a summary that the books contradict; SafeguardingBroken.
Proof:   tests/rooms/protect/safeguarding, tests/properties/test_reconciliation.py.
"""

from tallystick.protect.safeguarding.matching import match_statement
from tallystick.protect.safeguarding.model import (
    BREAK_KINDS,
    BankEntry,
    BankStatement,
    BookItem,
    Break,
    Carried,
    Outcome,
)
from tallystick.protect.safeguarding.records import (
    NEWEST,
    RECONCILIATIONS,
    Claim,
    Reconciliation,
    ReconciliationRefused,
    SafeguardingBroken,
    TrustState,
    base_of,
    demand_no_open_break,
    judge_claim,
)

__all__ = [
    "BREAK_KINDS",
    "NEWEST",
    "RECONCILIATIONS",
    "BankEntry",
    "BankStatement",
    "BookItem",
    "Break",
    "Carried",
    "Claim",
    "Outcome",
    "Reconciliation",
    "ReconciliationRefused",
    "SafeguardingBroken",
    "TrustState",
    "base_of",
    "demand_no_open_break",
    "judge_claim",
    "match_statement",
]
