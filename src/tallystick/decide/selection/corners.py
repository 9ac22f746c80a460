"""What the choice rests on: the same problem with effects at other ends of what is believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from tallystick.decide.controls import Candidate, cover_of
from tallystick.decide.selection.choose import select_controls
from tallystick.decide.selection.problem import Problem
from tallystick.standard.model import Countermeasure, Interval

LOW, MID, HIGH = "low", "mid", "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """A countermeasure that is chosen only when effects are taken at some of the corners."""

    control: str
    chosen_at: tuple[str, ...]


def chosen_at_corners(problem: Problem, chosen: Collection[str]) -> Mapping[str, frozenset[str]]:
    """What is chosen when every effect is low (as planned), in the middle, and high."""
    return {
        LOW: frozenset(chosen),
        MID: frozenset(select_controls(at_corner(problem, MID)).chosen),
        HIGH: frozenset(select_controls(at_corner(problem, HIGH)).chosen),
    }


def core_of(corners: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Chosen whatever the effects are: the robust core."""
    return tuple(sorted(frozenset.intersection(*corners.values())))


def swings_of(corners: Mapping[str, frozenset[str]]) -> tuple[Swing, ...]:
    everything = frozenset[str]().union(*corners.values())
    return tuple(
        Swing(control=name, chosen_at=tuple(at for at, chosen in corners.items() if name in chosen))
        for name in sorted(everything.difference(core_of(corners)))
    )


def at_corner(problem: Problem, corner: str) -> Problem:
    """The same problem, effects taken at one corner of their intervals."""
    candidates = {
        name: replace(candidate, control=_at(candidate.control, corner))
        for name, candidate in problem.candidates.items()
    }
    return replace(
        problem,
        candidates=candidates,
        covers={name: _covers(problem, candidates, name) for name in problem.scenarios},
    )


def _at(control: Countermeasure, corner: str) -> Countermeasure:
    effects = {threat: _taken(effect, corner) for threat, effect in control.effects.items()}
    return replace(control, effects=effects)


def _taken(effect: Interval, corner: str) -> Interval:
    share = {LOW: effect.low, MID: (effect.low + effect.high) / 2, HIGH: effect.high}[corner]
    return Interval(low=share, high=effect.high)


def _covers(problem: Problem, candidates: Mapping[str, Candidate], scenario: str) -> dict[str, int]:
    threat = problem.scenarios[scenario].threat
    covers = {name: cover_of(one.control, threat) for name, one in candidates.items()}
    return {name: cover for name, cover in covers.items() if cover}
