"""Monitoring: does this payment complete a pattern of abuse? Whole numbers over event time.

Clauses: Annex B (Know-Your-Customer); 7.1; FATF recommendation 20 (what a report starts from).
Enters:  a candidate Movement, the policy's TypologyRules, the payer's limit per transaction.
Leaves:  Findings; the alerts of the fact risk.acceptable; Windows, built from committed movements.
Refuses: RiskUnacceptable (outside: payment.declined); Defect for a rule that is not a whole one.
Proof:   tests/rooms/protect/monitoring, tests/properties/test_monitoring_windows.py,
         the trial structuring.
"""

from tallystick.protect.monitoring.movements import PAYMENTS, Finding, Movement
from tallystick.protect.monitoring.risk import RiskUnacceptable, check_risk
from tallystick.protect.monitoring.typologies import TYPOLOGIES, horizon_ms
from tallystick.protect.monitoring.windows import Windows

__all__ = [
    "Windows",
    "Movement",
    "Finding",
    "check_risk",
    "RiskUnacceptable",
    "PAYMENTS",
    "TYPOLOGIES",
    "horizon_ms",
]
