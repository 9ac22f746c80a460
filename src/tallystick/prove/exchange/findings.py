"""Findings of planning: what a reviewer or a pipeline should look at, one rule for each kind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tallystick.decide.policy import AppliedRequirement, Change
from tallystick.describe import LineIndex
from tallystick.prove.closure import State
from tallystick.prove.exchange.decisions import ACCEPTANCE, OwnerDecision, decisions_of
from tallystick.prove.exchange.material import Material
from tallystick.standard import Nature

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A kind of finding: `id`, a name, one sentence, what to do about it, the level by default."""

    id: str
    name: str
    short: str
    help: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at. `id`: what it is about, such as a requirement or a threat.

    `level`: `error`, `warning` or `note`. `line` counts from 1; None when it is about the whole
    file. `fingerprint` stays the same while the finding does, whatever its words say.
    """

    id: str
    rule: str
    level: str
    message: str
    file: str
    line: int | None
    fingerprint: str


def _rules(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in rules}


RULES = _rules(
    Rule(
        id="plan-impossible",
        name="PlanImpossible",
        short="No choice of countermeasures keeps every promise of the service file.",
        help="The message names the promises that clash and the best that can be reached. Ease one "
        "of them, or bring a countermeasure of your own.",
        level=ERROR,
    ),
    Rule(
        id="requirement-uncovered",
        name="RequirementUncovered",
        short="A requirement applies and no countermeasure in force answers it.",
        help="Describe what the service has instead, add a countermeasure of your own that answers "
        "the requirement, or record an exception with a reason and an end.",
        level=ERROR,
    ),
    Rule(
        id="requirement-open",
        name="RequirementOpen",
        short="The evidence does not close a requirement.",
        help="The message says what is missing: a fact of the running service, a trial, a "
        "certificate that somebody else issues, or a person's signed statement.",
        level=WARNING,
    ),
    Rule(
        id="requirement-stale",
        name="RequirementStale",
        short="The evidence of a requirement is too old.",
        help="Run the service or its trials again, or bring a certificate that is valid.",
        level=WARNING,
    ),
    Rule(
        id="recommendation-declined",
        name="RecommendationDeclined",
        short="A recommendation is not followed.",
        help="The policy records the reason. Read it again when the service changes.",
        level=NOTE,
    ),
    Rule(
        id="scenario-above-appetite",
        name="ScenarioAboveAppetite",
        short="A scenario costs more in an average year than the owner accepts.",
        help="Lower a limit, add a countermeasure, or accept the loss with a reason and an end.",
        level=ERROR,
    ),
    Rule(
        id="scenario-critical",
        name="ScenarioCritical",
        short="A scenario is critical with every countermeasure in force, and was not before.",
        help="Lower a limit, or add a countermeasure against the threat. The rating is a "
        "projection: look at the figures of the scenario.",
        level=ERROR,
    ),
    Rule(
        id="policy-weaker",
        name="PolicyWeaker",
        short="The policy protects less than the one before.",
        help="Undo the change, or have the weaker policy released by two people.",
        level=ERROR,
    ),
    Rule(
        id="acceptance-expired",
        name="AcceptanceExpired",
        short="The acceptance of a risk has come to its end.",
        help="Treat the risk, or have it accepted again.",
        level=ERROR,
    ),
    Rule(
        id="exception-expired",
        name="ExceptionExpired",
        short="An exception from a requirement has come to its end.",
        help="Meet the requirement, or have the exception granted again.",
        level=ERROR,
    ),
    Rule(
        id="claim-expired",
        name="ClaimExpired",
        short="What stood behind a countermeasure has come to its end.",
        help="Have the countermeasure tested or certified again; until then it counts for nothing "
        "in the risk on the evidence of the day.",
        level=WARNING,
    ),
)


def make_finding(
    rule: str, about: str, message: str, *, file: str, line: int | None = None
) -> Finding:
    """A finding of a known rule, at the rule's level, with its fingerprint."""
    return Finding(
        id=about,
        rule=rule,
        level=RULES[rule].level,
        message=message,
        file=file,
        line=line,
        fingerprint=hashlib.sha256(f"{rule}\n{about}".encode()).hexdigest()[:32],
    )


def planning_findings(material: Material, text: str = "") -> tuple[Finding, ...]:
    """Everything that one plan, and its dossier if there is one, has to say; by rule and id.

    Takes: the text of the service file, to name lines in it; without it findings have no line.
    """
    places = _Places(material.source, text)
    found = [
        *_requirements(material, places),
        *_scenarios(material, places),
        *_decisions(material, places),
    ]
    return tuple(sorted(found, key=lambda one: (list(RULES).index(one.rule), one.id)))


def weaker_findings(
    changes: Iterable[Change], *, file: str, text: str = "", tiers: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """One finding for each change by which a policy protects less.

    Takes: the names of the tiers as they stand in the service file, to name the line of a limit.
    """
    places = _Places(file, text)
    return tuple(_weakness(change, places, tiers) for change in changes)


def _weakness(change: Change, places: _Places, tiers: Sequence[str]) -> Finding:
    kind, _, rest = change.path.partition(".")
    if kind == "critical":
        told = f"{rest} is critical with every countermeasure in force"
        return places.finding("scenario-critical", rest, told, "appetite")
    key = _key_of(change, tiers)
    return places.finding("policy-weaker", change.path, _weaker(change), *key)


class _Places:
    """Where in the service file a finding belongs, when its text is known."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._index = LineIndex(text) if text else None

    def finding(self, rule: str, about: str, message: str, *path: str | int) -> Finding:
        line = self._index.line(path) if self._index is not None and path else None
        return make_finding(rule, about, message, file=self.file, line=line)


def _requirements(material: Material, places: _Places) -> Iterator[Finding]:
    excepted = {one.about for one in _in_force(material)}
    for one in material.policy.requirements:
        requirement = material.catalogue.requirements[one.id]
        declined = one.nature == Nature.RECOMMENDATION.value and one.id in material.policy.declined
        if declined:
            reason = material.policy.declined[one.id]
            yield places.finding("recommendation-declined", one.id, f"{one.title}: {reason}")
        elif _uncovered(one) and one.id not in excepted:
            names = ", ".join(requirement.controls)
            told = f"{one.title}: " + (
                f"none of {names} is in force" if names else "no countermeasure answers it"
            )
            yield places.finding("requirement-uncovered", one.id, told, "service")
        else:
            yield from _unproven(material, places, one.id)


def _uncovered(one: AppliedRequirement) -> bool:
    return one.nature == Nature.REQUIREMENT.value and not one.controls


def _unproven(material: Material, places: _Places, name: str) -> Iterator[Finding]:
    assessment = material.assessments.get(name)
    if assessment is not None and assessment.state in (State.OPEN, State.STALE):
        rule = "requirement-open" if assessment.state is State.OPEN else "requirement-stale"
        yield places.finding(rule, name, f"{assessment.title}: {assessment.reason}")


def _scenarios(material: Material, places: _Places) -> Iterator[Finding]:
    appetite = material.service.appetite.scenario_minor
    accepted = {one.about for one in _in_force(material) if one.kind == ACCEPTANCE}
    for scenario in material.analysis.scenarios:
        after = material.after_minor[scenario.id]
        if after > appetite and scenario.threat not in accepted:
            told = (
                f"{scenario.title}: {material.money(after)} in an average year with every "
                f"countermeasure in force, more than {material.money(appetite)}"
            )
            yield places.finding(
                "scenario-above-appetite", scenario.threat, told, "appetite",
                "scenario_expected_loss",
            )  # fmt: skip


def _decisions(material: Material, places: _Places) -> Iterator[Finding]:
    for one in decisions_of(material.service):
        if one.expired(material.made_at):
            told = f"the {one.kind} of {one.about} ended on {one.until}: {one.reason}"
            yield places.finding(f"{one.kind}-expired", one.about, told, one.kind, one.place)
    for place, claim in enumerate(material.service.claims):
        if claim.until < material.made_at:
            told = f"{claim.control} was {claim.state} by {claim.by} until {claim.until}"
            yield places.finding("claim-expired", claim.control, told, "claim", place)


def _in_force(material: Material) -> Iterator[OwnerDecision]:
    return (one for one in decisions_of(material.service) if not one.expired(material.made_at))


def _weaker(change: Change) -> str:
    return f"{change.path}: {change.before or 'nothing'} became {change.after or 'nothing'}"


def _key_of(change: Change, tiers: Sequence[str]) -> tuple[str | int, ...]:
    """The key of the service file that a part of the policy is written in, where there is one."""
    head, *rest = change.path.split(".")
    if head == "tiers" and rest[0] in tiers:
        return ("tier", tiers.index(rest[0]), *rest[1:])
    known = {"parameters": "parameters", "typologies": "typologies", "optimum": "appetite"}
    return (known[head], *rest) if head in known else ()
