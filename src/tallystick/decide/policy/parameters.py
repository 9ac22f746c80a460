"""The policy's numbers: set by the chosen controls, tightened by the owner."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.decide.policy.model import TypologyRule
from tallystick.describe import Service
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.standard import Countermeasure
from tallystick.standard.thresholds import (
    HIGHER,
    LOWER,
    RETENTION_OF,
    STRICTER,
    TYPOLOGY_STARTS,
)


def policy_parameters(service: Service, controls: Iterable[Countermeasure]) -> dict[str, int]:
    """Parameter -> number. Retention is as the service states it.

    Refuses: Misconfigured when the owner loosens a parameter, or tightens one that nothing sets.
    """
    numbers: dict[str, int] = {}
    setters: dict[str, str] = {}
    for control in controls:
        for name, number in control.sets.parameters.items():
            numbers[name] = _stricter(name, numbers.get(name, number), number)
            setters[name] = control.id
    for name, kind in RETENTION_OF.items():
        if name in numbers:
            numbers[name] = service.retention_days.get(kind, numbers[name])
    for name, stated in service.parameters.items():
        where = f"parameters.{name}"
        if name not in numbers:
            raise Misconfigured("no countermeasure in force sets it", where=where)
        if _stricter(name, numbers[name], stated) != stated:
            side = "most" if STRICTER[name] == LOWER else "least"
            allowed = f"at {side} {numbers[name]}, which {setters[name]} sets"
            raise Misconfigured(f"{stated} is looser", where=where, allowed=allowed)
        numbers[name] = stated
    return dict(sorted(numbers.items()))


def _stricter(name: str, one: int, other: int) -> int:
    if name not in STRICTER:
        raise Defect(f"which way is stricter for {name!r}?")
    return max(one, other) if STRICTER[name] == HIGHER else min(one, other)


def typology_rules(
    service: Service, controls: Iterable[Countermeasure]
) -> tuple[TypologyRule, ...]:
    """The typologies that the chosen controls switch on, as the owner tuned them."""
    wanted = {name for control in controls for name in control.sets.typologies}
    for name in service.typologies:
        if name not in wanted:
            where = f"typologies.{name}"
            raise Misconfigured("no countermeasure in force uses it", where=where)
    return tuple(_rule(service, name) for name in sorted(wanted))


def _rule(service: Service, name: str) -> TypologyRule:
    start = TYPOLOGY_STARTS.get(name)
    if start is None:
        raise Defect(f"no thresholds to start {name!r} from")
    tuned = service.typologies.get(name, {})
    return TypologyRule(
        id=name,
        window_s=int(tuned.get("window_s", start.window_s)),
        action=str(tuned.get("action", start.action)),
        numbers={key: int(tuned.get(key, number)) for key, number in start.numbers.items()},
    )
