"""Areas: parts of an architecture inside which data flows without crossing a trust boundary."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tallystick.analyse.architecture.model import Architecture
from tallystick.standard.positions import CARRIERS

_AT_START = {"public": 0, "customer": 1, "partner": 1}
"""Boundaries to cross from outside to zones that lie next to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Areas by number. Sets of areas are whole numbers, one bit for each.

    `of`: element -> its area. `near`: area -> itself and the areas that a flow ties it to, directly
    or through networks that only carry.
    `with_kind`: kind of element -> the areas that have one. `boundaries`: area -> fewest trust
    boundaries between it and the outside; None where no flow leads there.
    """

    of: Mapping[str, int]
    near: tuple[int, ...]
    with_kind: Mapping[str, int]
    boundaries: tuple[int | None, ...]

    def holding(self, kinds: Iterable[str]) -> int:
        """The areas that have an element of one of these kinds."""
        found = 0
        for kind in kinds:
            found |= self.with_kind.get(kind, 0)
        return found

    def reach(self, areas: int) -> int:
        """These areas and all that are near one of them."""
        found = 0
        for area in bits(areas):
            found |= self.near[area]
        return found


def bits(areas: int) -> Iterator[int]:
    """The numbers of a set of areas, from the lowest.

    >>> list(bits(0b1101))
    [0, 2, 3]
    """
    while areas:
        lowest = areas & -areas
        yield lowest.bit_length() - 1
        areas ^= lowest


def areas_of(architecture: Architecture) -> Areas:
    """Join the elements of a zone that flows connect, and look which areas touch."""
    zone = {element.id: element.zone for element in architecture.elements}
    of = _joined(architecture, zone)
    count = max(of.values(), default=-1) + 1
    near = [1 << area for area in range(count)]
    for flow in architecture.flows:
        one, two = of[flow.source], of[flow.target]
        near[one] |= 1 << two
        near[two] |= 1 << one
    with_kind: dict[str, int] = {}
    for element in architecture.elements:
        with_kind[element.kind] = with_kind.get(element.kind, 0) | 1 << of[element.id]
    zones = [""] * count
    for element in architecture.elements:
        zones[of[element.id]] = element.zone
    return Areas(
        of=of,
        near=_carried(near, _carriers(architecture, of)),
        with_kind=with_kind,
        boundaries=_boundaries(zones, near),
    )


def _joined(architecture: Architecture, zone: Mapping[str, str]) -> dict[str, int]:
    """Element -> number of its area, numbered in the order of the elements."""
    above = {element.id: element.id for element in architecture.elements}

    def top(name: str) -> str:
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    for flow in architecture.flows:
        if zone[flow.source] == zone[flow.target]:
            one, two = sorted((top(flow.source), top(flow.target)))
            above[two] = one
    numbers: dict[str, int] = {}
    return {
        element.id: numbers.setdefault(top(element.id), len(numbers))
        for element in architecture.elements
    }


def _carriers(architecture: Architecture, of: Mapping[str, int]) -> int:
    """The areas in which there is nothing but networks: whoever is near one reaches through it."""
    found = others = 0
    for element in architecture.elements:
        if element.kind in CARRIERS:
            found |= 1 << of[element.id]
        else:
            others |= 1 << of[element.id]
    return found & ~others


def _carried(near: list[int], carriers: int) -> tuple[int, ...]:
    """What is near an area when networks that only carry are seen through."""
    reached = []
    for found in near:
        left = found & carriers
        passed = 0
        while left:
            area = (left & -left).bit_length() - 1
            passed |= 1 << area
            found |= near[area]
            left = found & carriers & ~passed
        reached.append(found)
    return tuple(reached)


def _boundaries(zones: list[str], near: list[int]) -> tuple[int | None, ...]:
    """From outside inwards, the nearest first: each flow between areas crosses one boundary."""
    found: dict[int, int] = {}
    left = [(_AT_START[zone], area) for area, zone in enumerate(zones) if zone in _AT_START]
    heapq.heapify(left)
    while left:
        distance, area = heapq.heappop(left)
        if area not in found:
            found[area] = distance
            for other in bits(near[area]):
                heapq.heappush(left, (distance + 1, other))
    return tuple(found.get(area) for area in range(len(zones)))
