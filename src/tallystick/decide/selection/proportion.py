"""Proportionality: what one more countermeasure would still prevent, and what its work costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tallystick.analyse import Scenario
from tallystick.decide.controls import Candidate, expected_after, share_left, strongest_of
from tallystick.decide.selection.choose import Selection
from tallystick.decide.selection.problem import Problem
from tallystick.standard.model import Countermeasure, Layer


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
    more = OneMore(problem, selection)
    return tuple(
        _declined(problem, more, problem.candidates[name])
        for name in sorted(problem.candidates)
        if name not in selection.chosen
    )


def _declined(problem: Problem, more: OneMore, candidate: Candidate) -> Declined:
    work, avoided = work_cost_minor(problem, candidate), more.avoided_minor(candidate)
    return Declined(
        control=candidate.id,
        burden_millidays=candidate.burden,
        work_minor=work,
        avoided_minor=avoided,
        worth=avoided > work,
    )


class OneMore:
    """A choice, and what any one more countermeasure would change in it."""

    def __init__(self, problem: Problem, selection: Selection) -> None:
        self._shares = selection.shares
        self._strongest = strongest_of(problem.controls(selection.chosen))
        self._scenarios = {one.threat: one for one in problem.analysis.scenarios}
        self._shocks: dict[str, list[Scenario]] = {}
        for scenario in problem.analysis.scenarios:
            for burst in scenario.shock:
                self._shocks.setdefault(burst.scenario, []).append(scenario)

    def avoided_minor(self, candidate: Candidate) -> int:
        """Expected loss of a year that one more countermeasure would still prevent."""
        changed = self._changed(candidate.control)
        touched = {name: self._scenarios[threat] for threat, name, _ in changed}
        for _, name, _ in changed:
            touched |= {shock.id: shock for shock in self._shocks.get(name, ())}
        shares = {**self._shares, **{name: share for _, name, share in changed}}
        before = expected_after(touched.values(), self._shares)
        return max(round(before - expected_after(touched.values(), shares)), 0)

    def _changed(self, control: Countermeasure) -> list[tuple[str, str, float]]:
        """Threat, scenario and remaining share, where less would remain."""
        found = []
        for (threat, layer), strength in strongest_of([control]).items():
            if strength > self._strongest.get((threat, layer), 0.0) and threat in self._scenarios:
                layers = {
                    one: self._strongest[threat, one]
                    for one in Layer
                    if (threat, one) in self._strongest
                }
                share = share_left({**layers, layer: strength}.values())
                found.append((threat, self._scenarios[threat].id, share))
        return found


def work_cost_minor(problem: Problem, candidate: Candidate) -> int:
    """What the work of a year costs, friction apart."""
    day = problem.service.volumes.person_day_cost_minor
    return math.ceil(candidate.work_millidays * day / 1000)
