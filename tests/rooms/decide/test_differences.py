"""How two policies differ, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.analyse import analyse_risk
from tallystick.decide import Change, compile_policy, diff_policies
from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import read_service
from tests.rooms.decide.small import EXAMPLE

TEXT = EXAMPLE.read_text(encoding="utf-8")


def compiled(text: str) -> SecurityPolicy:
    service = read_service(text)
    return compile_policy(service, analyse_risk(service))


@pytest.fixture(scope="module")
def old() -> SecurityPolicy:
    return compiled(TEXT)


def test_the_same_policy_has_no_differences(old: SecurityPolicy) -> None:
    assert diff_policies(old, old) == []


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ('per_day = "10000.00"', 'per_day = "8000.00"',
         Change(path="tiers.tier1.per_day", before="10000.00", after="8000.00", direction="tighter")),
        ('step_up = "500.00" ', 'step_up = "900.00" ',
         Change(path="operations.remote.pay.step_up", before="from 500.00", after="from 900.00",
                direction="looser")),
        ('software_max = "30000.00"', 'software_max = "20000.00"',
         Change(path="operations.remote.pay.amount_max.software", before="30000.00",
                after="20000.00", direction="tighter")),
        ("pin.tries_max = 3", "pin.tries_max = 2",
         Change(path="parameters.pin.tries_max", before="3", after="2", direction="tighter")),
        ("pin.tries_max = 3", "pin.digits_min = 6",
         Change(path="parameters.pin.digits_min", before="4", after="6", direction="tighter")),
        ("count_max = 40 ", "count_max = 50 ",
         Change(path="typologies.velocity.count_max", before="40", after="50", direction="looser")),
    ],
)  # fmt: skip
def test_a_line_of_the_file_shows_as_its_change(
    old: SecurityPolicy, before: str, after: str, change: Change
) -> None:
    assert before in TEXT
    assert change in diff_policies(old, compiled(TEXT.replace(before, after)))


def test_removed_things_are_named(old: SecurityPolicy) -> None:
    rule = old.operations["remote.pay"]
    fewer = replace(rule, facts=rule.facts[1:], roles=rule.roles[:1], step_up_minor=None)
    tiers = {name: tier for name, tier in old.tiers.items() if name != "tier1"}
    new = replace(
        old,
        controls=old.controls[1:],
        operations={**old.operations, "remote.pay": fewer},
        tiers=tiers,
        typologies=old.typologies[1:],
        parameters={},
    )
    changes = {change.path: change for change in diff_policies(old, new)}
    assert changes[f"controls.{old.controls[0].id}"].direction == "looser"
    assert changes["operations.remote.pay.facts.device.authenticated"].direction == "looser"
    assert changes["operations.remote.pay.roles.merchant"].direction == "tighter"
    assert changes["operations.remote.pay.step_up"].after == "never"
    assert changes["tiers.tier1.balance"].after == ""
    assert changes["parameters.pin.tries_max"].after == ""
    back = {change.path: change for change in diff_policies(new, old)}
    assert back.keys() == changes.keys()
    assert back[f"controls.{old.controls[0].id}"].direction == "tighter"


def test_an_operation_that_goes_is_named(old: SecurityPolicy) -> None:
    fewer = {name: rule for name, rule in old.operations.items() if name != "remote.pay"}
    (change,) = diff_policies(old, replace(old, operations=fewer))
    assert (change.path, change.direction) == ("operations.remote.pay", "tighter")
