"""A plan as the page that people read, with its study where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tallystick.decide import Plan
    from tallystick.prove.report import Study


def page_of(plan: Plan, *, study: bool = True, as_of: str = "") -> str:
    """The page of a plan. Refuses: Misconfigured for a day that is none."""
    from tallystick.prove.report import render_plan

    return render_plan(plan, study=_study(plan) if study else None, as_of=as_of)


def _study(plan: Plan) -> Study | None:
    """The study of the choice, where this version makes one."""
    from tallystick import decide

    make = getattr(decide, "study_selection", None)
    return make(plan) if make else None
