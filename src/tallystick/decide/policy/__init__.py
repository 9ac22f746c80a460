"""Policy: the compiled decision that the running service enforces, and how two of them differ.

Clauses: 6.2 (three-layer model), 7.1.
Enters:  a Selection and its problem; or a policy read back from a home directory.
Leaves:  SecurityPolicy, its canonical form, semantic changes between two policies; its tables
         (policy/tables), and Cedar for those who decide elsewhere.
Refuses: Misconfigured for a policy that was altered or that this version does not know.
Proof:   tests/rooms/decide/test_policy.py, tests/rooms/decide/test_differences.py,
         tests/rooms/decide/test_cedar.py.
"""

from tallystick.decide.policy.cedar import cedar_policies, cedar_schema
from tallystick.decide.policy.changes import Change
from tallystick.decide.policy.differences import diff_policies, weaker_changes
from tallystick.decide.policy.model import (
    SECOND_LOOK,
    AppliedRequirement,
    ChosenControl,
    OperationRule,
    SecurityPolicy,
    TierLimits,
    TypologyRule,
)
from tallystick.decide.policy.plain import policy_from_plain, policy_plain
from tallystick.decide.policy.terms import CurrencyPair, FeeRule, Terms

__all__ = [
    "cedar_policies",
    "cedar_schema",
    "diff_policies",
    "policy_from_plain",
    "policy_plain",
    "weaker_changes",
    "AppliedRequirement",
    "Change",
    "ChosenControl",
    "CurrencyPair",
    "FeeRule",
    "OperationRule",
    "SecurityPolicy",
    "Terms",
    "TierLimits",
    "TypologyRule",
    "SECOND_LOOK",
]
