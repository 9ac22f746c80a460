"""The loss of a year on the evidence of a day: what is only planned prevents nothing yet."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decide import Plan, standing_loss
from tallystick.prove.report.words import money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many of the countermeasures in force are shown on a day, and what a year then costs."""

    shown: int
    whole: int
    mean: str
    var_95: str
    var_99: str


def weigh_evidence(plan: Plan, *, as_of: str) -> Standing | None:
    """The loss that the claims of the service file leave; None without a day or without claims."""
    standing = standing_loss(plan, as_of=as_of) if as_of else None
    if standing is None:
        return None
    return Standing(
        shown=standing.shown,
        whole=standing.whole,
        mean=money(standing.loss.mean_minor, plan.policy.currency),
        var_95=money(standing.loss.var_95_minor, plan.policy.currency),
        var_99=money(standing.loss.var_99_minor, plan.policy.currency),
    )
