"""What the catalogue knows about an id, whatever the service."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.cli.showing import rate
from tallystick.decide import Explanation
from tallystick.ground.facts import FACT_KINDS
from tallystick.standard import (
    OPERATION_KINDS,
    PARAMETERS,
    POSITIONS,
    TYPOLOGIES,
    AttackStep,
    Catalogue,
    Countermeasure,
    Interval,
    Reference,
    Requirement,
    Threat,
    parse_name,
    taxonomy,
    threats_citing,
)

Lines = list[tuple[str, str]]
PPM = 1_000_000


def explained(
    name: str, kind: str, title: str, state: str, lines: Iterable[tuple[str, str]]
) -> Explanation:
    return Explanation(id=name, kind=kind, title=title, state=state, lines=tuple(lines))


class Catalogued:
    """Explains from the catalogue alone: what holds for every service."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def names(self) -> list[str]:
        """Every id that the catalogue knows; a pattern and the trial of it share one."""
        known = self.catalogue
        return list(dict.fromkeys([
            *known.countermeasures, *known.threats, *known.requirements, *TYPOLOGIES,
            *known.trials, *PARAMETERS, *OPERATION_KINDS, *FACT_KINDS,
        ]))  # fmt: skip

    def is_planned(self, name: str) -> bool:
        """Whether planning decides about it: then a policy tells more than the catalogue."""
        known = self.catalogue
        return name in known.countermeasures or name in known.threats or name in known.requirements

    def explain(self, name: str) -> Explanation | None:
        """What an id is, or None when nobody knows it.

        Refuses: Misconfigured for what begins like ATT&CK, CAPEC or MASWE and is no id of it.
        """
        known = self.catalogue
        if name in known.countermeasures:
            return self._control(known.countermeasures[name])
        if name in known.threats:
            return self._threat(known.threats[name])
        if name in known.requirements:
            return self._requirement(known.requirements[name])
        if name in TYPOLOGIES:
            return explained(name, "pattern", TYPOLOGIES[name], "monitoring", self._watchers(name))
        if name in known.trials:
            return self._trial(name)
        if name in PARAMETERS:
            return explained(name, "parameter", PARAMETERS[name], "number", self._setters(name))
        if name in OPERATION_KINDS:
            return explained(name, "operation", name, "in the catalogue", self._demands(name))
        if name in FACT_KINDS:
            return explained(name, "fact", name, "in the catalogue", self._evidence(name))
        reference = parse_name(name, where="explain")
        return None if reference is None else self._reference(reference)

    def _reference(self, reference: Reference) -> Explanation:
        names = threats_citing(reference, self.catalogue)
        lines = [
            ("explained at", reference.url),
            *(("stands behind", self._titled(name)) for name in names),
            *([] if names else [("stands behind", "no threat of this catalogue")]),
        ]
        return explained(reference.id, "taxonomy", reference.name, "in the catalogue", lines)

    def _control(self, control: Countermeasure) -> Explanation:
        cost = control.cost
        lines = [
            ("does", control.description),
            ("layer", f"{control.layer.value}, done by {control.room}"),
            ("takes", f"{cost.build_days} person-days to build, {cost.run_days} a year to run"),
            *([] if control.applies == "always" else [("applies", control.applies)]),
            *(("requires", other) for other in control.requires),
            *(("excludes", other) for other in control.excludes),
            *(
                ("meets", f"{one.id}: {one.title}")
                for one in self.catalogue.requirements.values()
                if control.id in one.controls
            ),
            *(
                ("holds down", f"{self._titled(threat)}: prevents {_shares(effect)}")
                for threat, effect in control.effects.items()
            ),
            *(
                ("demands", f"{', '.join(facts)} of {kind}")
                for kind, facts in control.sets.facts.items()
            ),
            *(("sets", f"{name} = {n}") for name, n in control.sets.parameters.items()),
            *(("watches", name) for name in control.sets.typologies),
            *([("is for", control.why)] if control.why else []),
        ]
        return explained(control.id, "countermeasure", control.title, "in the catalogue", lines)

    def _threat(self, threat: Threat) -> Explanation:
        often = threat.frequency
        acting = [c for c in self.catalogue.countermeasures.values() if threat.id in c.effects]
        acting.sort(key=lambda control: (-control.effects[threat.id].low, control.id))
        lines = [
            ("is", threat.description),
            ("clause", self._clause(threat.clause)),
            ("from", "; ".join(threat.sources)),
            *(("known as", f"{one.name}, {one.url}") for one in taxonomy(threat)),
            ("needs", threat.needs),
            ("hits", ", ".join(threat.hits)),
            ("happens", f"{rate(round(often.low * PPM))} to {rate(round(often.high * PPM))} times "
                        f"a year ({threat.scale})"),
            *(
                ("held by", f"{one.id}: prevents {_shares(one.effects[threat.id])}, "
                            f"{one.layer.value} layer")
                for one in acting
            ),
            *([("accepted", threat.accepted)] if threat.accepted else []),
            *(
                ("tried by", f"{one.id}: {one.title}")
                for one in self.catalogue.trials.values()
                if one.threat == threat.id
            ),
            *(("step", _step(one)) for one in self.catalogue.steps if one.threat == threat.id),
        ]  # fmt: skip
        return explained(threat.id, "threat", threat.title, "in the catalogue", lines)

    def _requirement(self, requirement: Requirement) -> Explanation:
        closing = requirement.closing
        lines = [
            ("asks", requirement.text),
            ("clause", self._clause(requirement.clause)),
            ("from", "; ".join(requirement.sources)),
            ("applies", requirement.applies),
            *(
                ("answered by", f"{name}: {self.catalogue.countermeasures[name].title}")
                for name in requirement.controls
            ),
            *(("closed by", fact) for fact in closing.facts),
            *(("closed by", f"trial {trial}") for trial in closing.trials),
            *(
                ("closed by", self.catalogue.certificates[kind].title)
                for kind in closing.certificates
            ),
            *([("closed by", "a signed statement by a person")] if closing.attested else []),
            *([("or instead by", ", ".join(closing.instead))] if closing.instead else []),
            *self.mapped(requirement.id),
        ]
        kind = requirement.nature.value
        return explained(requirement.id, kind, requirement.title, "in the catalogue", lines)

    def mapped(self, requirement: str) -> Lines:
        """Where others ask for it, one line for each framework."""
        lines: dict[str, list[str]] = {}
        for one in self.catalogue.mapped(requirement):
            name = self.catalogue.frameworks[one.framework].names[0]
            lines.setdefault(name, []).append(f"{one.reference} ({one.relationship})")
        return [("maps to", f"{name}: {', '.join(found)}") for name, found in lines.items()]

    def _trial(self, name: str) -> Explanation:
        trial = self.catalogue.trials[name]
        lines = [
            ("against", self._titled(trial.threat)),
            ("clause", self._clause(trial.clause)),
            ("withstood", f"when {trial.seen_by} sees {' or '.join(trial.expected)}"),
            *(
                ("closes", f"{one.id}: {one.title}")
                for one in self.catalogue.requirements.values()
                if name in one.closing.trials
            ),
        ]
        return explained(name, "trial", trial.title, f"seen by {trial.seen_by}", lines)

    def _setters(self, parameter: str) -> Lines:
        return [
            ("set by", f"{one.id}: {one.title} ({one.sets.parameters[parameter]})")
            for one in self.catalogue.countermeasures.values()
            if parameter in one.sets.parameters
        ]

    def _demands(self, kind: str) -> Lines:
        return [
            ("demands", f"{', '.join(facts)} ({one.id}: {one.title})")
            for one in self.catalogue.countermeasures.values()
            if (facts := demanded_by(one, kind))
        ]

    def _evidence(self, fact: str) -> Lines:
        return [
            *(
                ("demanded by", f"{one.id}: {one.title}, of {', '.join(kinds)}")
                for one in self.catalogue.countermeasures.values()
                if (kinds := [kind for kind, facts in one.sets.facts.items() if fact in facts])
            ),
            *(
                ("closes", f"{one.id}: {one.title}")
                for one in self.catalogue.requirements.values()
                if fact in one.closing.facts
            ),
        ]

    def _watchers(self, typology: str) -> Lines:
        return [
            ("used by", f"{one.id}: {one.title}")
            for one in self.catalogue.countermeasures.values()
            if typology in one.sets.typologies
        ] + self.tried(typology)

    def tried(self, typology: str) -> Lines:
        """The trial that completes a pattern, when there is one."""
        trial = self.catalogue.trials.get(typology)
        return [("tried by", f"trial {trial.id}: {trial.title}")] if trial else []

    def _titled(self, threat: str) -> str:
        return f"{threat} ({self.catalogue.threats[threat].title})"

    def _clause(self, number: str) -> str:
        return f"{number} {self.catalogue.clauses[number].title}"


def demanded_by(control: Countermeasure, kind: str) -> tuple[str, ...]:
    """The facts that a countermeasure demands of one kind of operation."""
    names = (kind, f"{kind.partition('.')[0]}.*", "*")
    return tuple(fact for name in names for fact in control.sets.facts.get(name, ()))


def _step(step: AttackStep) -> str:
    """What a threat opens for one who holds something already."""
    gains = f"gains {POSITIONS[step.after].means}"
    if step.onward is None:
        return f"from outside it {gains}"
    held = POSITIONS[step.before].means
    return f"whoever holds {held} {gains}: {_shares(step.onward)} of tries"


def _shares(effect: Interval) -> str:
    return f"{effect.low * 100:g} % to {effect.high * 100:g} %"
