"""Which threats apply to a service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tallystick.standard.conditions import parse_condition
from tallystick.standard.model import Threat
from tallystick.standard.vocabulary import ServiceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicability:
    """The threats that apply, by id, and for each other one the condition that does not hold."""

    threats: tuple[Threat, ...]
    elsewhere: Mapping[str, str]


def applicable_threats(threats: Iterable[Threat], facts: ServiceFacts) -> Applicability:
    """Ask every threat's condition. Refuses: Misconfigured when one cannot be answered."""
    here: list[Threat] = []
    elsewhere: dict[str, str] = {}
    for threat in sorted(threats, key=lambda threat: threat.id):
        condition = parse_condition(threat.needs, where=f"threat {threat.id}")
        if condition.holds(facts):
            here.append(threat)
        else:
            elsewhere[threat.id] = threat.needs
    return Applicability(threats=tuple(here), elsewhere=elsewhere)
