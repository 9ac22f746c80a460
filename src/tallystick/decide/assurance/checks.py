"""What every policy must be, whatever the service and the catalogue: checked before release."""

from __future__ import annotations

from itertools import pairwise

from tallystick.decide.assurance.table_checks import check_tables
from tallystick.decide.policy.model import OperationRule, SecurityPolicy
from tallystick.decide.policy.tables import decision_tables
from tallystick.ground.errors import Defect
from tallystick.ground.facts import (
    CUSTOMER_AUTHENTICATED,
    DEVICE_AUTHENTICATED,
    INTENT_SIGNED,
    MESSAGE_FRESH,
    PAYMENT_FACTS,
    TRANSFER_POSTED,
)
from tallystick.standard import OPERATION_KINDS, PAYMENT_KINDS

UNDENIABLE = (DEVICE_AUTHENTICATED, MESSAGE_FRESH, INTENT_SIGNED, TRANSFER_POSTED)
"""Facts without which no payment may move money, whatever was chosen."""
_STRONG_TO_WEAK = ("se", "tee", "software")


def check_policy(policy: SecurityPolicy) -> None:
    """Refuses: Defect for the first gap found."""
    if policy.operations.keys() != set(OPERATION_KINDS):
        odd = sorted(policy.operations.keys() ^ set(OPERATION_KINDS))
        raise Defect(f"the policy is not total: {odd}")
    for rule in policy.operations.values():
        _check_order(rule)
        if rule.operation in PAYMENT_KINDS:
            _check_payment(rule)
    _check_limits(policy)
    check_tables(decision_tables(policy))


def _check_order(rule: OperationRule) -> None:
    places = [PAYMENT_FACTS.index(fact) for fact in rule.facts]
    if any(one >= two for one, two in pairwise(places)):
        raise Defect(f"{rule.operation} demands facts out of order")


def _check_payment(rule: OperationRule) -> None:
    missing = [fact for fact in UNDENIABLE if fact not in rule.facts]
    if missing:
        raise Defect(f"{rule.operation} would move money without {', '.join(missing)}")
    if (rule.step_up_minor is None) == (CUSTOMER_AUTHENTICATED in rule.facts):
        raise Defect(f"{rule.operation}: a step-up amount and customer.authenticated go together")
    caps = [rule.amount_max_minor.get(environment) for environment in _STRONG_TO_WEAK]
    if None in caps or len(rule.amount_max_minor) != len(caps):
        raise Defect(f"{rule.operation} is not capped for every secure environment")


def _check_limits(policy: SecurityPolicy) -> None:
    for limits in policy.tiers.values():
        ordered = 0 < limits.per_transaction_minor <= limits.per_day_minor
        if not ordered or limits.per_day_minor > limits.per_month_minor:
            raise Defect(f"the limits of {limits.tier} are not in order")
