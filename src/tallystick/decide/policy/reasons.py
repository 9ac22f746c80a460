"""Why a countermeasure was left out: proportionality has to be shown, not claimed."""

from __future__ import annotations

from tallystick.decide.controls import Candidate
from tallystick.decide.policy.model import SECOND_LOOK
from tallystick.decide.selection import OneMore, Problem, Selection, work_cost_minor
from tallystick.ground.money import Amount
from tallystick.standard import Nature, Requirement


def declined_with_reasons(problem: Problem, selection: Selection) -> dict[str, str]:
    """Countermeasures and recommendations that are not followed, each with the reason."""
    reasons, more = dict(problem.inapplicable), OneMore(problem, selection)
    for name, candidate in problem.candidates.items():
        if name not in selection.chosen:
            reasons[name] = _reason(problem, selection, candidate, more)
    for requirement in problem.requirements:
        if requirement.nature is Nature.RECOMMENDATION and not answered(requirement, selection):
            reasons[requirement.id] = _unfollowed(requirement)
    return dict(sorted(reasons.items()))


def answered(requirement: Requirement, selection: Selection) -> tuple[str, ...]:
    """The chosen controls that answer a requirement."""
    return tuple(name for name in requirement.controls if name in selection.chosen)


def _reason(problem: Problem, selection: Selection, candidate: Candidate, more: OneMore) -> str:
    for other in candidate.control.excludes:
        if other in selection.chosen:
            return f"excludes {other}, which is in force"
    saved = more.avoided_minor(candidate)
    cost = work_cost_minor(problem, candidate)
    told = (
        f"every promise is kept without it; it would take {_days(candidate.burden)} person-days a "
        f"year with its friction, {_money(problem, cost)} of work, and prevent "
        f"{_money(problem, saved)} a year"
    )
    return f"{told}; {SECOND_LOOK}" if saved > cost else told


def _unfollowed(requirement: Requirement) -> str:
    if not requirement.controls:
        return "no countermeasure of the catalogue follows this recommendation"
    if len(requirement.controls) == 1:
        return f"not followed: {requirement.controls[0]} left out, see there"
    return f"not followed: {', '.join(requirement.controls)} left out, each for its own reason"


def _days(millidays: int) -> str:
    return f"{millidays // 1000}.{millidays % 1000 // 100}"


def _money(problem: Problem, minor: int) -> str:
    return str(Amount(minor=minor, currency=problem.service.currency))
