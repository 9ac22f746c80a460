"""Proportionality: what one more countermeasure would still prevent, and what its work costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tallystick.decide.controls import Candidate, expected_after, remaining_shares
from tallystick.decide.selection.choose import Selection
from tallystick.decide.selection.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A countermeasure left out, although it could be used: why that is in proportion.

    `burden_millidays` is work and friction a year, `work_minor` what the work costs,
    `avoided_minor` the expected loss of a year that it would still prevent. `worth`: it prevents
    more than its work costs.
    """

    control: str
    burden_millidays: int
    work_minor: int
    avoided_minor: int
    worth: bool


def declined_controls(problem: Problem, selection: Selection) -> tuple[Declined, ...]:
    """Every candidate that was not chosen, by id."""
    return tuple(
        _declined(problem, selection, problem.candidates[name])
        for name in sorted(problem.candidates)
        if name not in selection.chosen
    )


def _declined(problem: Problem, selection: Selection, candidate: Candidate) -> Declined:
    work, avoided = (
        work_cost_minor(problem, candidate),
        avoided_minor(problem, selection, candidate),
    )
    return Declined(
        control=candidate.id,
        burden_millidays=candidate.burden,
        work_minor=work,
        avoided_minor=avoided,
        worth=avoided > work,
    )


def avoided_minor(problem: Problem, selection: Selection, candidate: Candidate) -> int:
    """Expected loss of a year that one more countermeasure would still prevent."""
    controls = [*problem.controls(selection.chosen), candidate.control]
    shares = remaining_shares(problem.analysis.scenarios, controls)
    before = expected_after(problem.analysis.scenarios, selection.shares)
    return max(round(before - expected_after(problem.analysis.scenarios, shares)), 0)


def work_cost_minor(problem: Problem, candidate: Candidate) -> int:
    """What the work of a year costs, friction apart."""
    day = problem.service.volumes.person_day_cost_minor
    return math.ceil(candidate.work_millidays * day / 1000)
