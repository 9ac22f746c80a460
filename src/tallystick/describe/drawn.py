"""What an owner draws of the architecture: shape, frozen values, and whether it hangs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.describe.places import places_read
from tallystick.describe.problems import Problems, nearest, shown
from tallystick.standard.positions import COMPONENT_KINDS
from tallystick.standard.vocabulary import CHANNELS

_Read = Mapping[str, Any]
_HINTS_MAX = 10
"""So many ends that lead nowhere are told what they may have meant: looking is slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """An element that the owner adds, or refines when its id follows from the facts already."""

    id: str
    kind: str
    zone: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Data that goes from one element to another: how, what it carries, how it is protected."""

    source: str
    target: str
    channel: str
    carries: tuple[str, ...]
    protected: str


def components_of(read: _Read) -> tuple[Component, ...]:
    """The components of a file without problems, in its order."""
    return tuple(_component(one) for one in read.get("component", []))


def _component(read: _Read) -> Component:
    kind = COMPONENT_KINDS[read["kind"]]
    return Component(
        id=read["id"],
        kind=read["kind"],
        zone=read.get("zone", kind.zone),
        holds=tuple(read.get("holds", kind.holds)),
    )


def flows_of(read: _Read) -> tuple[Flow, ...]:
    """The flows of a file without problems, in its order."""
    return tuple(
        Flow(
            source=one["from"],
            target=one["to"],
            channel=one["channel"],
            carries=tuple(one.get("carries", [])),
            protected=one.get("protected", "none"),
        )
        for one in read.get("flow", [])
    )


def check_drawn(read: _Read, problems: Problems) -> None:
    """Note components and flows that stand twice, lead nowhere, or contradict the facts."""
    kinds = {place.id: place.kind for place in places_read(read)}
    _check_components(read, kinds, problems)
    names = {*kinds, *(one["id"] for one in read.get("component", []) if "id" in one)}
    _check_flows(read, names, problems)


def _check_components(read: _Read, kinds: Mapping[str, str], problems: Problems) -> None:
    seen: set[str] = set()
    for position, one in enumerate(read.get("component", [])):
        name, path = one.get("id"), ("component", position)
        if name in seen:
            problems.add((*path, "id"), f"{shown(name)} stands twice", "each component once")
        if name is not None:
            seen.add(name)
        known = kinds.get(name) if name else None
        if known and one.get("kind", known) != known:
            found = f"{shown(name)} is a {known} in every service like this one"
            problems.add((*path, "kind"), found, f'"{known}", or another id')


def _check_flows(read: _Read, names: set[str], problems: Problems) -> None:
    offered = read.get("service", {}).get("channels")
    seen: set[tuple[Any, ...]] = set()
    hints = _HINTS_MAX
    for position, one in enumerate(read.get("flow", [])):
        path, channel = ("flow", position), one.get("channel")
        for end in ("from", "to"):
            if end in one and one[end] not in names:
                hint = nearest(one[end], names) if hints > 0 else ""
                hints -= 1
                found = f"{shown(one[end])} is no component{hint}"
                problems.add((*path, end), found, "the id of a component, or of one that follows")
        if "from" in one and one["from"] == one.get("to"):
            problems.add((*path, "to"), "flows to itself", "another component")
        if channel in CHANNELS and offered is not None and channel not in offered:
            found = f"{shown(channel)} is not among the service's channels"
            problems.add((*path, "channel"), found, f'"{channel}" in service.channels too')
        label = (one.get("from"), one.get("to"), channel)
        if label in seen and None not in label:
            problems.add(path, "the same flow stands twice", "each flow once")
        seen.add(label)
