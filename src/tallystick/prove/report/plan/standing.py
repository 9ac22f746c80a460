"""The loss of a year on the evidence of a day: what is only planned prevents nothing yet."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.describe import standing_of
from tallystick.prove.report.words import money

_SHOWN = ("self_declared", "tested", "certified")


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
    if not as_of or not plan.service.claims:
        return None
    standing = standing_of(plan.service, as_of=as_of)
    chosen = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    left = plan.analysis.residual(remaining_shares(plan.analysis.scenarios, chosen, standing))
    return Standing(
        shown=sum(standing.get(one.id) in _SHOWN for one in chosen),
        whole=len(chosen),
        mean=money(left.mean_minor, plan.policy.currency),
        var_95=money(left.var_95_minor, plan.policy.currency),
        var_99=money(left.var_99_minor, plan.policy.currency),
    )
