"""The grade of a dossier: how far it may be leaned on, by a rule and not by choice."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.ground.facts import PLATFORM_OPENED, Fact
from tallystick.prove.evidence import Witnessed

DEVELOPMENT = "development"
OPERATIONAL = "operational"

SOFTWARE = "software"
HARDWARE = ("hsm",)
WITNESS = "self"
"""Who vouches for checkpoints: nobody but the provider. This version can check no other witness."""
INDEPENDENT = ("rfc3161", "cosigner")


def grade_of(*, module: str, witness: str) -> str:
    """Development grade unless keys live in hardware and somebody else vouches for the log.

    >>> grade_of(module="software", witness="cosigner"), grade_of(module="hsm", witness="self")
    ('development', 'development')
    """
    leaned_on = module in HARDWARE and witness in INDEPENDENT
    return OPERATIONAL if leaned_on else DEVELOPMENT


def weakest_opening(evidence: Iterable[Witnessed], *, policy: str) -> tuple[int | None, str]:
    """Where a platform opened under this policy, and on which level of crypto module.

    A software module wherever one served, else the newest; software when no entry says it.
    """
    openings = [
        (_level(fact), entry.index)
        for entry in evidence
        for fact in entry.facts
        if fact.kind == PLATFORM_OPENED and fact.policy == policy
    ]
    if not openings:
        return None, SOFTWARE
    level, index = max(openings, key=lambda opening: (opening[0] not in HARDWARE, opening[1]))
    return index, level


def _level(opened: Fact) -> str:
    return str(opened.detail.get("level", SOFTWARE))
