"""The process layer: who may ask for what, how a policy is released, how long records stay."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.decide.policy.model import OperationRule, SecurityPolicy
from tallystick.decide.policy.tables.model import EARLIER, Answer, DecisionTable, Domain, Row
from tallystick.decide.policy.tables.origins import setters_of_parameter
from tallystick.decide.policy.tables.spans import Step, cuts_of, rows_of_steps
from tallystick.standard import Layer
from tallystick.standard.thresholds import RETENTION_OF

ROLES_KNOWN = ("customer", "merchant", "agent", "treasury", "backoffice", "laboratory")
SIGNATURES_MIN = 2
"""People who must sign a policy before it is released, each with a key of their own."""
ALLOWED, FORBIDDEN = "allowed", "forbidden"
ROLES, RELEASE, RETENTION = "process.roles", "process.release", "process.retention"


def process_tables(policy: SecurityPolicy) -> list[DecisionTable]:
    """Roles, release, retention."""
    return [_roles(policy), _release(), _retention(policy)]


def _roles(policy: SecurityPolicy) -> DecisionTable:
    others = {role for rule in policy.operations.values() for role in rule.roles}
    roles = (*ROLES_KNOWN, *sorted(others - set(ROLES_KNOWN)))
    rules = [policy.operations[name] for name in sorted(policy.operations)]
    return DecisionTable(
        name=ROLES,
        layer=Layer.PROCESS.value,
        title="Who may ask for an operation",
        domains=(
            Domain(name="operation", words=tuple(sorted(policy.operations))),
            Domain(name="role", words=roles),
        ),
        outcomes=(ALLOWED, FORBIDDEN),
        rows=tuple(row for rule in rules for row in _role_rows(rule, roles)),
    )


def _role_rows(rule: OperationRule, roles: Sequence[str]) -> list[Row]:
    others = tuple(role for role in roles if role not in rule.roles)
    told = f"for {', '.join(rule.roles)}" if rule.roles else "not offered"
    return [
        Row(
            id=f"{rule.operation}/{outcome}",
            when={"operation": (rule.operation,), "role": some},
            then=Answer(outcome=outcome),
            because=f"{rule.operation} is {told}",
        )
        for outcome, some in ((ALLOWED, tuple(rule.roles)), (FORBIDDEN, others))
        if some
    ]


def _release() -> DecisionTable:
    number, people = "signatures", f"{SIGNATURES_MIN} different people"
    steps = [
        Step(least=0, outcome="refused", because=f"fewer than {people} signed"),
        Step(least=SIGNATURES_MIN, outcome="released", because=f"{people} signed"),
    ]
    rows = rows_of_steps("release", number, {}, steps)
    return DecisionTable(
        name=RELEASE,
        layer=Layer.PROCESS.value,
        title="How many different people sign a policy before it is released",
        domains=(Domain(name=number, cuts=cuts_of(rows, number), unit="people", stricter=EARLIER),),
        outcomes=("released", "refused"),
        rows=tuple(rows),
    )


def _retention(policy: SecurityPolicy) -> DecisionTable:
    """How long is stated by the owner, under law: longer is neither weaker nor stronger."""
    number = "age"
    rows = [row for name in RETENTION_OF for row in _retention_rows(policy, name, number)]
    return DecisionTable(
        name=RETENTION,
        layer=Layer.PROCESS.value,
        title="How long records are kept",
        domains=(
            Domain(name="records", words=tuple(map(_records, RETENTION_OF))),
            Domain(name=number, cuts=cuts_of(rows, number), unit="days"),
        ),
        outcomes=("may go", "kept"),
        rows=tuple(rows),
        ordered=False,
    )


def _retention_rows(policy: SecurityPolicy, name: str, number: str) -> list[Row]:
    days = policy.parameters.get(name)
    steps = [Step(least=0, outcome="kept", because=f"{name} is not set: kept for ever")]
    if days is not None:
        controls, because = setters_of_parameter(policy, name), f"{name} = {days}"
        steps = [
            Step(least=0, outcome="kept", controls=controls, because=because),
            Step(least=days + 1, outcome="may go", controls=controls, because=because),
        ]
    return rows_of_steps(name, number, {"records": (_records(name),)}, steps)


def _records(name: str) -> str:
    return name.removeprefix("retention.").removesuffix("_days")
