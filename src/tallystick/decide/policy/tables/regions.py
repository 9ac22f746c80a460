"""Neighbouring cells told as one: intervals that touch, words that share a fate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tallystick.decide.policy.tables.model import Condition, Domain, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A block of cells with the same two answers; `smallest` is its first cell by labels."""

    inputs: tuple[Condition, ...]
    smallest: tuple[str | int, ...]
    before: str
    after: str

    @classmethod
    def of_cell(
        cls, cell: Sequence[int], domains: Sequence[Domain], *, before: str, after: str
    ) -> Region:
        """One cell alone."""
        pairs = list(zip(domains, cell, strict=True))
        return cls(
            inputs=tuple(_condition(domain, index) for domain, index in pairs),
            smallest=tuple(domain.label(index) for domain, index in pairs),
            before=before,
            after=after,
        )


def merged(regions: Sequence[Region], domains: Sequence[Domain]) -> list[Region]:
    """The same cells in fewer regions: numbers first, then words from the last domain on."""
    found = list(regions)
    places = range(len(domains))
    for place in sorted(places, key=lambda place: (not domains[place].cuts, -place)):
        found = _merge_along(found, place)
    return found


def _merge_along(regions: list[Region], place: int) -> list[Region]:
    kept: dict[tuple[object, ...], list[Region]] = {}
    for region in regions:
        others = (*region.inputs[:place], *region.inputs[place + 1 :])
        same = kept.setdefault((others, region.before, region.after), [])
        joined = _joined(same[-1].inputs[place], region.inputs[place]) if same else None
        if joined is None:
            same.append(region)
        else:
            inputs = (*region.inputs[:place], joined, *region.inputs[place + 1 :])
            same[-1] = replace(same[-1], inputs=inputs)
    return [region for same in kept.values() for region in same]


def _joined(one: Condition, two: Condition) -> Condition | None:
    """One condition for both, or None for spans that do not touch."""
    if isinstance(one, Span) and isinstance(two, Span):
        touch = one.most is not None and one.most + 1 == two.least
        return Span(least=one.least, most=two.most) if touch else None
    if isinstance(one, Span) or isinstance(two, Span):
        return None
    return (*one, *two)


def _condition(domain: Domain, index: int) -> Condition:
    if domain.words:
        return (domain.words[index],)
    last = index + 1 == len(domain.cuts)
    return Span(least=domain.cuts[index], most=None if last else domain.cuts[index + 1] - 1)
