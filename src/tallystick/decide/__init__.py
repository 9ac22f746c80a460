"""Decide: from the risks to the countermeasures in proportion, and the policy that enforces them.

Clauses: 6 (security management), 7 (principles and minimum requirements), 9 (evaluation).
Enters:  a Service, its RiskAnalysis, the catalogue.
Leaves:  SecurityPolicy: controls, operations, limits, parameters, requirements, and why each.
Refuses: Misconfigured when no choice keeps every promise, naming those that clash; Defect for a
         policy that would let money move without its facts.
Proof:   tests/rooms/decide, tests/properties/test_risk.py.

Names are imported when they are first used: the running service reads policies, and needs neither
the solver nor the arithmetic of risk for that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.decide.assurance import (
        Explanation,
        Plan,
        StandingLoss,
        compile_policy,
        explain_control,
        plan_service,
        standing_loss,
    )
    from tallystick.decide.policy import (
        Change,
        SecurityPolicy,
        cedar_policies,
        cedar_schema,
        diff_policies,
        policy_from_plain,
        policy_plain,
        weaker_changes,
    )
    from tallystick.decide.policy.tables import (
        compile_matcher,
        decision_tables,
        stricter_than,
    )
    from tallystick.decide.selection import (
        Alternative,
        Clash,
        Study,
        best_within,
        optimality_record,
        study_selection,
        what_binds,
    )

_ROOMS = {
    "best_within": "tallystick.decide.selection",
    "optimality_record": "tallystick.decide.selection",
    "study_selection": "tallystick.decide.selection",
    "what_binds": "tallystick.decide.selection",
    "Alternative": "tallystick.decide.selection",
    "Clash": "tallystick.decide.selection",
    "Study": "tallystick.decide.selection",
    "cedar_policies": "tallystick.decide.policy",
    "cedar_schema": "tallystick.decide.policy",
    "compile_matcher": "tallystick.decide.policy.tables",
    "decision_tables": "tallystick.decide.policy.tables",
    "stricter_than": "tallystick.decide.policy.tables",
    "compile_policy": "tallystick.decide.assurance",
    "plan_service": "tallystick.decide.assurance",
    "standing_loss": "tallystick.decide.assurance",
    "StandingLoss": "tallystick.decide.assurance",
    "Plan": "tallystick.decide.assurance",
    "explain_control": "tallystick.decide.assurance",
    "Explanation": "tallystick.decide.assurance",
    "diff_policies": "tallystick.decide.policy",
    "policy_from_plain": "tallystick.decide.policy",
    "policy_plain": "tallystick.decide.policy",
    "weaker_changes": "tallystick.decide.policy",
    "Change": "tallystick.decide.policy",
    "SecurityPolicy": "tallystick.decide.policy",
}

__all__ = [
    "best_within",
    "compile_policy",
    "decision_tables",
    "compile_matcher",
    "stricter_than",
    "cedar_policies",
    "cedar_schema",
    "diff_policies",
    "explain_control",
    "optimality_record",
    "plan_service",
    "standing_loss",
    "policy_from_plain",
    "policy_plain",
    "study_selection",
    "weaker_changes",
    "what_binds",
    "Alternative",
    "Change",
    "Clash",
    "Explanation",
    "Plan",
    "StandingLoss",
    "SecurityPolicy",
    "Study",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'tallystick.decide' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
