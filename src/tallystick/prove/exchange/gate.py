"""The gate before a change is merged: what a new plan has that the policy in force has not."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.decide.policy import Change, SecurityPolicy, weaker_changes
from tallystick.decide.policy.tables import stricter_than
from tallystick.prove.exchange.findings import (
    Finding,
    make_finding,
    planning_findings,
    weaker_findings,
)
from tallystick.prove.exchange.material import Material
from tallystick.standard import Nature

GATED = (
    "plan-impossible",
    "scenario-critical",
    "scenario-above-appetite",
    "requirement-uncovered",
    "acceptance-expired",
    "exception-expired",
    "policy-weaker",
)
"""The rules that a gate fails on, unless it is told otherwise."""
REPORTED = (*GATED, "claim-expired")
"""The rules that a gate tells about."""


def gate_findings(
    material: Material, baseline: SecurityPolicy, changes: Iterable[Change], *, text: str = ""
) -> tuple[Finding, ...]:
    """What is worse than in the baseline, and what has run out on the day of the material.

    Takes:    the differences from the baseline to the material's policy; the text of the service
              file, to name lines in it.
    A requirement that the baseline leaves uncovered too is known and not told again.
    """
    tiers = [tier.name for tier in material.service.tiers]
    weaker = weaker_findings(weaker_changes(changes), file=material.source, text=text, tiers=tiers)
    if not weaker:
        weaker = _unexplained(material, baseline)
    known = _uncovered(baseline)
    standing = (
        one
        for one in planning_findings(material, text)
        if one.rule in REPORTED and not (one.rule == "requirement-uncovered" and one.id in known)
    )
    return (*standing, *weaker)


def _unexplained(material: Material, baseline: SecurityPolicy) -> tuple[Finding, ...]:
    """What the decision tables let pass more and no difference of ours says: told by table."""
    tables = sorted({one.table for one in stricter_than(baseline, material.policy)})
    return tuple(
        make_finding(
            "policy-weaker",
            f"tables.{table}",
            f"the decision table {table} lets pass what the baseline refuses",
            file=material.source,
        )
        for table in tables
    )


def _uncovered(policy: SecurityPolicy) -> frozenset[str]:
    return frozenset(
        one.id
        for one in policy.requirements
        if one.nature == Nature.REQUIREMENT.value and not one.controls
    )
