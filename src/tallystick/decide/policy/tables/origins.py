"""Which controls in force put something into the policy."""

from __future__ import annotations

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.standard import Countermeasure


def what_it_sets(control: Countermeasure) -> tuple[str, ...]:
    """Everything that a countermeasure puts into a policy, one word each, sorted.

    `fact:remote.*:tier.within`, `parameter:pin.tries_max`, `typology:velocity`.
    """
    facts = {
        f"fact:{kind}:{fact}" for kind, demanded in control.sets.facts.items() for fact in demanded
    }
    parameters = {f"parameter:{name}" for name in control.sets.parameters}
    typologies = {f"typology:{name}" for name in control.sets.typologies}
    return tuple(sorted(facts | parameters | typologies))


def setters_of_parameter(policy: SecurityPolicy, name: str) -> tuple[str, ...]:
    """The controls that set a parameter."""
    return _setters(policy, {f"parameter:{name}"})


def setters_of_fact(policy: SecurityPolicy, operation: str, fact: str) -> tuple[str, ...]:
    """The controls that demand a fact of an operation."""
    kinds = (operation, f"{operation.partition('.')[0]}.*", "*")
    return _setters(policy, {f"fact:{kind}:{fact}" for kind in kinds})


def _setters(policy: SecurityPolicy, wanted: set[str]) -> tuple[str, ...]:
    return tuple(control.id for control in policy.controls if wanted & set(control.sets))
