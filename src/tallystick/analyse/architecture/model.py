"""The architecture as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.describe import Flow
from tallystick.ground.errors import Defect
from tallystick.standard import ZONES


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Something that data flows from or to.

    `drawn`: the owner describes it in the service file. `environment`: of a handset and its keys
    that follow from the facts; else empty.
    """

    id: str
    kind: str
    zone: str
    holds: tuple[str, ...]
    drawn: bool
    environment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """Elements by id, flows by their ends, and which elements stand in which zone.

    A trust boundary lies between two zones; a flow crosses it when its ends stand in different
    ones.
    """

    elements: tuple[Element, ...]
    flows: tuple[Flow, ...]

    def __post_init__(self) -> None:
        names = {element.id for element in self.elements}
        if len(names) != len(self.elements):
            raise Defect("an element stands twice in an architecture")
        for flow in self.flows:
            if flow.source not in names or flow.target not in names:
                raise Defect(f"the flow from {flow.source} to {flow.target} leads nowhere")

    @property
    def zones(self) -> Mapping[str, tuple[str, ...]]:
        """Zone -> ids of the elements in it, for every zone that has one."""
        found: dict[str, list[str]] = {zone: [] for zone in ZONES}
        for element in self.elements:
            found[element.zone].append(element.id)
        return {zone: tuple(names) for zone, names in found.items() if names}

    def crossing(self) -> tuple[Flow, ...]:
        """The flows that cross a trust boundary."""
        zone = {element.id: element.zone for element in self.elements}
        return tuple(flow for flow in self.flows if zone[flow.source] != zone[flow.target])

    def plain(self) -> dict[str, Any]:
        """The canonical form; a part of the risk analysis."""
        return {
            "elements": [
                {"id": one.id, "kind": one.kind, "zone": one.zone, "holds": list(one.holds),
                 "drawn": one.drawn}
                for one in self.elements
            ],
            "flows": [
                {"from": one.source, "to": one.target, "channel": one.channel,
                 "carries": list(one.carries), "protected": one.protected}
                for one in self.flows
            ],
        }  # fmt: skip
