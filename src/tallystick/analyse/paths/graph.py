"""The attack graph: the catalogue's steps as far as this architecture gives them a place.

Whether a chain can be walked depends on areas. An attacker moves freely inside an area, and a step
takes place in the area where the attacker is or in one that a flow ties to it. So a chain is walked
with the *set* of areas in which the attacker may be, and is impossible once that set is empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tallystick.analyse.architecture import Architecture, Areas, Element, areas_of
from tallystick.analyse.paths.model import PPM, Rated
from tallystick.ground.errors import Defect
from tallystick.standard import OUTSIDE, POSITIONS, AttackStep

NAT = 1_000_000
"""Costs are -ln(chance) in whole millionths, so that the same paths come first everywhere."""


def cost_of(chance: float) -> int:
    """The cost of a step of this chance; of a first step, of so many events a year."""
    return round(-math.log(chance) * NAT)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Move:
    """A step that this architecture gives a place: its areas, its chance, its cost.

    A graph has one of each: they are told apart by identity, which is fast.
    `chance_ppm` of a move from outside is its events a year in ppm.
    """

    threat: str
    before: str
    after: str
    areas: int
    chance_ppm: int
    cost: int

    @property
    def name(self) -> str:
        return f"{self.threat} {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackGraph:
    """Moves by the position that they start from, and the architecture that they are walked in."""

    architecture: Architecture
    areas: Areas
    rated: Mapping[str, Rated]
    moves: Mapping[str, tuple[Move, ...]]
    places: Mapping[Move, tuple[Element, ...]]
    known: dict[tuple[Move, int], int] = field(default_factory=dict, repr=False)
    """What `walked` found out already."""
    dearest: dict[str, int] = field(default_factory=dict, repr=False)
    """What `dearest_to` found out already."""

    def move(self, threat: str, before: str, after: str) -> Move:
        """A move of this graph by its threat and positions. Refuses: Defect when it has none."""
        for move in self.moves.get(before, ()):
            if (move.threat, move.after) == (threat, after):
                return move
        raise Defect(f"no step from {before} to {after} by {threat}")

    def goals(self) -> tuple[Rated, ...]:
        """Threats that hit something of value and can follow another step."""
        names = {move.threat for name in self.moves if name != OUTSIDE for move in self.moves[name]}
        return tuple(
            self.rated[name]
            for name in sorted(names)
            if self.rated[name].end and self.rated[name].event_minor
        )

    def walked(self, move: Move, areas: int) -> int:
        """Where an attacker may be after a move from one of these areas; 0 when it is impossible.

        A first step may take place wherever there is something to attack.
        """
        if move.before == OUTSIDE:
            return move.areas
        key = (move, areas)
        if key not in self.known:
            self.known[key] = move.areas & self.areas.reach(areas)
        return self.known[key]

    def steps_to(self) -> dict[str, int]:
        """Element -> fewest steps by which an attacker from outside holds a position at it."""
        found: dict[str, int] = {}
        for count, gained in enumerate(self._layers(), start=1):
            for move, areas in gained:
                for element in self.places[move]:
                    if areas >> self.areas.of[element.id] & 1:
                        found.setdefault(element.id, count)
        return found

    def walkable(self) -> AttackGraph:
        """The same graph without the moves that no chain from outside comes to."""
        gained = {move for layer in self._layers() for move, _ in layer}
        kept = {
            name: tuple(move for move in moves if move in gained)
            for name, moves in self.moves.items()
        }
        return replace(self, moves={name: moves for name, moves in kept.items() if moves})

    def _layers(self) -> Iterator[list[tuple[Move, int]]]:
        """Breadth first: the moves of each further step with where they may lead, until no
        position is held anywhere new."""
        held, grown = {OUTSIDE: 0}, [OUTSIDE]
        while grown:
            layer = [
                (move, areas)
                for name in grown
                for move in self.moves.get(name, ())
                if (areas := self.walked(move, held[name]))
            ]
            yield layer
            new = [(move.after, areas) for move, areas in layer if areas & ~held.get(move.after, 0)]
            for name, areas in new:
                held[name] = held.get(name, 0) | areas
            grown = sorted({name for name, _ in new})


def attack_graph(
    architecture: Architecture, steps: Iterable[AttackStep], rated: Iterable[Rated]
) -> AttackGraph:
    """Give the steps of the threats that apply a place in an architecture."""
    areas, known = areas_of(architecture), {one.threat: one for one in rated}
    moves: dict[str, list[Move]] = {}
    places: dict[Move, tuple[Element, ...]] = {}
    for step in steps:
        there = _places(architecture, step)
        if step.threat in known and there:
            move = _move(step, known[step.threat], there, areas)
            if move.chance_ppm:
                moves.setdefault(step.before, []).append(move)
                places[move] = there
    drawn = AttackGraph(
        architecture=architecture,
        areas=areas,
        rated=known,
        moves={name: tuple(found) for name, found in moves.items()},
        places=places,
    )
    return drawn.walkable()


def _places(architecture: Architecture, step: AttackStep) -> tuple[Element, ...]:
    """The elements at which a step can gain its position; a drawn one may be of any environment."""
    kinds = POSITIONS[step.after].kinds
    return tuple(
        element
        for element in architecture.elements
        if element.kind in kinds
        and (not step.environment or element.environment in ("", step.environment))
    )


def _move(step: AttackStep, rated: Rated, there: Iterable[Element], areas: Areas) -> Move:
    if step.onward is None:
        chance_ppm = rated.frequency_ppm
    else:
        chance_ppm = max(round(math.sqrt(step.onward.low * step.onward.high) * PPM), 1)
    found = 0
    for element in there:
        found |= 1 << areas.of[element.id]
    return Move(
        threat=step.threat,
        before=step.before,
        after=step.after,
        areas=found,
        chance_ppm=chance_ppm,
        cost=cost_of(chance_ppm / PPM) if chance_ppm else 0,
    )
