"""A policy that is read back holds nothing that no policy of ours can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tallystick.decide.policy import SecurityPolicy, policy_from_plain, policy_plain
from tallystick.decide.policy.model import AcceptedRisk
from tallystick.ground.errors import Misconfigured
from tallystick.testing import example_policy, sealed_again


def read_back(**changes: Any) -> SecurityPolicy:
    return policy_from_plain(policy_plain(sealed_again(replace(example_policy(), **changes))))


def accepted(until: str) -> AcceptedRisk:
    return AcceptedRisk(
        threat="T-A", up_to_minor=1, expected_after_minor=1, reason="Because.",
        approved_by=("A", "B"), until=until,
    )  # fmt: skip


def demanding(fact: str) -> Mapping[str, Any]:
    operations = dict(example_policy().operations)
    operations["device.offer"] = replace(operations["device.offer"], facts=(fact,))
    return operations


def test_a_sound_policy_comes_back() -> None:
    policy = read_back(acceptances=(accepted("2027-06-30"),))
    assert policy.acceptances[0].until == "2027-06-30"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "ZZZ"}, "currency is 'ZZZ'"),
        ({"tiers": {}}, "tiers or controls is 'none'"),
        ({"controls": ()}, "tiers or controls is 'none'"),
        ({"controls": example_policy().controls * 2}, "each of them once"),
        ({"operations": demanding("moon.full")}, "operations.device.offer.facts is 'moon.full'"),
        ({"parameters": {"pin.tries_max": -1}}, "parameters.pin.tries_max is '-1'"),
        ({"parameters": {"pin.luck": 1}}, "parameters.pin.luck is '1'"),
        ({"optimum": {"expected_after_minor": "much"}}, "optimum.expected_after_minor is 'much'"),
        ({"optimum": {"status": 7}}, "optimum.status is '7'"),
        ({"acceptances": (accepted("zzzz"),)}, "until is 'zzzz'"),
        ({"acceptances": (accepted("2027-02-30"),)}, "until is '2027-02-30'"),
        ({"currency": "\u001b[31m"}, r"currency is '?[31m'"),
    ],
)
def test_what_no_policy_of_ours_holds_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_back(**changes)
    assert said in str(caught.value)
