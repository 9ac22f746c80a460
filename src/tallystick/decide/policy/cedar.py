"""The policy in Cedar, for integrators who decide elsewhere: a schema, and policies that fit it.

Cedar skips a policy that fails while it is evaluated, a `forbid` too. So whatever a forbid here
reads, its permit reads before: with a member missing or of another type there is no permit either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.tables import (
    CONSEQUENCES,
    PIN,
    REFUSED,
    DecisionTable,
    Row,
    Span,
    decision_tables,
)
from tallystick.standard import PAYMENT_KINDS

NAMESPACE = "Tallystick"
_FORBIDDING = ("application.handset", "application.tier")
_MEMBER = {"environment": "context.environment", "tier": "context.tier"}


def cedar_schema(policy: SecurityPolicy) -> str:
    """The Cedar schema: roles, the service, an action for every operation, what a request says.

    Every member of a context is required, so that a request without one is no request.
    """
    tables = _by_name(policy)
    operations, roles = (domain.words for domain in tables["process.roles"].domains)
    payments = [name for name in operations if name in PAYMENT_KINDS]
    others = [name for name in operations if name not in PAYMENT_KINDS]
    return "\n".join(
        [
            f"// {policy.service_id}, policy {policy.digest}",
            f"namespace {NAMESPACE} {{",
            f"  entity Role enum [{_quoted(roles)}];",
            "  entity Service;",
            "  type Payment = {",
            "    amount_minor: Long,",
            "    environment: String,",
            "    facts: Set<String>,",
            "    pin_verified: Bool,",
            "    tier: String,",
            "  };",
            "  type Order = { facts: Set<String> };",
            *_actions(payments, "Payment"),
            *_actions(others, "Order"),
            "}",
            "",
        ]
    )


def cedar_policies(policy: SecurityPolicy) -> str:
    """The Cedar policies: a permit for each operation, forbids for caps, limits and the PIN.

    Each carries the id of the row that it comes from, the controls behind it and the reason.
    """
    tables = _by_name(policy)
    permits = _permits(policy, tables)
    forbids = (
        _forbid(name, row)
        for name in _FORBIDDING
        if name in tables
        for row in tables[name].rows
        if row.then.outcome in (PIN, REFUSED)
    )
    head = f"// {policy.service_id}, policy {policy.digest}\n"
    return "\n".join([head, *permits, *forbids])


def _by_name(policy: SecurityPolicy) -> dict[str, DecisionTable]:
    return {table.name: table for table in decision_tables(policy)}


def _actions(names: list[str], context: str) -> Iterator[str]:
    if names:
        yield f"  action {_quoted(names)} appliesTo {{"
        yield f"    principal: [Role], resource: [Service], context: {context},"
        yield "  };"


def _permits(policy: SecurityPolicy, tables: dict[str, DecisionTable]) -> Iterator[str]:
    facts = {row.when["operation"]: row for row in tables["application.facts"].rows}
    for row in tables["process.roles"].rows:
        operation, roles = row.when["operation"], row.when["role"]
        if row.then.outcome != "allowed" or isinstance(operation, Span) or isinstance(roles, Span):
            continue
        needed = facts[operation]
        conditions = [
            f"[{', '.join(_entity('Role', role) for role in roles)}].contains(principal)",
            *(_shape(tables) if operation[0] in PAYMENT_KINDS else ()),
            _shown(needed.then.facts),
        ]
        head = f"action == {_entity('Action', operation[0])}"
        where = f"resource == {_entity('Service', policy.service_id)}"
        when = " &&\n  ".join(conditions)
        yield (
            f"{_notes(f'process.roles/{row.id}', needed.controls, row.because)}"
            f"permit (principal, {head}, {where})\nwhen {{\n  {when}\n}};\n"
        )


def _shape(tables: dict[str, DecisionTable]) -> Iterator[str]:
    """Everything that a forbid will read is there, of its type, and a value that tables know."""
    known = {
        domain.name: domain.words for name in _FORBIDDING if name in tables
        for domain in tables[name].domains
    }  # fmt: skip
    yield "context.amount_minor >= 0"
    for name, member in _MEMBER.items():
        yield f"[{_quoted(known.get(name, ()))}].contains({member})"
    yield "(context.pin_verified || !context.pin_verified)"


def _shown(facts: Iterable[str]) -> str:
    wanted = [fact for fact in facts if fact not in CONSEQUENCES]
    return f"context.facts.containsAll([{_quoted(wanted)}])"


def _forbid(table: str, row: Row) -> str:
    operation = row.when["operation"]
    conditions = [
        text for name in ("environment", "tier", "amount") for text in _condition(row, name)
    ]
    (name,) = operation if isinstance(operation, tuple) else ("",)
    unless = " unless { context.pin_verified }" if row.then.outcome == PIN else ""
    return (
        f"{_notes(f'{table}/{row.id}', row.controls, row.because)}"
        f"forbid (principal, action == {_entity('Action', name)}, resource)\n"
        f"when {{ {' && '.join(conditions)} }}{unless};\n"
    )


def _condition(row: Row, name: str) -> Iterator[str]:
    condition = row.when.get(name)
    if isinstance(condition, Span):
        yield f"context.amount_minor >= {condition.least}"
        if condition.most is not None:
            yield f"context.amount_minor <= {condition.most}"
    elif condition is not None:
        (word,) = condition
        yield f"{_MEMBER[name]} == {_string(word)}"


def _notes(row: str, controls: Iterable[str], because: str) -> str:
    notes = {"id": row, "controls": " ".join(controls), "because": because}
    return "".join(f"@{name}({_string(value)})\n" for name, value in notes.items())


def _entity(kind: str, name: str) -> str:
    return f"{NAMESPACE}::{kind}::{_string(name)}"


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(map(_string, words))


def _string(text: str) -> str:
    """A Cedar string; ids and names are ASCII words of ours, everything else is escaped."""
    told = "".join(
        char if char.isascii() and char.isprintable() and char not in '"\\' else _escape(char)
        for char in text
    )
    return f'"{told}"'


def _escape(char: str) -> str:
    return f"\\u{{{ord(char):x}}}"
