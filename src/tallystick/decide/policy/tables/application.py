"""The application layer: what a payment needs by operation, device, tier and amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tallystick.decide.policy.model import OperationRule, SecurityPolicy, TierLimits
from tallystick.decide.policy.tables.model import LATER, Answer, DecisionTable, Domain, Row
from tallystick.decide.policy.tables.origins import setters_of_fact
from tallystick.decide.policy.tables.spans import Step, cuts_of, rows_of_steps
from tallystick.ground.facts import CUSTOMER_AUTHENTICATED, TIER_WITHIN
from tallystick.standard import PAYMENT_KINDS, Layer
from tallystick.standard.vocabulary import ENVIRONMENTS

DEVICE_ALONE, PIN, REFUSED = "device alone", "PIN", "refused"
WITHIN = "within"
DEMANDED = "demanded"
FACTS, HANDSET, TIER = "application.facts", "application.handset", "application.tier"
DAY, MONTH, BALANCE = "application.day", "application.month", "application.balance"
AMOUNT = "amount"
ENVIRONMENT_CONTROL = "C-ENV-CAPS"
TIER_CONTROL = "C-TIER-LIMITS"

_SPENT: Mapping[str, tuple[str, str]] = {
    TIER: ("per_transaction_minor", "How much one payment of a tier may move"),
    DAY: ("per_day_minor", "How much a tier may move on one day, this payment included"),
    MONTH: ("per_month_minor", "How much a tier may move in one month, this payment included"),
}


def application_tables(policy: SecurityPolicy) -> list[DecisionTable]:
    """Facts of every operation; device, tier, day, month of a payment; balance of a tier."""
    return [
        _facts(policy),
        *([_handset(policy)] if payments(policy) else []),
        *(_spent(policy, name) for name in _SPENT if payments(policy) and policy.tiers),
        *([_balance(policy)] if policy.tiers else []),
    ]


def payments(policy: SecurityPolicy) -> list[OperationRule]:
    """The rules of the operations by which customers move money."""
    return [policy.operations[kind] for kind in PAYMENT_KINDS if kind in policy.operations]


def operation_domain(policy: SecurityPolicy) -> Domain:
    return Domain(name="operation", words=tuple(rule.operation for rule in payments(policy)))


def environment_domain() -> Domain:
    """From strong to weak."""
    return Domain(name="environment", words=ENVIRONMENTS, stricter=LATER)


def tier_domain(policy: SecurityPolicy, limit: str = "per_transaction_minor") -> Domain:
    """From the tier that may do most to the one that may do least."""
    names = sorted(policy.tiers, key=lambda name: (-getattr(policy.tiers[name], limit), name))
    return Domain(name="tier", words=tuple(names), stricter=LATER)


def amount_domain(rows: Iterable[Row]) -> Domain:
    return Domain(name=AMOUNT, cuts=cuts_of(rows, AMOUNT), unit="minor", stricter=LATER)


def _facts(policy: SecurityPolicy) -> DecisionTable:
    rules = [policy.operations[name] for name in sorted(policy.operations)]
    return DecisionTable(
        name=FACTS,
        layer=Layer.APPLICATION.value,
        title="Facts that an operation needs before it takes effect, in this order",
        domains=(Domain(name="operation", words=tuple(rule.operation for rule in rules)),),
        outcomes=(DEMANDED,),
        rows=tuple(
            Row(
                id=f"{rule.operation}/facts",
                when={"operation": (rule.operation,)},
                then=Answer(outcome=DEMANDED, facts=rule.facts),
                controls=_unique(
                    control
                    for fact in rule.facts
                    for control in setters_of_fact(policy, rule.operation, fact)
                ),
                because="each is demanded by a control in force",
            )
            for rule in rules
        ),
    )


def _handset(policy: SecurityPolicy) -> DecisionTable:
    rows = [
        row
        for rule in payments(policy)
        for environment in ENVIRONMENTS
        for row in _handset_rows(policy, rule, environment)
    ]
    return DecisionTable(
        name=HANDSET,
        layer=Layer.APPLICATION.value,
        title="What a device may authorise, and when it takes the customer's PIN as well",
        domains=(operation_domain(policy), environment_domain(), amount_domain(rows)),
        outcomes=(DEVICE_ALONE, PIN, REFUSED),
        rows=tuple(rows),
    )


def _handset_rows(policy: SecurityPolicy, rule: OperationRule, environment: str) -> list[Row]:
    """The device alone, then the PIN, then nothing; a cap that is not stated allows nothing."""
    over = rule.amount_max_minor.get(environment, -1) + 1
    steps = [Step(least=0, outcome=DEVICE_ALONE, because="below the amount of the PIN")]
    if rule.step_up_minor is not None and CUSTOMER_AUTHENTICATED in rule.facts:
        steps.append(
            Step(
                least=min(rule.step_up_minor, over),
                outcome=PIN,
                controls=setters_of_fact(policy, rule.operation, CUSTOMER_AUTHENTICATED),
                because="the amount from which the owner asks for the PIN",
            )
        )
    steps.append(
        Step(
            least=over,
            outcome=REFUSED,
            controls=(ENVIRONMENT_CONTROL,) if policy.has(ENVIRONMENT_CONTROL) else (),
            because=f"more than keys in {environment} may authorise",
        )
    )
    when = {"operation": (rule.operation,), "environment": (environment,)}
    return rows_of_steps(f"{rule.operation}/{environment}", AMOUNT, when, steps)


def _spent(policy: SecurityPolicy, name: str) -> DecisionTable:
    limit, title = _SPENT[name]
    rows = [
        row
        for rule in payments(policy)
        for tier in sorted(policy.tiers)
        for row in _spent_rows(policy, rule, policy.tiers[tier], limit)
    ]
    return DecisionTable(
        name=name,
        layer=Layer.APPLICATION.value,
        title=title,
        domains=(operation_domain(policy), tier_domain(policy, limit), amount_domain(rows)),
        outcomes=(WITHIN, REFUSED),
        rows=tuple(rows),
    )


def _spent_rows(
    policy: SecurityPolicy, rule: OperationRule, limits: TierLimits, limit: str
) -> list[Row]:
    """A limit binds only where the fact that it was looked at is demanded."""
    when = {"operation": (rule.operation,), "tier": (limits.tier,)}
    steps = [Step(least=0, outcome=WITHIN, because=f"tiers.{limits.tier}.{limit}")]
    if TIER_WITHIN in rule.facts:
        controls = setters_of_fact(policy, rule.operation, TIER_WITHIN)
        steps.append(_over(limits, limit, controls))
    return rows_of_steps(f"{rule.operation}/{limits.tier}", AMOUNT, when, steps)


def _balance(policy: SecurityPolicy) -> DecisionTable:
    limit = "balance_minor"
    controls = (TIER_CONTROL,) if policy.has(TIER_CONTROL) else ()
    rows = []
    for name in sorted(policy.tiers):
        limits = policy.tiers[name]
        steps = [
            Step(least=0, outcome=WITHIN, because=f"tiers.{name}.{limit}"),
            _over(limits, limit, controls),
        ]
        rows += rows_of_steps(name, AMOUNT, {"tier": (name,)}, steps)
    return DecisionTable(
        name=BALANCE,
        layer=Layer.APPLICATION.value,
        title="How much a customer of a tier may hold",
        domains=(tier_domain(policy, limit), amount_domain(rows)),
        outcomes=(WITHIN, REFUSED),
        rows=tuple(rows),
    )


def _over(limits: TierLimits, limit: str, controls: tuple[str, ...]) -> Step:
    return Step(
        least=getattr(limits, limit) + 1,
        outcome=REFUSED,
        controls=controls,
        because=f"more than tiers.{limits.tier}.{limit}",
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
