"""How two policies differ, in the words of people who have to live with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tallystick.decide.policy.changes import Change, change, changed
from tallystick.decide.policy.differing_terms import term_changes
from tallystick.decide.policy.directions import (
    LOOSER,
    NOTHING,
    OTHER,
    TIGHTER,
    of_answer,
    of_control_gone,
    of_less,
    of_parameter,
    of_pattern,
    of_tier,
)
from tallystick.decide.policy.model import OperationRule, SecurityPolicy, TierLimits, TypologyRule
from tallystick.ground.money import format_minor
from tallystick.standard import Catalogue, load_catalogue

_PROMISES = ("appetite_scenario_minor", "appetite_95_minor", "appetite_99_minor")
_ESTIMATES = ("expected_after_minor", "var_95_after_minor", "burden_millidays")
_LIMITS = (
    "per_transaction_minor", "per_day_minor", "per_month_minor", "balance_minor",
    "receive_per_day_minor", "receive_per_month_minor",
)  # fmt: skip


def diff_policies(
    old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue | None = None
) -> list[Change]:
    """Every difference that changes what the running service does, then the figures; by path."""
    return [
        *_identity(old, new),
        *_controls(old, new, catalogue or load_catalogue()),
        *_tiers(old, new),
        *_operations(old, new),
        *_parameters(old, new),
        *term_changes(old, new),
        *_typologies(old, new),
        *_requirements(old, new),
        *_critical(old, new),
        *_decisions(old, new),
        *_figures(old, new),
    ]


def weaker_changes(changes: Iterable[Change]) -> list[Change]:
    """The differences by which a policy protects less; estimates of loss are not among them."""
    estimates = {f"optimum.{name}" for name in _ESTIMATES}
    return [one for one in changes if one.direction == LOOSER and one.path not in estimates]


def _identity(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    for name in ("service_id", "provider", "jurisdiction", "currency", "catalogue"):
        yield from changed(name, getattr(old, name), getattr(new, name), OTHER)


def _controls(old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue) -> Iterator[Change]:
    before = {control.id: control.title for control in old.controls}
    after = {control.id: control.title for control in new.controls}
    for name in sorted(before.keys() | after.keys()):
        if (name in before) != (name in after):
            direction = TIGHTER if name in after else of_control_gone(name, old, new, catalogue)
            yield change(f"controls.{name}", before.get(name), after.get(name), direction)


def _tiers(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    def limit(limits: TierLimits | None, name: str) -> int | None:
        found = None if limits is None else getattr(limits, name)
        return None if found is None else int(found)

    for tier in sorted(old.tiers.keys() | new.tiers.keys()):
        one, two = old.tiers.get(tier), new.tiers.get(tier)
        for name in _LIMITS:
            before, after = limit(one, name), limit(two, name)
            yield from changed(
                f"tiers.{tier}.{name.removesuffix('_minor')}",
                None if before is None else format_minor(before, old.currency),
                None if after is None else format_minor(after, new.currency),
                of_tier(name, before, after, old),
            )


def _operations(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    for kind in sorted(old.operations.keys() | new.operations.keys()):
        one, two = old.operations.get(kind), new.operations.get(kind)
        if one is None or two is None:
            direction = LOOSER if one is None else TIGHTER
            yield change(
                f"operations.{kind}", "known" if one else None, "known" if two else None, direction
            )
            continue
        yield from _facts(kind, one, two)
        yield from _roles(kind, one, two)
        yield from _step_up(kind, one, two, old.currency, new.currency)
        for environment in sorted(one.amount_max_minor.keys() | two.amount_max_minor.keys()):
            before = one.amount_max_minor.get(environment)
            after = two.amount_max_minor.get(environment)
            yield from changed(
                f"operations.{kind}.amount_max.{environment}",
                None if before is None else format_minor(before, old.currency),
                None if after is None else format_minor(after, new.currency),
                _of_cap(before, after),
            )


def _of_cap(before: int | None, after: int | None) -> str:
    """Without a cap of its own an environment moves nothing at all."""
    return of_less(before or 0, after or 0)


def _facts(kind: str, one: OperationRule, two: OperationRule) -> Iterator[Change]:
    for fact in sorted(set(one.facts) ^ set(two.facts)):
        added = fact in two.facts
        yield change(
            f"operations.{kind}.facts.{fact}",
            None if added else "demanded",
            "demanded" if added else None,
            TIGHTER if added else LOOSER,
        )


def _roles(kind: str, one: OperationRule, two: OperationRule) -> Iterator[Change]:
    for role in sorted(set(one.roles) ^ set(two.roles)):
        added = role in two.roles
        yield change(
            f"operations.{kind}.roles.{role}",
            None if added else "allowed",
            "allowed" if added else None,
            LOOSER if added else TIGHTER,
        )


def _step_up(
    kind: str, one: OperationRule, two: OperationRule, before: str, after: str
) -> Iterator[Change]:
    def told(minor: int | None, currency: str) -> str:
        return "never" if minor is None else f"from {format_minor(minor, currency)}"

    if one.step_up_minor is None or two.step_up_minor is None:
        direction = TIGHTER if one.step_up_minor is None else LOOSER
    else:
        direction = of_less(one.step_up_minor, two.step_up_minor)
    yield from changed(
        f"operations.{kind}.step_up",
        told(one.step_up_minor, before),
        told(two.step_up_minor, after),
        direction,
    )


def _parameters(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    for name in sorted(old.parameters.keys() | new.parameters.keys()):
        before, after = old.parameters.get(name), new.parameters.get(name)
        direction = of_parameter(name, before, after)
        yield from changed(f"parameters.{name}", before, after, direction)


def _typologies(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    before, after = _told_typologies(old.typologies), _told_typologies(new.typologies)
    for name in sorted(before.keys() | after.keys()):
        one, two = before.get(name), after.get(name)
        direction = of_pattern(name.rpartition(".")[2], one, two)
        yield from changed(f"typologies.{name}", one, two, direction)


def _told_typologies(rules: tuple[TypologyRule, ...]) -> Mapping[str, int | str]:
    told: dict[str, int | str] = {}
    for rule in rules:
        told[f"{rule.id}.window_s"], told[f"{rule.id}.action"] = rule.window_s, rule.action
        told |= {f"{rule.id}.{name}": number for name, number in rule.numbers.items()}
    return told


def _requirements(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    before = {r.id: ", ".join(r.controls) or NOTHING for r in old.requirements}
    after = {r.id: ", ".join(r.controls) or NOTHING for r in new.requirements}
    for name in sorted(before.keys() | after.keys()):
        one, two = before.get(name), after.get(name)
        yield from changed(f"requirements.{name}", one, two, of_answer(one, two))


def _critical(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    for name in sorted(set(old.critical) ^ set(new.critical)):
        arrived = name in new.critical
        before, after = (None, "critical") if arrived else ("critical", None)
        yield change(f"critical.{name}", before, after, LOOSER if arrived else TIGHTER)


def _decisions(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    """What the owner accepts or excepts. That is decided by two people and is no loss by itself:
    what follows from it shows among the countermeasures and the figures."""
    before, after = _told_decisions(old), _told_decisions(new)
    for name in sorted(before.keys() | after.keys()):
        yield from changed(name, before.get(name), after.get(name), OTHER)


def _told_decisions(policy: SecurityPolicy) -> Mapping[str, str]:
    accepted = {
        f"acceptances.{one.threat}": f"up to {format_minor(one.up_to_minor, policy.currency)} "
        f"until {one.until}"
        for one in policy.acceptances
    }
    excepted = {f"exceptions.{one.requirement}": f"until {one.until}" for one in policy.exceptions}
    return {**accepted, **excepted}


def _figures(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    for name in (*_ESTIMATES, *_PROMISES):
        before, after = old.optimum.get(name), new.optimum.get(name)
        direction = OTHER
        if isinstance(before, int) and isinstance(after, int) and name != "burden_millidays":
            direction = of_less(before, after)
        yield from changed(f"optimum.{name}", before, after, direction)
