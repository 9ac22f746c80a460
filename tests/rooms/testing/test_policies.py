"""The policy to test with is a real one: it reads back, and its operations are the wire's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.decide.policy import policy_from_plain, policy_plain
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.standard import OPERATION_KINDS
from tallystick.testing import example_policy, sealed_again


def test_the_policy_reads_back() -> None:
    policy = example_policy()
    assert policy_from_plain(policy_plain(policy)) == policy


def test_it_has_a_rule_for_every_operation() -> None:
    assert set(example_policy().operations) == set(OPERATION_KINDS)


def test_demanded_facts_stand_in_the_order_in_which_payments_meet_them() -> None:
    for rule in example_policy().operations.values():
        assert list(rule.facts) == [fact for fact in PAYMENT_FACTS if fact in rule.facts]


def test_changes_are_sealed() -> None:
    usual, other = example_policy(), example_policy(parameters={"pin.tries_max": 5})
    assert other.parameter("pin.tries_max") == 5
    assert other.digest != usual.digest
    altered = replace(usual, currency="UGX")
    with pytest.raises(Misconfigured, match="altered"):
        policy_from_plain(policy_plain(altered))
    assert policy_from_plain(policy_plain(sealed_again(altered))).currency == "UGX"
