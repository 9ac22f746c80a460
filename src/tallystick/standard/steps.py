"""Steps of attacks: which threats lead from one position of an attacker to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text
from tallystick.standard.entries import Entry, in_ppm, shown_value
from tallystick.standard.model import Interval
from tallystick.standard.positions import OUTSIDE, POSITIONS
from tallystick.standard.vocabulary import ENVIRONMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackStep:
    """A threat as one step of a chain: from what is held before to what is held after it.

    `onward` is the chance that an attacker who holds `before` succeeds with it. It is None for a
    step from outside: how often such a step happens is the frequency of its threat. `environment`
    is set where only keys in that secure environment can be reached.
    """

    threat: str
    before: str
    after: str
    onward: Interval | None
    environment: str = ""

    def plain(self) -> dict[str, Any]:
        onward = self.onward
        return {
            "threat": self.threat,
            "from": self.before,
            "to": self.after,
            "onward_ppm": [in_ppm(onward.low), in_ppm(onward.high)] if onward else None,
            "environment": self.environment,
        }


def read_step(entry: Entry) -> AttackStep:
    """Refuses: Misconfigured for an unknown position, a chance from outside, or none elsewhere."""
    before = entry.word("from", POSITIONS)
    after = entry.word("to", POSITIONS.keys() - {OUTSIDE, before})
    onward = None
    if before != OUTSIDE:
        onward = entry.interval("onward", above=0.0, most=1.0)
    environment = entry.word("environment", ENVIRONMENTS) if entry.has("environment") else ""
    return AttackStep(
        threat=entry.text("threat"),
        before=before,
        after=after,
        onward=onward,
        environment=environment,
    )


def read_steps(
    tables: Iterable[tuple[object, str]], threats: Collection[str]
) -> tuple[AttackStep, ...]:
    """All steps, sorted.

    Takes:    each table with the name of its file, the threats that there are.
    Refuses:  Misconfigured, naming file and number or threat, for a threat that nobody knows, a
              step that stands twice, and whatever `read_step` refuses.
    """
    found: dict[tuple[str, str, str], tuple[AttackStep, str]] = {}
    number: Counter[str] = Counter()
    for table, name in tables:
        number[name] += 1
        label = _threat(table, name, number[name], threats)
        place = f"{name}, {label}"
        entry = Entry(table, place)
        step = read_step(entry)
        entry.done()
        key = (step.threat, step.before, step.after)
        if key in found:
            told = f"{step.before} to {step.after} stands in {found[key][1]} too"
            raise Misconfigured(told, where=place)
        found[key] = step, name
    return tuple(found[key][0] for key in sorted(found))


def _threat(table: object, name: str, number: int, threats: Collection[str]) -> str:
    """The threat of a step, by which messages name the step; without it they give its number."""
    entry = Entry(table, f"{name}, step {number}")
    label = entry.take("threat")
    if not isinstance(label, str) or label not in threats:
        told = f"{shown_value(label)} is no threat of this catalogue"
        place = f"{name}, {shown_text(label)}" if isinstance(label, str) else entry.where
        raise Misconfigured(told, where=place, allowed="the id of a threat")
    return label
