"""Why something is in the policy, or is not: the answer to `tallystick explain ID`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from tallystick.analyse import RiskAnalysis, Scenario, remaining_minor
from tallystick.decide.assurance.ways import cut_lines, path_lines
from tallystick.decide.controls import remaining_shares
from tallystick.decide.policy.model import ChosenControl, SecurityPolicy
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import format_minor
from tallystick.standard import (
    Catalogue,
    Countermeasure,
    Layer,
    Requirement,
    Threat,
    load_catalogue,
    taxonomy,
)

PPM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an id is, whether it holds here, and why; `lines` are pairs of a word and a sentence."""

    id: str
    kind: str
    title: str
    state: str
    lines: tuple[tuple[str, str], ...]


def explain_control(
    policy: SecurityPolicy, analysis: RiskAnalysis, name: str, catalogue: Catalogue | None = None
) -> Explanation:
    """Explain a countermeasure, threat, scenario, requirement or policy parameter by its id.

    Refuses: Misconfigured for an id that nobody knows, with the nearest ones.
    """
    catalogue = catalogue or load_catalogue()
    teller = _Teller(policy, analysis, catalogue)
    if name in catalogue.countermeasures:
        return teller.control(catalogue.countermeasures[name])
    if name in catalogue.requirements:
        return teller.requirement(catalogue.requirements[name])
    if name in policy.parameters:
        return teller.parameter(name)
    for scenario in analysis.scenarios:
        if name in (scenario.id, scenario.threat):
            return teller.threat(catalogue.threats[scenario.threat])
    if name in catalogue.threats:
        return teller.threat(catalogue.threats[name])
    raise _unknown(name, policy, catalogue)


def _unknown(name: str, policy: SecurityPolicy, catalogue: Catalogue) -> Misconfigured:
    known = [
        *catalogue.countermeasures, *catalogue.threats, *catalogue.requirements, *policy.parameters,
    ]  # fmt: skip
    near = difflib.get_close_matches(name[:60].upper(), known, n=3, cutoff=0.5)
    allowed = f"an id such as {', '.join(near or sorted(known)[:3])}"
    return Misconfigured(f"nothing is called {name[:60]!r}", where="explain", allowed=allowed)


class _Teller:
    def __init__(
        self, policy: SecurityPolicy, analysis: RiskAnalysis, catalogue: Catalogue
    ) -> None:
        self.policy, self.analysis, self.catalogue = policy, analysis, catalogue
        self.chosen = {control.id: control for control in policy.controls}
        self.controls = [catalogue.countermeasures[name] for name in self.chosen]
        self.shares = remaining_shares(analysis.scenarios, self.controls)

    def control(self, control: Countermeasure) -> Explanation:
        chosen = self.chosen.get(control.id)
        lines = [
            ("does", control.description),
            ("layer", f"{control.layer.value}, done by {control.room}"),
            ("takes", _cost(control)),
            *(self._why(chosen, control) if chosen else self._why_not(control)),
        ]
        state = "in force" if chosen else "left out"
        return _explanation(control.id, "countermeasure", control.title, state, lines)

    def _why(self, chosen: ChosenControl, control: Countermeasure) -> list[tuple[str, str]]:
        lines = [("meets", self._requirement_line(name)) for name in chosen.requirements]
        without = remaining_shares(
            self.analysis.scenarios, [other for other in self.controls if other is not control]
        )
        for scenario in self.analysis.scenarios:
            if scenario.threat in control.effects:
                lines.append(("holds down", self._held(scenario, control, without)))
        accepted = {one.threat: one.up_to_minor for one in self.policy.acceptances}
        lines += cut_lines(self.analysis, self.shares, without, accepted)
        for other in self.controls:
            if control.id in other.requires:
                lines.append(("carries", f"{other.id}, which requires it"))
        return lines + self._sets(control)

    def _held(self, scenario: Scenario, control: Countermeasure, without: dict[str, float]) -> str:
        effect = control.effects[scenario.threat]
        now = self._money(round(remaining_minor(scenario, self.shares)))
        then = self._money(round(remaining_minor(scenario, without)))
        more = f"{now} a year, {then} without it" if now != then else f"{now} a year either way"
        return (
            f"{scenario.threat} ({scenario.title}): prevents {_percent(effect.low)} to "
            f"{_percent(effect.high)}; expected loss {more}"
        )

    def _sets(self, control: Countermeasure) -> list[tuple[str, str]]:
        lines = [
            ("demands", f"{', '.join(facts)} of {kind}")
            for kind, facts in sorted(control.sets.facts.items())
        ]
        for name in sorted(control.sets.parameters):
            lines.append(("sets", f"{name} = {self.policy.parameters[name]}"))
        for rule in self.policy.typologies:
            if rule.id in control.sets.typologies:
                numbers = ", ".join(f"{key} {n}" for key, n in sorted(rule.numbers.items()))
                lines.append(
                    ("watches", f"{rule.id} over {rule.window_s} s: {numbers}; {rule.action}")
                )
        return lines

    def _why_not(self, control: Countermeasure) -> list[tuple[str, str]]:
        return [("left out", self.policy.declined[control.id])]

    def requirement(self, requirement: Requirement) -> Explanation:
        applied = {entry.id: entry for entry in self.policy.requirements}.get(requirement.id)
        lines = [
            ("asks", requirement.text),
            ("clause", self._clause(requirement.clause)),
            ("from", "; ".join(requirement.sources)),
        ]
        if applied is None:
            lines.append(("applies", f"not to this service: needs {requirement.applies}"))
            state = "does not apply"
        else:
            state = "answered" if applied.controls else "not answered"
            lines += [("answered by", self._control_line(name)) for name in applied.controls]
            others = [name for name in requirement.controls if name not in applied.controls]
            lines += [
                ("or", f"{name}: {self.policy.declined.get(name, 'left out')}") for name in others
            ]
        lines += _closing(requirement)
        return _explanation(
            requirement.id, requirement.nature.value, requirement.title, state, lines
        )

    def threat(self, threat: Threat) -> Explanation:
        lines = [
            ("is", threat.description),
            ("clause", self._clause(threat.clause)),
            ("from", "; ".join(threat.sources)),
            *(("known as", f"{one.name}, {one.url}") for one in taxonomy(threat)),
            *([("accepted", threat.accepted)] if threat.accepted else []),
        ]
        scenario = next((s for s in self.analysis.scenarios if s.threat == threat.id), None)
        if scenario is None:
            lines.append(("applies", f"not to this service: needs {threat.needs}"))
            return _explanation(threat.id, "threat", threat.title, "does not apply", lines)
        lines += self._figures(scenario)
        for layer in Layer:
            acting = [c for c in self.controls if c.layer is layer and threat.id in c.effects]
            acting.sort(key=lambda c: (-c.effects[threat.id].low, c.id))
            for place, control in enumerate(acting):
                word = "held by" if place == 0 else "also"
                low = _percent(control.effects[threat.id].low)
                lines.append((word, f"{control.id}: at least {low} in the {layer.value} layer"))
        remains = round(remaining_minor(scenario, self.shares))
        lines.append(("remains", f"{self._money(remains)} a year"))
        lines += path_lines(self.analysis, self.shares, threat.id)
        return _explanation(threat.id, "threat", threat.title, scenario.id, lines)

    def _figures(self, scenario: Scenario) -> list[tuple[str, str]]:
        often, loss = scenario.frequency_ppm, scenario.expected_minor
        capped = (
            "" if scenario.cap_minor is None
            else f", cut off at {self._money(scenario.cap_minor)} by the {scenario.cap}"
        )  # fmt: skip
        brings = [
            (
                "brings",
                f"{_rate(burst.low)} to {_rate(burst.high)} times {burst.threat}, "
                f"{self._money(round(burst.mean_minor))} in all",
            )
            for burst in scenario.shock
        ]
        low = self._money(scenario.severity_low_minor)
        high = self._money(scenario.severity_high_minor)
        return [
            ("hits", ", ".join(scenario.assets)),
            ("happens", f"{_rate(often.low)} to {_rate(often.high)} times a year"),
            ("costs", f"{low} to {high} each time (5 % to 95 %){capped}"),
            *brings,
            ("before", f"{self._money(loss.low)} to {self._money(loss.high)} a year, "
                       f"reckoned with {self._money(loss.mid)}"),
        ]  # fmt: skip

    def parameter(self, name: str) -> Explanation:
        lines = [
            ("set by", f"{control.id}: {control.title} ({control.sets.parameters[name]})")
            for control in self.controls
            if name in control.sets.parameters
        ]
        value = str(self.policy.parameters[name])
        return _explanation(name, "parameter", f"{name} = {value}", value, lines)

    def _requirement_line(self, name: str) -> str:
        requirement = self.catalogue.requirements[name]
        return f"{name} ({requirement.nature.value}): {requirement.title}"

    def _control_line(self, name: str) -> str:
        return f"{name}: {self.catalogue.countermeasures[name].title}"

    def _clause(self, number: str) -> str:
        return f"{number} {self.catalogue.clauses[number].title}"

    def _money(self, minor: int) -> str:
        return f"{format_minor(minor, self.policy.currency)} {self.policy.currency}"


def _explanation(
    name: str, kind: str, title: str, state: str, lines: list[tuple[str, str]]
) -> Explanation:
    return Explanation(id=name, kind=kind, title=title, state=state, lines=tuple(lines))


def _closing(requirement: Requirement) -> list[tuple[str, str]]:
    closing = requirement.closing
    parts = [*closing.facts, *(f"trial {name}" for name in closing.trials)]
    if closing.certificates:
        parts.append(f"a certificate: {' or '.join(closing.certificates)}")
    if closing.attested:
        parts.append("a signed statement by a person")
    if closing.instead:
        parts[-1] += f" (or instead {', '.join(closing.instead)})"
    return [("closed by", ", ".join(parts))] if parts else []


def _cost(control: Countermeasure) -> str:
    cost = control.cost
    friction = f", friction {cost.friction} of 100 for customers" if cost.friction else ""
    return f"{cost.build_days} person-days to build, {cost.run_days} a year to run{friction}"


def _percent(share: float) -> str:
    permille = round(share * 1000)
    return f"{permille // 10}.{permille % 10} %" if permille % 10 else f"{permille // 10} %"


def _rate(ppm: int) -> str:
    if ppm >= 10 * PPM:
        return str(round(ppm / PPM))
    return f"{ppm / PPM:.3g}"
