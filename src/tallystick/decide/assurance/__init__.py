"""Assurance: a policy is released only when it passes, and every part of it can be explained.

Clauses: 6.1 (security management), 9 (security evaluation).
Enters:  a Service, its RiskAnalysis, the catalogue.
Leaves:  a Plan with a SecurityPolicy that passed the checks, its decision tables among them;
         Explanation of a control, threat or requirement.
Refuses: Defect for a policy with a gap; Misconfigured for an analysis of another service.
Proof:   tests/rooms/decide/test_assurance.py, tests/rooms/decide/test_table_checks.py,
         tests/rooms/decide/test_explanation.py.
"""

from tallystick.decide.assurance.checks import check_policy
from tallystick.decide.assurance.explanation import Explanation, explain_control
from tallystick.decide.assurance.plan import Plan, plan_service
from tallystick.decide.assurance.release import compile_policy
from tallystick.decide.assurance.standing import StandingLoss, standing_loss
from tallystick.decide.assurance.table_checks import CHECKS, check_tables, table_findings

__all__ = [
    "check_policy",
    "check_tables",
    "compile_policy",
    "explain_control",
    "plan_service",
    "standing_loss",
    "table_findings",
    "CHECKS",
    "Explanation",
    "Plan",
    "StandingLoss",
]
