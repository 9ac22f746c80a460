"""Finding paths: the likeliest to one goal first, the costliest of all goals first.

Best first (A*): a chain is ordered by its own cost and the least that any way on can cost, so the
paths of one goal come out in the order of their likelihood and nothing is drawn up beyond those
that are asked for. The loss of an event is the goal's, so the likeliest path to a goal is also its
costliest. The goals are searched one after the other, the dearest first, and each search ends where
no way on can be among the costliest of all: those are found exactly.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain as one_after_other
from itertools import islice
from typing import NamedTuple

from tallystick.analyse.paths.graph import AttackGraph, Move, cost_of
from tallystick.analyse.paths.model import PPM, AttackPath, Rated, Step, path_id
from tallystick.ground.errors import Defect
from tallystick.ground.money import AMOUNT_MINOR_MAX
from tallystick.standard import OUTSIDE

STEPS_MAX = 6
"""Longer chains are not looked at: each further step makes them rarer and harder to believe."""
PATHS_MAX = 40
"""So many paths, the costliest, stand in an analysis."""
_DIGITS = 6
_HAIR = 100
"""Of cost: more than rounding can shift a path of the longest kind."""
_HALF = 0.5

Shares = Mapping[str, float]
"""Scenario id -> share of its events that remains, above 0 and at most 1."""


class _Chain(NamedTuple):
    """Ordered by what it will cost at least, then by its steps in words: the same everywhere."""

    least: int
    names: tuple[str, ...]
    moves: tuple[Move, ...]
    cost: int
    areas: int


def costliest_paths(
    graph: AttackGraph, shares: Shares | None = None, *, most: int = PATHS_MAX
) -> tuple[AttackPath, ...]:
    """The paths of greatest expected loss when these shares of each scenario's events remain."""
    shares = shares or {}
    extra, best, found = _share_costs(graph, shares), _Best(most), list[AttackPath]()
    ways = [_likeliest(graph, goal, shares, extra, best) for goal in graph.goals()]
    left = [(path, way) for way in ways for path in islice(way, 1)]
    best.saw(path for path, _ in left)
    for first, way in sorted(left, key=lambda one: (-one[0].expected_minor, one[0].id)):
        for path in one_after_other((first,), way):
            if path.expected_minor < best.minor:
                break
            found.append(path)
            if path is not first:
                best.saw((path,))
    return tuple(sorted(found, key=lambda path: (-path.expected_minor, path.id))[:most])


class _Floor:
    """What a path must cost at least to be of interest."""

    def __init__(self, minor: float) -> None:
        self.minor = minor


class _Best(_Floor):
    """What a path must cost to be among so many of those that were seen."""

    def __init__(self, most: int) -> None:
        super().__init__(0.0)
        self._most = most
        self._costs: list[int] = []

    def saw(self, paths: Iterable[AttackPath]) -> None:
        for path in paths:
            heapq.heappush(self._costs, path.expected_minor)
            if len(self._costs) > self._most:
                heapq.heappop(self._costs)
        if self._costs and len(self._costs) == self._most:
            self.minor = self._costs[0]


def likeliest_to(
    graph: AttackGraph, goal: str, shares: Shares | None = None, *, least_minor: float = 0.0
) -> Iterator[AttackPath]:
    """Every path to one threat, the likeliest first, drawn up as they are asked for.

    Takes:   the least expected loss that is asked for; a path of less may come out or not.
    Refuses: Defect for a share that is not above 0 and at most 1.
    """
    shares = shares or {}
    extra = _share_costs(graph, shares)
    return _likeliest(graph, graph.rated[goal], shares, extra, _Floor(least_minor))


def _likeliest(
    graph: AttackGraph,
    goal: Rated,
    shares: Shares,
    extra: Mapping[str, int],
    floor: _Floor,
) -> Iterator[AttackPath]:
    """The search behind both: it ends where no way on can cost as much as the floor."""
    least = _least_to_go(graph, goal.threat, extra)
    left = _begun(graph, goal.threat, extra, least)
    heapq.heapify(left)
    while left:
        chain = heapq.heappop(left)
        if chain.least > _limit(goal, floor.minor):
            return
        if chain.moves[-1].threat == goal.threat:
            yield _path(graph, chain, shares)
        elif len(chain.moves) < STEPS_MAX:
            for longer in _longer(graph, chain, goal.threat, extra, least):
                heapq.heappush(left, longer)


def _limit(goal: Rated, floor: float) -> float:
    """The cost beyond which a path is worth less than the floor, as losses and costs are rounded:
    half a minor unit and a hair more."""
    if floor <= _HALF or not goal.event_minor:
        return math.inf
    return cost_of((floor - _HALF) / goal.event_minor) + _HAIR


def dearest_to(graph: AttackGraph, goal: str) -> int:
    """Expected loss of the costliest path to one threat before any countermeasure; 0 for none."""
    if goal not in graph.dearest:
        path = next(likeliest_to(graph, goal), None)
        graph.dearest[goal] = path.expected_minor if path else 0
    return graph.dearest[goal]


def before_controls(graph: AttackGraph, path: AttackPath) -> AttackPath:
    """A path with the figures that it has before any countermeasure."""
    held = [OUTSIDE, *(step.gains for step in path.steps)]
    moves = [
        graph.move(step.threat, before, step.gains)
        for before, step in zip(held, path.steps, strict=False)
    ]
    events = _events(graph, moves, {})
    return replace(
        path,
        frequency_ppm=_whole(events * PPM),
        expected_minor=_whole(events * path.event_minor),
    )


def _share_costs(graph: AttackGraph, shares: Shares) -> dict[str, int]:
    costs = {}
    for threat, rated in graph.rated.items():
        share = shares.get(rated.scenario, 1.0)
        if not 0.0 < share <= 1.0:
            raise Defect(f"{rated.scenario} cannot keep a share of {share} of its events")
        costs[threat] = cost_of(share)
    return costs


def _least_to_go(graph: AttackGraph, goal: str, extra: Mapping[str, int]) -> dict[str, int]:
    """Position -> least cost of any way on to the goal, whatever was done before."""
    into: dict[str, list[tuple[int, str]]] = {}
    left: list[tuple[int, str]] = []
    for name, moves in graph.moves.items():
        if name != OUTSIDE:
            for move in moves:
                cost = move.cost + extra[move.threat]
                if move.threat == goal:
                    left.append((cost, name))
                else:
                    into.setdefault(move.after, []).append((cost, name))
    heapq.heapify(left)
    least: dict[str, int] = {}
    while left:
        cost, name = heapq.heappop(left)
        if name not in least:
            least[name] = cost
            for step, before in into.get(name, ()):
                heapq.heappush(left, (cost + step, before))
    return least


def _begun(
    graph: AttackGraph, goal: str, extra: Mapping[str, int], least: Mapping[str, int]
) -> list[_Chain]:
    """Chains of a first step from outside; the goal alone would be a scenario, not a path."""
    return [
        _Chain(cost + least[move.after], (move.name,), (move,), cost, move.areas)
        for move in graph.moves.get(OUTSIDE, ())
        if move.threat != goal and move.after in least
        for cost in (move.cost + extra[move.threat],)
    ]


def _longer(
    graph: AttackGraph,
    chain: _Chain,
    goal: str,
    extra: Mapping[str, int],
    least: Mapping[str, int],
) -> Iterator[_Chain]:
    """A chain with one more step: no threat and no position twice."""
    held, used = {move.after for move in chain.moves}, {move.threat for move in chain.moves}
    for move in graph.moves.get(chain.moves[-1].after, ()):
        ends = move.threat == goal
        if move.threat in used or move.after in held or not (ends or move.after in least):
            continue
        areas = graph.walked(move, chain.areas)
        if areas:
            cost = chain.cost + move.cost + extra[move.threat]
            to_go = 0 if ends else least[move.after]
            names = (*chain.names, move.name)
            yield _Chain(cost + to_go, names, (*chain.moves, move), cost, areas)


def _path(graph: AttackGraph, chain: _Chain, shares: Shares) -> AttackPath:
    goal = graph.rated[chain.moves[-1].threat]
    events = _events(graph, chain.moves, shares)
    return AttackPath(
        id=path_id(((move.threat, move.after) for move in chain.moves), goal.end),
        steps=_route(graph, chain.moves),
        target=goal.end,
        frequency_ppm=_whole(events * PPM),
        event_minor=goal.event_minor,
        expected_minor=_whole(events * goal.event_minor),
    )


def _events(graph: AttackGraph, moves: Iterable[Move], shares: Shares) -> float:
    """Events a year of a chain of moves when these shares remain."""
    events = 1.0
    for move in moves:
        events *= move.chance_ppm / PPM * shares.get(graph.rated[move.threat].scenario, 1.0)
    return events


def _route(graph: AttackGraph, moves: tuple[Move, ...]) -> tuple[Step, ...]:
    """One way through the elements, told from its end: of several, the first by id."""
    walked, areas = [], 0
    for move in moves:
        areas = graph.walked(move, areas)
        walked.append(areas)
    steps: list[Step] = []
    for move, there in zip(reversed(moves), reversed(walked), strict=True):
        element = next(e for e in graph.places[move] if there >> graph.areas.of[e.id] & 1)
        steps.append(Step(threat=move.threat, at=element.id, gains=move.after))
        before = len(walked) - len(steps) - 1
        if before >= 0:
            walked[before] &= graph.areas.near[graph.areas.of[element.id]]
    return tuple(reversed(steps))


def _whole(value: float) -> int:
    """A whole number of six significant digits: more would differ between machines."""
    return min(round(float(f"{value:.{_DIGITS}g}")), AMOUNT_MINOR_MAX)
