"""A payment as a whole: the stronger of what its device and its tier are told."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.decide.policy.tables.application import (
    AMOUNT,
    DEVICE_ALONE,
    PIN,
    REFUSED,
    amount_domain,
)
from tallystick.decide.policy.tables.lookup import Lookup, compile_table
from tallystick.decide.policy.tables.model import DecisionTable, Row
from tallystick.decide.policy.tables.spans import Step, rows_of_steps
from tallystick.standard import Layer

PAYMENT = "application.payment"


def payment_table(handset: DecisionTable, tier: DecisionTable) -> DecisionTable:
    """Operation, secure environment, tier and amount: refused, PIN or device alone."""
    operations, environments, _ = handset.domains
    _, tiers, _ = tier.domains
    asked = compile_table(handset), compile_table(tier)
    cuts = sorted({*asked[0].cuts, *asked[1].cuts})
    rows = [
        row
        for operation in operations.words
        for environment in environments.words
        for name in tiers.words
        for row in _rows(asked, operation, environment, name, cuts)
    ]
    return DecisionTable(
        name=PAYMENT,
        layer=Layer.APPLICATION.value,
        title="What a payment needs: the stronger of what its device and its tier ask",
        domains=(operations, environments, tiers, amount_domain(rows)),
        outcomes=(DEVICE_ALONE, PIN, REFUSED),
        rows=tuple(rows),
    )


def _rows(
    asked: tuple[Lookup, Lookup], operation: str, environment: str, tier: str, cuts: list[int]
) -> list[Row]:
    when = {"operation": (operation,), "environment": (environment,), "tier": (tier,)}
    steps = list(_steps(asked, operation, environment, tier, cuts))
    return rows_of_steps(f"{operation}/{environment}/{tier}", AMOUNT, when, steps)


def _steps(
    asked: tuple[Lookup, Lookup], operation: str, environment: str, tier: str, cuts: list[int]
) -> Iterator[Step]:
    """A step wherever what decides changes."""
    last: tuple[str, tuple[str, ...], str] | None = None
    for amount in cuts:
        device = asked[0].row((operation, environment), amount)
        limit = asked[1].row((operation, tier), amount)
        binding = [row for row in (device, limit) if row.then.outcome == REFUSED] or [device]
        found = (
            binding[0].then.outcome,
            tuple(sorted({name for row in binding for name in row.controls})),
            " and ".join(row.because for row in binding),
        )
        if found != last:
            outcome, controls, because = last = found
            yield Step(least=amount, outcome=outcome, controls=controls, because=because)
