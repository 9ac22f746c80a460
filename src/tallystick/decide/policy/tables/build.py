"""All tables of a policy, and their canonical form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.tables.application import HANDSET, TIER, application_tables
from tallystick.decide.policy.tables.infrastructure import grade_table, threshold_tables
from tallystick.decide.policy.tables.model import DecisionTable, Domain, Row, Span
from tallystick.decide.policy.tables.payment import payment_table
from tallystick.decide.policy.tables.process import process_tables
from tallystick.ground.canonical import digest_of


def decision_tables(policy: SecurityPolicy) -> tuple[DecisionTable, ...]:
    """Everything that the policy decides, by layer and name; it follows from the other members.

    Takes: a policy with operations; without payments or tiers their tables are not there.
    """
    application = {table.name: table for table in application_tables(policy)}
    both = [application[name] for name in (HANDSET, TIER) if name in application]
    tables = [
        *process_tables(policy),
        *application.values(),
        *([payment_table(*both)] if len(both) == 2 else []),
        *threshold_tables(policy),
        grade_table(),
    ]
    return tuple(sorted(tables, key=lambda table: (table.layer, table.name)))


def tables_digest(tables: Sequence[DecisionTable]) -> str:
    """Digest of the canonical form of some tables; words of explanation are part of it."""
    return digest_of(tables_plain(tables))


def tables_plain(tables: Sequence[DecisionTable]) -> list[dict[str, Any]]:
    """Tables as canonical JSON material: whole numbers, strings, lists, tables."""
    return [
        {
            "name": table.name,
            "layer": table.layer,
            "title": table.title,
            "ordered": table.ordered,
            "outcomes": list(table.outcomes),
            "domains": [_domain_plain(domain) for domain in table.domains],
            "rows": [_row_plain(row) for row in table.rows],
        }
        for table in tables
    ]


def _domain_plain(domain: Domain) -> dict[str, Any]:
    return {
        "name": domain.name,
        "words": list(domain.words),
        "cuts": list(domain.cuts),
        "unit": domain.unit,
        "stricter": domain.stricter,
    }


def _row_plain(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "when": {
            name: {"least": condition.least, "most": condition.most}
            if isinstance(condition, Span)
            else list(condition)
            for name, condition in row.when.items()
        },
        "outcome": row.then.outcome,
        "facts": list(row.then.facts),
        "controls": list(row.controls),
        "because": row.because,
    }
