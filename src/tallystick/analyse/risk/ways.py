"""How the scenarios of a service chain into attack paths through its architecture.

A path is another view of the scenarios, not another loss: its events are events of its last
scenario, so its expected loss is never added to theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.analyse.architecture import Architecture, architecture_of
from tallystick.analyse.assets import Asset, list_assets
from tallystick.analyse.paths import AttackGraph, AttackPath, Rated, attack_graph, costliest_paths
from tallystick.analyse.risk.scenarios import Scenario
from tallystick.describe import Service
from tallystick.standard import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The ways through a service: its architecture, what lives there, and what leads to it."""

    architecture: Architecture
    assets: tuple[Asset, ...]
    paths: tuple[AttackPath, ...]
    graph: AttackGraph


def find_ways(service: Service, catalogue: Catalogue, scenarios: Iterable[Scenario]) -> Ways:
    """Draw the architecture and find the costliest paths through it, before any countermeasure."""
    architecture = architecture_of(service)
    graph = attack_graph(architecture, catalogue.steps, (_rated(one) for one in scenarios))
    return Ways(
        architecture=architecture,
        assets=list_assets(service, graph),
        paths=costliest_paths(graph),
        graph=graph,
    )


def _rated(scenario: Scenario) -> Rated:
    return Rated(
        threat=scenario.threat,
        scenario=scenario.id,
        assets=scenario.assets,
        frequency_ppm=scenario.frequency_ppm.mid,
        event_minor=scenario.event_minor,
    )
