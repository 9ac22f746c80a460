"""Which differences make a policy weaker, and how each is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.cli.changes import in_words
from tallystick.decide import Plan, SecurityPolicy, diff_policies, weaker_changes
from tallystick.decide.policy import ChosenControl, TierLimits
from tallystick.standard import Catalogue, Interval, load_catalogue

LIMITS = ("per_transaction_minor", "per_day_minor", "per_month_minor", "balance_minor")


@pytest.fixture
def policy(planned: Plan) -> SecurityPolicy:
    return planned.policy


def told(
    old: SecurityPolicy, new: SecurityPolicy, catalogue: Catalogue | None = None
) -> tuple[list[str], list[str]]:
    """All differences in words, and those that make it weaker."""
    changes = diff_policies(old, new, catalogue)
    return (
        [in_words(change, new.currency) for change in changes],
        [in_words(change, new.currency) for change in weaker_changes(changes)],
    )


def without(policy: SecurityPolicy, name: str) -> SecurityPolicy:
    return replace(policy, controls=tuple(c for c in policy.controls if c.id != name))


@pytest.mark.parametrize("limit", LIMITS)
def test_a_higher_limit_is_weaker_and_a_lower_one_is_not(
    policy: SecurityPolicy, limit: str
) -> None:
    tier = policy.tiers["tier1"]
    higher = replace(tier, **{limit: getattr(tier, limit) + 100})
    changed = replace(policy, tiers={**policy.tiers, "tier1": higher})
    words, weak = told(policy, changed)
    assert words == weak
    assert weak[0].startswith(f"tier1 {limit.removesuffix('_minor').replace('_', ' ')}: ")
    assert weak[0].endswith(" KES")
    assert told(changed, policy)[1] == []


def test_a_countermeasure_that_goes_is_weaker(policy: SecurityPolicy) -> None:
    words, weak = told(policy, without(policy, "C-PIN-LOCKOUT"))
    assert words == weak == ["C-PIN-LOCKOUT no longer in force: Lock after wrong PINs"]
    assert told(without(policy, "C-PIN-LOCKOUT"), policy)[1] == []


def swapped(policy: SecurityPolicy, low: float) -> tuple[SecurityPolicy, Catalogue]:
    """C-KEY-SOFTWARE gives way to C-KEY-HSM, whose effects are at least `low` everywhere."""
    catalogue = load_catalogue()
    gone, come = (catalogue.countermeasures[n] for n in ("C-KEY-SOFTWARE", "C-KEY-HSM"))
    effects = {threat: Interval(low=low, high=0.999) for threat in gone.effects}
    known = {**catalogue.countermeasures, come.id: replace(come, effects=effects)}
    hardware = ChosenControl(
        id=come.id, title=come.title, layer=come.layer.value, room=come.room, requirements=(),
        threats=(), build_days=1, run_days=1,
    )  # fmt: skip
    changed = without(policy, gone.id)
    return (
        replace(changed, controls=(*changed.controls, hardware)),
        replace(catalogue, countermeasures=known),
    )


def test_giving_way_to_a_stronger_countermeasure_is_no_loss(policy: SecurityPolicy) -> None:
    changed, catalogue = swapped(policy, low=0.99)
    words, weak = told(policy, changed, catalogue)
    assert len(words) == 2
    assert weak == []


def test_giving_way_to_a_weaker_countermeasure_is_one(policy: SecurityPolicy) -> None:
    changed, catalogue = swapped(policy, low=0.0)
    assert len(told(policy, changed, catalogue)[1]) == 1


@pytest.mark.parametrize(
    ("number", "new", "weak"),
    [("count_max", 41, True), ("count_max", 39, False)],
)
def test_a_pattern_that_catches_less_is_weaker(
    policy: SecurityPolicy, number: str, new: int, weak: bool
) -> None:
    changed = tuned(policy, "velocity", numbers={number: new})
    words, found = told(policy, changed)
    assert words == [f"pattern velocity count max: 40 -> {new}"]
    assert bool(found) is weak


def test_a_shorter_window_and_a_milder_action_are_weaker(policy: SecurityPolicy) -> None:
    assert told(policy, tuned(policy, "velocity", window_s=60))[1]
    assert not told(policy, tuned(policy, "velocity", window_s=7200))[1]
    assert told(policy, tuned(policy, "velocity", action="alert"))[1]
    assert not told(policy, tuned(policy, "fan_in", action="refuse"))[1]


def test_a_pattern_that_goes_is_weaker(policy: SecurityPolicy) -> None:
    changed = replace(
        policy, typologies=tuple(rule for rule in policy.typologies if rule.id != "velocity")
    )
    assert len(told(policy, changed)[1]) == 3
    assert told(changed, policy)[1] == []


def tuned(policy: SecurityPolicy, name: str, **changes: object) -> SecurityPolicy:
    return replace(
        policy,
        typologies=tuple(
            replace(rule, **changes) if rule.id == name else rule  # type: ignore[arg-type]
            for rule in policy.typologies
        ),
    )


def test_parameters_have_a_stricter_side(policy: SecurityPolicy) -> None:
    for name, number, weak in (
        ("pin.tries_max", 4, True),
        ("pin.tries_max", 2, False),
        ("pin.digits_min", 3, True),
        ("pin.digits_min", 6, False),
        ("retention.tally_days", 1, False),
    ):
        changed = replace(policy, parameters={**policy.parameters, name: number})
        words, found = told(policy, changed)
        assert words == [f"{name}: {policy.parameters[name]} -> {number}"]
        assert bool(found) is weak, name
    less = {name: n for name, n in policy.parameters.items() if name != "pin.tries_max"}
    assert told(policy, replace(policy, parameters=less))[1] == ["pin.tries_max: 3 -> none"]


def test_an_unanswered_requirement_is_weaker(policy: SecurityPolicy) -> None:
    changed = replace(
        policy,
        requirements=tuple(
            replace(one, controls=()) if one.id == "R-7.1-06" else one
            for one in policy.requirements
        ),
    )
    assert told(policy, changed)[1] == ["R-7.1-06 answered by: C-PIN-LOCKOUT -> nothing"]


def test_a_new_tier_is_weaker_when_it_may_do_more_than_any(policy: SecurityPolicy) -> None:
    def added(minor: int) -> SecurityPolicy:
        tier = TierLimits(
            tier="vip", per_transaction_minor=minor, per_day_minor=minor,
            per_month_minor=minor, balance_minor=minor,
        )  # fmt: skip
        return replace(policy, tiers={**policy.tiers, "vip": tier})

    assert told(policy, added(1))[1] == []
    assert len(told(policy, added(10**12))[1]) == 4
    assert told(added(10**12), policy)[1] == []


def test_operations_open_and_close(policy: SecurityPolicy) -> None:
    rule = policy.operations["remote.pay"]
    changed = replace(
        rule,
        roles=tuple(role for role in rule.roles if role != "agent"),
        facts=tuple(fact for fact in rule.facts if fact != "risk.acceptable"),
        step_up_minor=100_000,
        amount_max_minor={**rule.amount_max_minor, "software": 1_000_000},
    )
    words, weak = told(
        policy, replace(policy, operations={**policy.operations, "remote.pay": changed})
    )
    assert set(words) - set(weak) == {
        "remote.pay closed to agent",
        "remote.pay at most, keys in software: 30000.00 -> 10000.00 KES",
    }
    assert weak == [
        "remote.pay no longer demands risk.acceptable",
        "remote.pay PIN: from 500.00 -> from 1000.00 KES",
    ]


def test_more_loss_is_told_and_only_a_greater_accepted_loss_is_weaker(
    policy: SecurityPolicy,
) -> None:
    loss = int(policy.optimum["var_95_after_minor"]) // 100
    more = {"var_95_after_minor": loss * 100 + 100}
    words, weak = told(policy, replace(policy, optimum={**policy.optimum, **more}))
    assert words == [f"loss in the worst year of 20: {loss}.00 -> {loss + 1}.00 KES"]
    assert weak == []
    promised = int(policy.optimum["appetite_95_minor"])
    accepted = {**policy.optimum, "appetite_95_minor": promised + 100}
    assert told(policy, replace(policy, optimum=accepted))[1] == [
        f"accepted loss in the worst year of 20: {promised // 100}.00 -> {promised // 100 + 1}.00 KES"
    ]
