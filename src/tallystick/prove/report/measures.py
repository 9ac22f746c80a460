"""The countermeasures: what was chosen and why, what was left out and why, what it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.analyse import RiskAnalysis
from tallystick.decide.controls import expected_after, find_candidates, remaining_shares
from tallystick.decide.policy import SECOND_LOOK, ChosenControl, SecurityPolicy
from tallystick.describe import Service, service_facts
from tallystick.prove.report.risk import RiskPicture
from tallystick.prove.report.words import count, counted, money
from tallystick.standard import PROVIDER, Catalogue, Layer

_LAYERS: Mapping[Layer, str] = {
    Layer.PROCESS: "what people do by rule",
    Layer.APPLICATION: "what programs do",
    Layer.INFRASTRUCTURE: "what they run on",
}
_KEPT_WITHOUT = "every promise is kept without it"
_NOT_HERE = "not for this service: "
_BANDS = ((5_000, "light"), (20_000, "medium"))
"""Up to so many thousandths of a person-day a year, building and friction included."""
_SPOKEN = {"portfolio": "the worst years"}
_NAMED = 2
"""So many threats are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A countermeasure in force. `room` is empty when the provider does it.

    `alone` are the requirements that nothing else answers, `breaks` the other promises that would
    break without it; both empty when the choice was not studied.
    """

    id: str
    title: str
    room: str
    requirements: tuple[str, ...]
    threats: str
    worth: str
    days: str
    band: str
    friction: int
    alone: tuple[str, ...]
    breaks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerMeasures:
    """The countermeasures of one layer, the ones that prevent most first."""

    name: str
    means: str
    here: int
    provider: int
    build_days: int
    run_days: int
    friction: int
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A countermeasure that every promise is kept without: its work a year and what it prevents."""

    id: str
    title: str
    layer: str
    days: str
    cost: str
    prevents: str
    second_look: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A countermeasure that this service cannot use, with the policy's reason."""

    id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All of them, and what those in force take."""

    layers: tuple[LayerMeasures, ...]
    left_out: tuple[LeftOut, ...]
    unusable: tuple[Unusable, ...]
    chosen: int
    here: int
    provider: int
    build_days: int
    run_days: int
    build_cost: str
    run_cost: str
    friction: int
    studied: bool
    proven: str
    """What the solver proved of the choice."""


def list_measures(
    service: Service,
    analysis: RiskAnalysis,
    policy: SecurityPolicy,
    risk: RiskPicture,
    catalogue: Catalogue,
    *,
    binding: Mapping[str, Sequence[str]] | None = None,
) -> Measures:
    """Sort the countermeasures of a policy by layer, and tell the reasons in figures.

    Takes: `binding`, countermeasure -> promises that would break without it, when that was studied.
    """
    burdens = {one.id: one.burden for one in find_candidates(catalogue, service_facts(service))[0]}
    teller = _Teller(risk=risk, catalogue=catalogue, burdens=burdens, binding=binding or {})
    day = service.volumes.person_day_cost_minor
    provider = sum(control.room == PROVIDER for control in policy.controls)
    build = sum(control.build_days for control in policy.controls)
    run = sum(control.run_days for control in policy.controls)
    return Measures(
        layers=tuple(teller.layer(layer, policy) for layer in Layer),
        left_out=_left_out(service, analysis, policy, catalogue),
        unusable=tuple(
            Unusable(
                id=name,
                title=catalogue.countermeasures[name].title,
                reason=reason.removeprefix(_NOT_HERE),
            )
            for name, reason in policy.declined.items()
            if name in catalogue.countermeasures and not reason.startswith(_KEPT_WITHOUT)
        ),
        chosen=len(policy.controls),
        here=len(policy.controls) - provider,
        provider=provider,
        build_days=build,
        run_days=run,
        build_cost=money(build * day, policy.currency),
        run_cost=money(run * day, policy.currency),
        friction=sum(catalogue.countermeasures[one.id].cost.friction for one in policy.controls),
        studied=binding is not None,
        proven=_proven(policy),
    )


def _proven(policy: SecurityPolicy) -> str:
    """No choice is lighter, or none by more than what could not be searched through."""
    record = policy.optimum
    if record.get("status") != "optimal":
        return ""
    gap = int(record.get("burden_millidays", 0)) - int(record.get("bound_millidays", 0))
    if gap == 0:
        return "The solver proved that no lighter choice does so."
    return (
        f"The solver proved that no choice which does so is lighter by more than {gap / 1000:.1f} "
        "person-days a year."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Teller:
    risk: RiskPicture
    catalogue: Catalogue
    burdens: Mapping[str, int]
    binding: Mapping[str, Sequence[str]]

    def layer(self, layer: Layer, policy: SecurityPolicy) -> LayerMeasures:
        controls = [control for control in policy.controls if control.layer == layer.value]
        controls.sort(key=lambda control: (-self.risk.without_minor[control.id], control.id))
        provider = sum(control.room == PROVIDER for control in controls)
        chosen = tuple(self.chosen(control) for control in controls)
        return LayerMeasures(
            name=layer.value,
            means=_LAYERS[layer],
            here=len(controls) - provider,
            provider=provider,
            build_days=sum(control.build_days for control in controls),
            run_days=sum(control.run_days for control in controls),
            friction=sum(one.friction for one in chosen),
            chosen=chosen,
        )

    def chosen(self, control: ChosenControl) -> Chosen:
        saved = self.risk.without_minor[control.id]
        whole = self.catalogue.countermeasures[control.id]
        binding = self.binding.get(control.id, ())
        return Chosen(
            id=control.id,
            title=control.title,
            room="" if control.room == PROVIDER else control.room,
            requirements=control.requirements,
            threats=self._threats(control),
            worth=money(saved, self.risk.currency) if saved else "",
            days=f"{count(control.build_days)} + {count(control.run_days)}",
            band=_band(self.burdens[control.id]),
            friction=whole.cost.friction,
            alone=tuple(name for name in binding if name in control.requirements),
            breaks=tuple(
                _SPOKEN.get(name, name) for name in binding if name not in control.requirements
            ),
        )

    def _threats(self, control: ChosenControl) -> str:
        """The costliest threats that it holds down, by title, and how many more."""
        held = [one.title for one in self.risk.scenarios if one.threat in control.threats]
        named = "; ".join(held[:_NAMED])
        more = len(held) - _NAMED
        return f"{named}; and {counted(more, 'other')}" if more > 0 else named


def promise_title(name: str, catalogue: Catalogue) -> str:
    """What a promise is called: a requirement, the limit of a scenario or of the whole, or a
    countermeasure that needs another one."""
    if name in catalogue.requirements:
        return catalogue.requirements[name].title
    if name in catalogue.threats:
        return catalogue.threats[name].title
    if name in catalogue.countermeasures:
        return f"“{catalogue.countermeasures[name].title}”, which needs it"
    if name.startswith("path:"):
        return "the limit of an attack path"
    return "the worst years of everything together" if name == "portfolio" else ""


def _band(burden_millidays: int) -> str:
    """How heavy a burden of a year is, in three words.

    >>> _band(5_000), _band(5_001), _band(80_000)
    ('light', 'medium', 'heavy')
    """
    return next((word for most, word in _BANDS if burden_millidays <= most), "heavy")


def _left_out(
    service: Service, analysis: RiskAnalysis, policy: SecurityPolicy, catalogue: Catalogue
) -> tuple[LeftOut, ...]:
    candidates, _ = find_candidates(catalogue, service_facts(service))
    controls = [catalogue.countermeasures[chosen.id] for chosen in policy.controls]
    scenarios = analysis.scenarios
    now = expected_after(scenarios, remaining_shares(scenarios, controls))
    found = []
    for candidate in candidates:
        reason = policy.declined.get(candidate.id, "")
        if not reason.startswith(_KEPT_WITHOUT):
            continue
        then = expected_after(
            scenarios, remaining_shares(scenarios, [*controls, candidate.control])
        )
        cost = candidate.work_millidays * service.volumes.person_day_cost_minor // 1000
        prevents = max(round(now - then), 0)
        told = LeftOut(
            id=candidate.id,
            title=candidate.control.title,
            layer=candidate.control.layer.value,
            days=f"{candidate.work_millidays / 1000:.1f}",
            cost=money(cost, policy.currency),
            prevents=money(prevents, policy.currency),
            second_look=reason.endswith(SECOND_LOOK),
        )
        found.append((not told.second_look, -prevents, candidate.id, told))
    return tuple(told for *_, told in sorted(found, key=lambda one: one[:3]))
