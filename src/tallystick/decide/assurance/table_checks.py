"""Static checks of decision tables: exact, because every question is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from tallystick.decide.policy.tables import DecisionTable, Finding, lay_out
from tallystick.ground.errors import Defect

CHECKS = ("total", "free of conflict", "monotone")
"""What every table is before a policy is released."""


def table_findings(tables: Iterable[DecisionTable]) -> Iterator[Finding]:
    """Everything wrong with some tables, by table: gaps, conflicts, and where more risk asks less.

    Total: every combination of words and intervals has an answer. Free of conflict: no two rows
    give different answers to one question. Monotone: along each domain with a stricter side
    (amount, secure environment, tier, strength ...) the answer never gets weaker.
    """
    for table in tables:
        grid = lay_out(table)
        yield from grid.gaps()
        yield from grid.conflicts()
        yield from grid.reversals()


def check_tables(tables: Iterable[DecisionTable]) -> None:
    """Refuses: Defect with the first finding and the question that shows it."""
    for finding in islice(table_findings(tables), 1):
        raise Defect(str(finding))
