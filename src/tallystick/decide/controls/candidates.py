"""The countermeasures that this service can use, and why it cannot use the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.standard import Catalogue
from tallystick.standard.conditions import parse_condition
from tallystick.standard.model import Countermeasure, Nature, Requirement
from tallystick.standard.vocabulary import ServiceFacts

BUILD_YEARS = 3
"""Over so many years the work of building is spread."""
FRICTION_MILLIDAYS = 1_000
"""What one point of customers' friction weighs, in thousandths of a person-day a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A countermeasure that may be chosen; `burden` is work and friction a year, in thousandths of
    a person-day."""

    control: Countermeasure
    burden: int

    @property
    def id(self) -> str:
        return self.control.id

    @property
    def work_millidays(self) -> int:
        return self.burden - self.control.cost.friction * FRICTION_MILLIDAYS


Inapplicable = Mapping[str, str]
"""Countermeasure id -> why it cannot be used here."""


def find_candidates(
    catalogue: Catalogue, facts: ServiceFacts
) -> tuple[tuple[Candidate, ...], Inapplicable]:
    """Candidates sorted by id. What needs a control that cannot be used cannot be used either."""
    away = {
        control.id: f"not for this service: needs {control.applies}"
        for control in catalogue.countermeasures.values()
        if not parse_condition(control.applies, where=f"countermeasure {control.id}").holds(facts)
    }
    while more := _stranded(catalogue, away):
        away.update(more)
    usable = [catalogue.countermeasures[name] for name in sorted(catalogue.countermeasures)]
    candidates = tuple(
        Candidate(control=control, burden=burden_of(control))
        for control in usable
        if control.id not in away
    )
    return candidates, away


def _stranded(catalogue: Catalogue, away: Mapping[str, str]) -> dict[str, str]:
    return {
        control.id: f"not for this service: needs {needed}, which is not for it"
        for control in catalogue.countermeasures.values()
        for needed in control.requires
        if control.id not in away and needed in away
    }


def burden_of(control: Countermeasure) -> int:
    """Work a year, building spread over three years, and friction; thousandths of a person-day."""
    cost = control.cost
    build = -(-cost.build_days * 1000 // BUILD_YEARS)
    return build + cost.run_days * 1000 + cost.friction * FRICTION_MILLIDAYS


def applicable_requirements(catalogue: Catalogue, facts: ServiceFacts) -> tuple[Requirement, ...]:
    """Requirements and recommendations that apply, by id; descriptions are never assessed."""
    return tuple(
        catalogue.requirements[name]
        for name in sorted(catalogue.requirements)
        if catalogue.requirements[name].nature is not Nature.DESCRIPTION
        and parse_condition(
            catalogue.requirements[name].applies, where=f"requirement {name}"
        ).holds(facts)
    )
