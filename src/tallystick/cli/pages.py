"""A plan as the page that people read, with its study where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Plan


def page_of(
    plan: Plan, *, study: bool = True, budget_days: int | None = None, as_of: str = ""
) -> str:
    """The page of a plan. Refuses: Misconfigured for a day that is none and a budget without study.

    Takes: `budget_days`, person-days a year; the page says what they would buy.
    """
    from tallystick.decide import best_within, study_selection
    from tallystick.prove.report import render_plan

    if budget_days is not None and not study:
        raise Misconfigured("a budget needs a study", allowed="--budget without --no-study")
    return render_plan(
        plan,
        study=study_selection(plan) if study else None,
        budget=None
        if budget_days is None
        else best_within(plan, burden_millidays=budget_days * 1000),
        as_of=as_of,
    )
