"""The inventory of assets of one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.analyse.architecture import Architecture, Areas
from tallystick.analyse.paths import AttackGraph
from tallystick.describe import Service
from tallystick.standard.registers import ASSETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Something of value, and the money that hangs on it (0 where money is no measure).

    `elements`: where it lives. `flows`: ends of the flows that carry it. `boundaries`: fewest trust
    boundaries between the outside and a place where it lives or a flow that carries it. `steps`:
    fewest steps of an attack that lead to a place where it lives. Both are counts, and None where
    nothing leads there; neither is ever reckoned with.
    """

    id: str
    means: str
    exposure_minor: int
    elements: tuple[str, ...]
    flows: tuple[tuple[str, str], ...]
    boundaries: int | None
    steps: int | None

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "means": self.means,
            "exposure_minor": self.exposure_minor,
            "elements": list(self.elements),
            "flows": [list(ends) for ends in self.flows],
            "boundaries": self.boundaries,
            "steps": self.steps,
        }


def list_assets(service: Service, graph: AttackGraph) -> tuple[Asset, ...]:
    """Every asset of the catalogue: what this service has at stake in it, and how exposed it is."""
    exposures, steps = _exposures(service), graph.steps_to()
    return tuple(
        _asset(name, exposures.get(name, 0), graph.architecture, graph.areas, steps)
        for name in ASSETS
        if name != "float" or "e_money" in service.services
    )


def _asset(
    name: str,
    exposure_minor: int,
    architecture: Architecture,
    areas: Areas,
    steps: Mapping[str, int],
) -> Asset:
    elements = tuple(one.id for one in architecture.elements if name in one.holds)
    flows = tuple((f.source, f.target) for f in architecture.flows if name in f.carries)
    near = [*elements, *(end for ends in flows for end in ends)]
    crossed = [areas.boundaries[areas.of[element]] for element in near]
    return Asset(
        id=name,
        means=ASSETS[name],
        exposure_minor=exposure_minor,
        elements=elements,
        flows=flows,
        boundaries=min((count for count in crossed if count is not None), default=None),
        steps=min((steps[element] for element in elements if element in steps), default=None),
    )


def _exposures(service: Service) -> Mapping[str, int]:
    volumes = service.volumes
    balances = volumes.customers * volumes.average_balance_minor
    agents = service.agents.count * service.agents.float_minor
    return {
        "money": balances,
        "float": balances + agents,
        "messages": volumes.transactions_per_day * volumes.average_value_minor,
        "ledger": balances,
    }
