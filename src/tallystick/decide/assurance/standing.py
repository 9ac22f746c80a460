"""The loss of a year on the evidence of a day: what is only planned prevents nothing yet."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.analyse import AnnualLoss
from tallystick.decide.assurance.plan import Plan
from tallystick.decide.controls import STANDING_PERMILLE, remaining_shares
from tallystick.describe import standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingLoss:
    """How many of the countermeasures in force count for something on a day, of how many, and what
    a year then costs."""

    shown: int
    whole: int
    loss: AnnualLoss


def standing_loss(plan: Plan, *, as_of: str) -> StandingLoss | None:
    """The loss that the claims of the service file leave on a day (YYYY-MM-DD).

    Each effect counts by the state of its evidence (see decide.controls.STANDING_PERMILLE), so a
    certificate that has expired raises the figure. None when the file claims nothing.
    """
    if not plan.service.claims:
        return None
    standing = standing_of(plan.service, as_of=as_of)
    chosen = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    shares = remaining_shares(plan.analysis.scenarios, chosen, standing)
    return StandingLoss(
        shown=sum(STANDING_PERMILLE[standing.get(one.id, "planned")] > 0 for one in chosen),
        whole=len(chosen),
        loss=plan.analysis.residual(shares),
    )
