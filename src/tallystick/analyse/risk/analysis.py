"""The risk analysis: the second artefact of the chain, made from the service and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tallystick.analyse.architecture import Architecture
from tallystick.analyse.assets import Asset
from tallystick.analyse.paths import PATHS_MAX, AttackGraph, AttackPath, costliest_paths
from tallystick.analyse.risk.aggregation import AnnualLoss, Portfolio, portfolio_of
from tallystick.analyse.risk.scenarios import PPM, Scenario
from tallystick.analyse.risk.shocks import bursts_under, make_scenarios
from tallystick.analyse.risk.uncertainty import Uncertainty, weigh_uncertainty
from tallystick.analyse.risk.ways import find_ways
from tallystick.analyse.threats import applicable_threats
from tallystick.describe import Service, catalogue_of, service_facts
from tallystick.ground.canonical import digest_of
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.money import AMOUNT_MINOR_MAX
from tallystick.standard import Catalogue


@dataclass(frozen=True, kw_only=True)
class RiskAnalysis:
    """The risks of one service before any countermeasure.

    `service` and `catalogue` are the digests of what it was made from. `elsewhere` are the threats
    that do not apply, each with the condition that does not hold. `appetite_minor` is what the
    owner accepts of one scenario in a year; the service's digest stands for it in the artefact.
    `paths` are the costliest chains of scenarios; `graph` is what they were found in, and no part
    of the artefact.
    """

    service_id: str
    currency: str
    appetite_minor: int
    service: str
    catalogue: str
    assets: tuple[Asset, ...]
    scenarios: tuple[Scenario, ...]
    elsewhere: Mapping[str, str]
    loss_low: AnnualLoss
    loss: AnnualLoss
    loss_high: AnnualLoss
    architecture: Architecture
    paths: tuple[AttackPath, ...]
    graph: AttackGraph = field(repr=False, compare=False)

    def plain(self) -> dict[str, Any]:
        """The canonical artefact; whole numbers only."""
        return {
            "artefact": "risk analysis",
            "version": 1,
            "service_id": self.service_id,
            "currency": self.currency,
            "service": self.service,
            "catalogue": self.catalogue,
            "assets": [asset.plain() for asset in self.assets],
            "scenarios": [scenario.plain() for scenario in self.scenarios],
            "elsewhere": dict(self.elsewhere),
            "loss_low": self.loss_low.plain(),
            "loss": self.loss.plain(),
            "loss_high": self.loss_high.plain(),
            "architecture": self.architecture.plain(),
            "paths": [path.plain() for path in self.paths],
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical artefact; the policy carries it."""
        return digest_of(self.plain())

    @cached_property
    def portfolio(self) -> Portfolio:
        """The scenarios, ready to be added up under any frequencies."""
        return portfolio_of(self.scenarios)

    def residual(self, remaining: Mapping[str, float], *, belief: str = "mid") -> AnnualLoss:
        """The annual loss when of each scenario only a share of its events remains.

        Takes: scenario id -> share from 0 to 1; a scenario that is not named keeps all its events.
        `belief` says which of low, mid and high is reckoned with.
        """
        return _year(self.portfolio, self.scenarios, remaining, belief)

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """How sure the loss of a year is, before any countermeasure; not part of the artefact."""
        return weigh_uncertainty(self.scenarios, {})

    def residual_uncertainty(self, remaining: Mapping[str, float]) -> Uncertainty:
        """The same when of each scenario only a share of its events remains."""
        return weigh_uncertainty(self.scenarios, remaining)

    def scenario(self, name: str) -> Scenario:
        """A scenario by its own id or its threat's."""
        for scenario in self.scenarios:
            if name in (scenario.id, scenario.threat):
                return scenario
        raise Defect(f"no scenario {name!r} in this analysis")


def paths_under(
    analysis: RiskAnalysis, shares: Mapping[str, float], *, most: int = PATHS_MAX
) -> tuple[AttackPath, ...]:
    """The costliest paths when of each scenario only a share of its events remains.

    Takes:   scenario id -> share, above 0 and at most 1; a scenario that is not named keeps all its
             events. The share of each step multiplies: a control on any of them cuts the path.
    Refuses: Defect for a share that is none.
    """
    return costliest_paths(analysis.graph, shares, most=most)


def analyse_risk(service: Service, catalogue: Catalogue | None = None) -> RiskAnalysis:
    """Find the threats that apply to a service and say what they cost in a year.

    Pure: the same service and catalogue give the same analysis, byte for byte.
    """
    catalogue = catalogue or catalogue_of(service)
    found = applicable_threats(catalogue.threats.values(), service_facts(service))
    scenarios = make_scenarios(found.threats, service)
    portfolio = portfolio_of(scenarios)
    low, mid, high = (_year(portfolio, scenarios, {}, which) for which in ("low", "mid", "high"))
    if max(high.mean_minor, *(loss for _, loss in high.curve)) > AMOUNT_MINOR_MAX // 4:
        raise Misconfigured(
            "the losses of a year are beyond what we can count",
            where="volumes",
            allowed="smaller amounts, counts or limits",
        )
    ways = find_ways(service, catalogue, scenarios)
    analysis = RiskAnalysis(
        service_id=service.id,
        currency=service.currency,
        appetite_minor=service.appetite.scenario_minor,
        service=service.digest,
        catalogue=catalogue.digest,
        assets=ways.assets,
        scenarios=scenarios,
        elsewhere=found.elsewhere,
        loss_low=low,
        loss=mid,
        loss_high=high,
        architecture=ways.architecture,
        paths=ways.paths,
        graph=ways.graph,
    )
    analysis.__dict__["portfolio"] = portfolio
    return analysis


def _year(
    portfolio: Portfolio, scenarios: tuple[Scenario, ...], shares: Mapping[str, float], belief: str
) -> AnnualLoss:
    often = [
        getattr(scenario.frequency_ppm, belief) / PPM * shares.get(scenario.id, 1.0)
        for scenario in scenarios
    ]
    return portfolio.annual_loss(often, bursts_under(scenarios, shares, belief))
