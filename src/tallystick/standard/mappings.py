"""Mappings: how a requirement relates to an entry of a public framework (NIST IR 8477).

A relationship compares what two entries ask for as if both were sets: it says what is known for
certain. Composed relationships never say more than the chain proves (`compose`), and looking from
the other side turns subset and superset round (`reverse`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Relationship(StrEnum):
    """What one entry asks for, compared with what another asks for. No relationship: no mapping."""

    EQUAL = "equal"
    SUBSET = "subset"
    """The first asks for a part of what the second asks for."""
    SUPERSET = "superset"
    """The first asks for all of what the second asks for, and more."""
    INTERSECTS = "intersects"
    """Both share something; nothing more is claimed."""


class Rationale(StrEnum):
    """By what two entries were compared."""

    SYNTACTIC = "syntactic"
    """By their wording."""
    SEMANTIC = "semantic"
    """By their meaning."""
    FUNCTIONAL = "functional"
    """By what is reached when they are followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """A public framework in one edition: which references it has, and what of it is here.

    `names` are how people call it. `highest`: beginning of a reference -> highest number after it,
    `withdrawn` left out; when it is empty, `titles` and `others` are the closed list. `titles` are
    ours, or those of a text in the public domain (`use` says which).
    """

    id: str
    title: str
    edition: str
    publisher: str
    address: str
    terms: str
    use: str
    names: tuple[str, ...]
    titles: Mapping[str, str]
    highest: Mapping[str, int] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def knows(self, reference: str) -> bool:
        """Whether this edition has such a reference."""
        if not self.highest:
            return reference in self.titles or reference in self.others
        start, number = _split(reference)
        return number <= self.highest.get(start, -1) and reference not in self.withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameworkMapping:
    """One requirement, seen from which it stands, to one reference of a framework.

    `confidence_percent` is how sure the author is, when that was judged; None when it was not.
    """

    requirement: str
    framework: str
    reference: str
    relationship: Relationship
    rationale: Rationale
    confidence_percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What is known about two references of two frameworks, by way of one requirement."""

    source: str
    target: str
    via: str
    relationship: Relationship


_E, _B, _P, _I = (
    Relationship.EQUAL,
    Relationship.SUBSET,
    Relationship.SUPERSET,
    Relationship.INTERSECTS,
)
_COMPOSED: Mapping[tuple[Relationship, Relationship], Relationship] = {
    (_B, _B): _B,
    (_P, _P): _P,
    # What both contain, or what one shares with a part of the other, is common to the ends.
    (_P, _B): _I,
    (_P, _I): _I,
    (_I, _B): _I,
}


def compose(first: Relationship, second: Relationship) -> Relationship | None:
    """What holds between the ends of a chain of two mappings; None when nothing is known.

    >>> compose(Relationship.SUBSET, Relationship.SUBSET).value
    'subset'
    >>> compose(Relationship.SUBSET, Relationship.SUPERSET) is None
    True
    """
    if first is Relationship.EQUAL:
        return second
    if second is Relationship.EQUAL:
        return first
    return _COMPOSED.get((first, second))


def reverse(relationship: Relationship) -> Relationship:
    """The same relationship, seen from the other side.

    >>> reverse(Relationship.SUBSET).value
    'superset'
    """
    turned = {_B: _P, _P: _B}
    return turned.get(relationship, relationship)


def cross(mappings: Iterable[FrameworkMapping], source: str, target: str) -> tuple[Crossing, ...]:
    """What our requirements tell about two frameworks.

    Pairs of which nothing is known are left out, and several crossings of one pair are kept apart:
    parts are never added up to a whole.
    """
    by_requirement: dict[str, tuple[list[FrameworkMapping], list[FrameworkMapping]]] = {}
    for one in mappings:
        sides = by_requirement.setdefault(one.requirement, ([], []))
        for side, framework in zip(sides, (source, target), strict=True):
            if one.framework == framework:
                side.append(one)
    found = [
        Crossing(source=start.reference, target=end.reference, via=name, relationship=known)
        for name, (starts, ends) in by_requirement.items()
        for start in starts
        for end in ends
        if (known := compose(reverse(start.relationship), end.relationship)) is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.source, one.target, one.via)))


def framework_plain(framework: Framework) -> dict[str, Any]:
    """A framework as canonical JSON material."""
    return {
        "id": framework.id,
        "title": framework.title,
        "edition": framework.edition,
        "publisher": framework.publisher,
        "address": framework.address,
        "terms": framework.terms,
        "use": framework.use,
        "names": list(framework.names),
        "titles": dict(framework.titles),
        "highest": dict(framework.highest),
        "withdrawn": list(framework.withdrawn),
        "others": list(framework.others),
    }


def mapping_plain(mapping: FrameworkMapping) -> dict[str, Any]:
    """A mapping as canonical JSON material; a confidence that was not judged is left out."""
    judged = mapping.confidence_percent
    return {
        "requirement": mapping.requirement,
        "framework": mapping.framework,
        "reference": mapping.reference,
        "relationship": mapping.relationship.value,
        "rationale": mapping.rationale.value,
        **({} if judged is None else {"confidence_percent": judged}),
    }


_NUMBERED = re.compile(r"(?P<start>.*?)(?P<number>[1-9][0-9]{0,3})")


def _split(reference: str) -> tuple[str, int]:
    """The beginning of a reference and the number at its end; no number counts as too high."""
    match = _NUMBERED.fullmatch(reference)
    return (match["start"], int(match["number"])) if match else (reference, 10_000)
