"""Which way a difference between two policies goes, as seen by somebody who wants to be safe."""

from __future__ import annotations

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.standard import Catalogue
from tallystick.standard.thresholds import HIGHER, LOWER, STRICTER

TIGHTER, LOOSER, OTHER = "tighter", "looser", "other"
NOTHING = "nothing"
"""What answers a requirement that no countermeasure answers."""


def of_less(before: int, after: int) -> str:
    """For a number that protects more the smaller it is."""
    return TIGHTER if after < before else LOOSER


def of_parameter(name: str, before: int | None, after: int | None) -> str:
    """A parameter that is no longer there binds nobody."""
    if before is None or after is None:
        return TIGHTER if before is None else LOOSER
    side = STRICTER.get(name)
    if side not in (LOWER, HIGHER):
        return OTHER
    return of_less(before, after) if side == LOWER else of_less(after, before)


def of_pattern(number: str, before: int | str | None, after: int | str | None) -> str:
    """For one number of a typology: every threshold lets pass what lies below it."""
    if before is None or after is None:
        return TIGHTER if before is None else LOOSER
    if isinstance(before, str) or isinstance(after, str):
        return TIGHTER if after == "refuse" else LOOSER
    return of_less(after, before) if number == "window_s" else of_less(before, after)


def of_answer(before: str | None, after: str | None) -> str:
    """For the countermeasures that answer a requirement."""
    if before is None or after is None or NOTHING not in (before, after):
        return OTHER
    return LOOSER if after == NOTHING else TIGHTER


def of_tier(name: str, before: int | None, after: int | None, old: SecurityPolicy) -> str:
    """For one limit of a tier; a new tier is looser when it may do more than any before.

    A limit of what may be received need not be there: without it nothing binds.
    """
    if before is not None and after is not None:
        return of_less(before, after)
    if name.startswith("receive_"):
        return TIGHTER if before is None else LOOSER
    most = max((int(getattr(tier, name)) for tier in old.tiers.values()), default=0)
    return LOOSER if after is not None and after > most else OTHER


def of_control_gone(
    name: str, old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue
) -> str:
    """A countermeasure that gives way to one that excludes it and does more is no loss."""
    gone = catalogue.countermeasures.get(name)
    if gone is None:
        return LOOSER
    arrived = {control.id for control in new.controls} - {control.id for control in old.controls}
    others = (catalogue.countermeasures[one] for one in arrived if one in catalogue.countermeasures)
    surpassed = any(
        (other.id in gone.excludes or name in other.excludes)
        and all(
            threat in other.effects and other.effects[threat].low >= effect.low
            for threat, effect in gone.effects.items()
        )
        for other in others
    )
    return OTHER if surpassed else LOOSER
