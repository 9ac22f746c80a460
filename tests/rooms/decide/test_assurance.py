"""The checks before release find every gap that we can make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy
from tallystick.decide.assurance import check_policy
from tallystick.decide.policy import OperationRule, SecurityPolicy
from tallystick.ground.errors import Defect
from tallystick.standard import PAYMENT_KINDS, Sets
from tests.rooms.decide.small import catalogue, control, requirement, small_service


@pytest.fixture(scope="module")
def sound() -> SecurityPolicy:
    made = catalogue(
        controls=[
            control("C-PIN", sets=Sets(facts={"remote.pay": ("customer.authenticated",)})),
            control("C-ENV-CAPS"),
        ],
        requirements=[requirement("R-7-02", "C-PIN"), requirement("R-7-03", "C-ENV-CAPS")],
    )
    return compile_policy(small_service(), analyse_risk(small_service(), made), made)


def broken(policy: SecurityPolicy, kind: str = "remote.pay", **changes: Any) -> SecurityPolicy:
    rule: OperationRule = replace(policy.operations[kind], **changes)
    return replace(policy, operations={**policy.operations, kind: rule})


def test_a_compiled_policy_passes(sound: SecurityPolicy) -> None:
    check_policy(sound)


@pytest.mark.parametrize(
    "fact", ["device.authenticated", "message.fresh", "intent.signed", "transfer.posted"]
)
@pytest.mark.parametrize("kind", PAYMENT_KINDS)
def test_no_money_moves_without(sound: SecurityPolicy, fact: str, kind: str) -> None:
    facts = tuple(other for other in sound.operations[kind].facts if other != fact)
    with pytest.raises(Defect, match=f"{kind} would move money without {fact}"):
        check_policy(broken(sound, kind, facts=facts))


GAPS: list[tuple[dict[str, Any], str]] = [
    ({"facts": ("message.fresh", "device.authenticated", "intent.signed", "transfer.posted")}, "out of order"),
    ({"step_up_minor": None}, "go together"),
    ({"amount_max_minor": {"se": 5, "tee": 5}}, "not capped"),
    ({"amount_max_minor": {"se": 5, "tee": 5, "software": 9}}, "asks less than for environment tee"),
    ({"amount_max_minor": {"se": 5, "tee": 5, "software": 5, "cloud": 5}}, "not capped"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), GAPS)
def test_gaps_in_a_payment_rule_are_found(
    sound: SecurityPolicy, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(Defect, match=says):
        check_policy(broken(sound, **changes))


def test_a_missing_rule_is_found(sound: SecurityPolicy) -> None:
    fewer = {name: rule for name, rule in sound.operations.items() if name != "device.suspend"}
    with pytest.raises(Defect, match="not total"):
        check_policy(replace(sound, operations=fewer))


def test_limits_out_of_order_are_found(sound: SecurityPolicy) -> None:
    limits = replace(sound.tiers["tier1"], per_day_minor=1)
    with pytest.raises(Defect, match="not in order"):
        check_policy(replace(sound, tiers={**sound.tiers, "tier1": limits}))
