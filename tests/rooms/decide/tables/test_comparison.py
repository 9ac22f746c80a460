"""Two policies compared: nothing when at least as strict, else the exact exceptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.decide.policy import SecurityPolicy, TierLimits
from tallystick.decide.policy.tables import Counterexample, Span, stricter_than
from tallystick.ground.errors import Misconfigured
from tallystick.testing.policies import STEP_UP_MINOR, example_policy

OLD = example_policy()


def changed(kind: str = "remote.pay", **changes: Any) -> SecurityPolicy:
    rule = replace(OLD.operations[kind], **changes)
    return replace(OLD, operations={**OLD.operations, kind: rule})


def numbers(**changes: int) -> SecurityPolicy:
    named = {name.replace("__", "."): value for name, value in changes.items()}
    return replace(OLD, parameters={**OLD.parameters, **named})


def only(new: SecurityPolicy, table: str) -> Counterexample:
    (found,) = [one for one in stricter_than(OLD, new) if one.table == table]
    return found


def test_a_policy_is_as_strict_as_itself() -> None:
    assert stricter_than(OLD, OLD) == ()


def test_a_later_pin_is_named_to_the_cent() -> None:
    new = changed(step_up_minor=STEP_UP_MINOR + 50_000)
    found = only(new, "application.payment")
    assert found.inputs == {
        "operation": ("remote.pay",),
        "environment": ("se", "tee", "software"),
        "tier": ("tier2", "tier1"),
        "amount": Span(least=STEP_UP_MINOR, most=STEP_UP_MINOR + 49_999),
    }
    assert found.every == ("environment", "tier")
    assert (found.before, found.after) == ("PIN", "device alone")
    assert found.smallest["amount"] == STEP_UP_MINOR
    assert stricter_than(new, OLD) == ()


def test_a_higher_cap_that_the_tier_stops_is_no_weakness() -> None:
    caps = OLD.operations["remote.pay"].amount_max_minor
    new = changed(amount_max_minor={**caps, "software": caps["software"] + 1})
    found = only(new, "application.payment")
    assert found.inputs["tier"] == ("tier2",)
    assert found.inputs["amount"] == Span(least=caps["software"] + 1, most=caps["software"] + 1)
    assert (found.before, found.after) == ("refused", "PIN")


def test_a_fact_that_is_no_longer_demanded_is_named() -> None:
    facts = tuple(fact for fact in OLD.operations["remote.pay"].facts if fact != "parties.clear")
    found = only(changed(facts=facts), "application.facts")
    assert (found.before, found.after) == ("with parties.clear", "without parties.clear")


def test_a_role_that_may_do_more_is_named() -> None:
    found = only(changed("emoney.issue", roles=("treasury", "agent")), "process.roles")
    assert found.inputs == {"operation": ("emoney.issue",), "role": ("agent",)}


@pytest.mark.parametrize(
    ("new", "table", "span"),
    [
        (numbers(pin__tries_max=5), "application.pin.tries_max", Span(least=3, most=4)),
        (numbers(pin__lock_s=60), "application.pin.lock_s", Span(least=60, most=3599)),
        (numbers(strength__bits_min=112), "infrastructure.strength.bits_min", Span(least=112, most=127)),
        (numbers(message__window_s=121), "infrastructure.message.window_s", Span(least=121, most=121)),
        (numbers(screening__match_permille=900), "application.screening.match_permille", Span(least=850, most=899)),
    ],
)  # fmt: skip
def test_a_looser_number_is_named(new: SecurityPolicy, table: str, span: Span) -> None:
    (condition,) = only(new, table).inputs.values()
    assert condition == span
    assert stricter_than(new, OLD) == ()


def test_a_number_that_nothing_sets_any_more_is_named() -> None:
    fewer = {name: value for name, value in OLD.parameters.items() if name != "message.window_s"}
    found = only(replace(OLD, parameters=fewer), "infrastructure.message.window_s")
    assert list(found.inputs.values()) == [Span(least=121, most=None)]


def test_other_retention_is_neither_weaker_nor_stronger() -> None:
    assert stricter_than(OLD, numbers(retention__tally_days=1)) == ()
    assert stricter_than(OLD, numbers(retention__tally_days=9999)) == ()


def test_a_new_tier_is_measured_by_the_most_that_any_may_do() -> None:
    largest = OLD.tiers["tier2"]
    within = replace(OLD, tiers={**OLD.tiers, "tier3": replace(largest, tier="tier3")})
    assert stricter_than(OLD, within) == ()
    above = replace(largest, tier="tier3", balance_minor=largest.balance_minor + 1)
    found = only(replace(OLD, tiers={**OLD.tiers, "tier3": above}), "application.balance")
    assert found.inputs["tier"] == ("tier3",)


def test_a_tier_that_is_gone_lets_nothing_pass() -> None:
    fewer: dict[str, TierLimits] = {"tier1": OLD.tiers["tier1"]}
    assert stricter_than(OLD, replace(OLD, tiers=fewer)) == ()


def test_another_currency_cannot_be_compared() -> None:
    with pytest.raises(Misconfigured, match="EUR cannot be compared with KES"):
        stricter_than(OLD, replace(OLD, currency="EUR"))
