"""What has to be chosen from, and what every choice must keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tallystick.analyse import RiskAnalysis, Scenario
from tallystick.decide.controls import (
    COVER_MAX,
    Candidate,
    Inapplicable,
    applicable_requirements,
    cover_of,
    find_candidates,
    needed_cover,
)
from tallystick.describe import Service, service_facts
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue
from tallystick.standard.model import Countermeasure, Nature, Requirement


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Candidates and scenarios by id, and the promises: requirements, appetites.

    `covers`: scenario id -> candidate id -> cover. `appetites`: scenario id -> expected loss a year
    that is accepted. `needs`: scenario id -> cover that it takes.
    `mandatory`: requirement id -> candidates of which at least one must be chosen.
    `portfolio`: whether the worst years have to stay within the appetite too, `paths`: whether
    every attack path has to.
    """

    service: Service
    analysis: RiskAnalysis
    candidates: Mapping[str, Candidate]
    inapplicable: Inapplicable
    scenarios: Mapping[str, Scenario]
    requirements: tuple[Requirement, ...]
    mandatory: Mapping[str, tuple[str, ...]]
    covers: Mapping[str, Mapping[str, int]]
    appetites: Mapping[str, int]
    needs: Mapping[str, int]
    portfolio: bool = True
    paths: bool = True

    @cached_property
    def barred(self) -> Mapping[str, frozenset[str]]:
        """Candidate id -> candidates that it cannot be chosen with, whoever of the two says so."""
        found: dict[str, set[str]] = {}
        for name, candidate in self.candidates.items():
            for other in candidate.control.excludes:
                if other in self.candidates:
                    found.setdefault(name, set()).add(other)
                    found.setdefault(other, set()).add(name)
        return {name: frozenset(others) for name, others in found.items()}

    def keeping(
        self,
        *,
        requirements: Collection[str],
        scenarios: Collection[str],
        portfolio: bool,
        paths: bool = False,
    ) -> Problem:
        """The same choice with these promises alone."""
        return replace(
            self,
            mandatory={n: c for n, c in self.mandatory.items() if n in requirements},
            needs={n: need if n in scenarios else 0 for n, need in self.needs.items()},
            portfolio=portfolio,
            paths=paths,
        )

    def controls(self, chosen: Collection[str]) -> list[Countermeasure]:
        return [self.candidates[name].control for name in sorted(chosen)]

    def burden(self, chosen: Collection[str]) -> int:
        return sum(self.candidates[name].burden for name in chosen)

    def cover(self, scenario: str, chosen: Collection[str]) -> int:
        """Greatest cover of each layer, added up: the exact rule that the programme linearises."""
        layers: dict[str, int] = {}
        for name, cover in self.covers[scenario].items():
            if name in chosen:
                layer = self.candidates[name].control.layer
                layers[layer] = max(layers.get(layer, 0), cover)
        return min(sum(layers.values()), COVER_MAX)


def pose_problem(service: Service, analysis: RiskAnalysis, catalogue: Catalogue) -> Problem:
    """Gather what one selection is made from. Requirements that no control can meet stay open.

    Refuses:  Misconfigured for prerequisites that run in a circle: no order of work meets them.
    """
    facts = service_facts(service)
    _refuse_circles(catalogue)
    candidates, inapplicable = find_candidates(catalogue, facts)
    by_id = {candidate.id: candidate for candidate in candidates}
    requirements = applicable_requirements(catalogue, facts)
    scenarios = {scenario.id: scenario for scenario in analysis.scenarios}
    accepted = {one.threat: one.up_to_minor for one in service.acceptances}
    appetites = {
        name: accepted.get(scenario.threat, service.appetite.scenario_minor)
        for name, scenario in scenarios.items()
    }
    return Problem(
        service=service,
        analysis=analysis,
        candidates=by_id,
        inapplicable=inapplicable,
        scenarios=scenarios,
        requirements=requirements,
        mandatory={**_demanded(service, requirements, by_id), **_compensated(service, by_id)},
        covers={name: _covers(scenario, candidates) for name, scenario in scenarios.items()},
        appetites=appetites,
        needs={
            name: needed_cover(
                expected_minor=scenario.expected_minor.mid,
                appetite_minor=appetites[name],
            )
            for name, scenario in scenarios.items()
        },
    )


def _demanded(
    service: Service, requirements: Iterable[Requirement], usable: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Every requirement that a countermeasure can meet, save where the owner makes an exception."""
    excepted = {exception.requirement for exception in service.exceptions}
    return {
        requirement.id: tuple(name for name in requirement.controls if name in usable)
        for requirement in requirements
        if requirement.nature is Nature.REQUIREMENT
        and requirement.controls
        and requirement.id not in excepted
    }


def _compensated(service: Service, usable: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What the owner puts in force instead of a requirement is as mandatory as the requirement."""
    return {
        f"{exception.requirement} (instead: {name})": (name,) if name in usable else ()
        for exception in service.exceptions
        for name in exception.compensation
    }


def _covers(scenario: Scenario, candidates: tuple[Candidate, ...]) -> dict[str, int]:
    covers = {c.id: cover_of(c.control, scenario.threat) for c in candidates}
    return {name: cover for name, cover in covers.items() if cover}


def _refuse_circles(catalogue: Catalogue) -> None:
    """Take away, again and again, what needs nothing that is left; a circle is what remains."""
    left = {name: set(one.requires) for name, one in catalogue.countermeasures.items()}
    while free := [name for name, needed in left.items() if needed.isdisjoint(left)]:
        for name in free:
            del left[name]
    if left:
        raise Misconfigured(
            f"prerequisites run in a circle: {', '.join(_circle(left))}",
            where="countermeasures",
            allowed="countermeasures that can be done one after the other",
        )


def _circle(left: Mapping[str, Collection[str]]) -> list[str]:
    path = [min(left)]
    while (following := min(set(left[path[-1]]).intersection(left))) not in path:
        path.append(following)
    return [*path[path.index(following) :], following]
