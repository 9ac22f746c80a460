"""The risk in figures: what a year costs before and after, scenario by scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import AnnualLoss, RiskAnalysis, Scenario, remaining_minor
from tallystick.decide.controls import expected_after, remaining_shares
from tallystick.decide.policy import SecurityPolicy
from tallystick.standard import Catalogue, Countermeasure, Layer

_TOP = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LossBand:
    """The loss of a year when attacks are as rare, as frequent, or as many as is believed."""

    low: AnnualLoss
    mid: AnnualLoss
    high: AnnualLoss


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioLoss:
    """What one scenario costs in an average year, in minor units; `after` the countermeasures."""

    threat: str
    title: str
    before: tuple[int, int, int]
    after: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPicture:
    """Everything about risk that the report shows.

    `after` holds when every countermeasure in force works at the low end of what is believed.
    `without_minor`: control id -> by how much the expected loss of a year rises when it alone is
    left out. `scenarios` are all of them, the costliest first. `held_by`: threat -> of each layer
    that acts on it, the control that counts (layer, id).
    """

    currency: str
    before: LossBand
    after: LossBand
    scenarios: tuple[ScenarioLoss, ...]
    without_minor: Mapping[str, int]
    held_by: Mapping[str, tuple[tuple[str, str], ...]]

    def top(self) -> tuple[ScenarioLoss, ...]:
        """The costliest scenarios before and the costliest after, in one list."""
        after = sorted(self.scenarios, key=lambda one: (-one.after[1], one.threat))[:_TOP]
        chosen = {one.threat for one in (*self.scenarios[:_TOP], *after)}
        return tuple(one for one in self.scenarios if one.threat in chosen)


def paint_risk(analysis: RiskAnalysis, policy: SecurityPolicy, catalogue: Catalogue) -> RiskPicture:
    """Work out the figures: three transforms, and each countermeasure left out once."""
    controls = [catalogue.countermeasures[chosen.id] for chosen in policy.controls]
    shares = remaining_shares(analysis.scenarios, controls)
    after = expected_after(analysis.scenarios, shares)
    without = {}
    for control in controls:
        others = [other for other in controls if other is not control]
        left = expected_after(analysis.scenarios, remaining_shares(analysis.scenarios, others))
        without[control.id] = max(round(left - after), 0)
    return RiskPicture(
        currency=analysis.currency,
        before=LossBand(low=analysis.loss_low, mid=analysis.loss, high=analysis.loss_high),
        after=_after(analysis, shares),
        scenarios=tuple(sorted((_loss(one, shares) for one in analysis.scenarios), key=_by)),
        without_minor=without,
        held_by={one.threat: tuple(_strongest(one.threat, controls)) for one in analysis.scenarios},
    )


def _after(analysis: RiskAnalysis, shares: Mapping[str, float]) -> LossBand:
    low, mid, high = (analysis.residual(shares, belief=belief) for belief in ("low", "mid", "high"))
    return LossBand(low=low, mid=mid, high=high)


def _loss(scenario: Scenario, shares: Mapping[str, float]) -> ScenarioLoss:
    share = remaining_minor(scenario, shares) / max(scenario.expected_minor.mid, 1)
    band = (scenario.expected_minor.low, scenario.expected_minor.mid, scenario.expected_minor.high)
    low, mid, high = (round(loss * share) for loss in band)
    return ScenarioLoss(
        threat=scenario.threat, title=scenario.title, before=band, after=(low, mid, high)
    )


def _by(one: ScenarioLoss) -> tuple[int, str]:
    return -one.before[1], one.threat


def _strongest(threat: str, controls: Sequence[Countermeasure]) -> Iterator[tuple[str, str]]:
    for layer in Layer:
        acting = [one for one in controls if one.layer is layer and threat in one.effects]
        if acting:
            best = min(acting, key=lambda one: (-one.effects[threat].low, one.id))
            yield layer.value, best.id
