"""The compiled policy: what the controls set arrives in it, whole and in order."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tallystick
from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy, policy_from_plain, policy_plain
from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import Service, load_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.standard import (
    OPERATION_KINDS,
    PARAMETERS,
    TYPOLOGIES,
    Nature,
    Sets,
    load_catalogue,
)
from tallystick.standard.thresholds import STRICTER, TYPOLOGY_STARTS
from tests.rooms.decide.small import EXAMPLE, catalogue, control, requirement, small_service


def compiled(service: Service, made: Any = None) -> SecurityPolicy:
    return compile_policy(service, analyse_risk(service, made), made)


@pytest.fixture(scope="module")
def example() -> SecurityPolicy:
    return compiled(load_service(EXAMPLE))


def setting(name: str = "C-SET", **sets: Any) -> Any:
    return catalogue(
        controls=[control(name, sets=Sets(**sets))], requirements=[requirement("R-7-02", name)]
    )


def test_every_operation_has_a_rule(example: SecurityPolicy) -> None:
    assert tuple(example.operations) == OPERATION_KINDS
    for rule in example.operations.values():
        assert list(rule.facts) == [fact for fact in PAYMENT_FACTS if fact in rule.facts]


def test_the_example_demands_what_a_payment_needs(example: SecurityPolicy) -> None:
    facts = example.operation("merchant.pay").facts
    assert facts == PAYMENT_FACTS
    assert set(PAYMENT_FACTS) - set(example.operation("remote.pay").facts) <= {"payee.resolved"}
    assert example.operation("remote.pay").step_up_minor == 50_000
    assert example.operation("banking.transfer").step_up_minor == 0
    assert example.operation("banking.balance").step_up_minor is None


def test_the_example_sets_every_parameter_and_typology(example: SecurityPolicy) -> None:
    purses = {name for name in PARAMETERS if name.startswith("purse.")}
    assert example.parameters.keys() == PARAMETERS.keys() - purses, "no purses are offered"
    assert {rule.id for rule in example.typologies} == TYPOLOGIES.keys()
    assert example.parameter("pin.tries_max") == 3
    assert example.parameter("retention.customer_days") == 2555


def test_the_example_meets_its_appetite_and_says_what_it_gains(example: SecurityPolicy) -> None:
    record = example.optimum
    assert record["status"] == "optimal"
    assert record["proof"] in ("exact", "exact burden", "bounded")
    assert int(record["bound_millidays"]) <= int(record["burden_millidays"])
    assert int(record["burden_millidays"]) * 98 < int(record["bound_millidays"]) * 100
    for level in ("95", "99"):
        assert int(record[f"var_{level}_after_minor"]) <= int(record[f"appetite_{level}_minor"])
    assert int(record["expected_after_minor"]) * 3 < int(record["expected_before_minor"])


def test_every_requirement_of_the_example_is_answered(example: SecurityPolicy) -> None:
    known = load_catalogue().requirements
    for applied in example.requirements:
        if applied.nature == Nature.REQUIREMENT and known[applied.id].controls:
            assert applied.controls, applied.id
        if applied.nature == Nature.RECOMMENDATION and not applied.controls:
            assert example.declined[applied.id]
    chosen = {control.id for control in example.controls}
    left_out = set(load_catalogue().countermeasures) - chosen
    assert left_out <= example.declined.keys()
    assert not chosen & example.declined.keys()


def test_registers_agree() -> None:
    assert STRICTER.keys() == PARAMETERS.keys()
    assert TYPOLOGY_STARTS.keys() == TYPOLOGIES.keys()


def test_facts_are_found_by_kind_by_family_and_for_all() -> None:
    made = setting(
        facts={
            "*": ("receipt.bound",),
            "banking.*": ("tier.within",),
            "remote.pay": ("parties.clear",),
        }
    )
    policy = compiled(small_service(), made)
    assert policy.operation("evidence.record").facts == ("receipt.bound",)
    assert policy.operation("banking.balance").facts == ("tier.within", "receipt.bound")
    assert "parties.clear" in policy.operation("remote.pay").facts
    assert "parties.clear" not in policy.operation("merchant.pay").facts


def test_what_is_not_offered_is_open_to_nobody() -> None:
    policy = compiled(small_service(services=("remote_p2p",)), catalogue())
    for kind in ("merchant.pay", "banking.balance", "agent.cash_in", "fx.exchange", "account.open"):
        assert policy.operation(kind).roles == (), kind
    assert policy.operation("remote.pay").roles == ("customer", "merchant", "agent")
    assert policy.operation("emoney.issue").roles == ("treasury",)


def test_electronic_money_is_redeemed_and_seen_by_every_holder() -> None:
    policy = compiled(small_service(services=("remote_p2p", "e_money")), catalogue())
    for kind in ("banking.transfer", "banking.balance", "banking.statement"):
        assert policy.operation(kind).roles == ("customer", "merchant", "agent")


def test_what_agents_do_is_offered_with_agents() -> None:
    policy = compiled(small_service(services=("agent_cash", "e_money")), catalogue())
    assert policy.not_run == ()
    assert policy.operation("agent.cash_in").roles == ("agent",)
    assert policy.operation("agent.cash_out").roles == ("customer", "merchant")


def test_without_agents_nobody_acts_as_one() -> None:
    service = small_service()
    policy = compiled(replace(service, agents=replace(service.agents, count=0)), catalogue())
    assert all("agent" not in rule.roles for rule in policy.operations.values())


def test_a_service_without_a_journey_is_planned_and_named() -> None:
    service = small_service(services=("nfc_proximate", "e_money"))
    assert compiled(service, catalogue()).not_run == ("nfc_proximate",)


def test_caps_follow_the_secure_environment() -> None:
    service, made = small_service(), setting("C-ENV-CAPS")
    free = replace(service, operations=replace(service.operations, software_max_minor=None))
    assert compiled(free, made).operation("remote.pay").amount_max_minor == {
        "se": 15_000_000, "tee": 15_000_000, "software": 3_750_000,
    }  # fmt: skip
    assert compiled(service, made).operation("remote.pay").amount_max_minor["software"] == 3_000_000
    uncapped = compiled(free, catalogue()).operation("remote.pay").amount_max_minor
    assert set(uncapped.values()) == {15_000_000}
    tight = replace(service, operations=replace(service.operations, tee_max_minor=1_000))
    assert compiled(tight, made).operation("remote.pay").amount_max_minor == {
        "se": 15_000_000, "tee": 1_000, "software": 1_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "set_to", "stated", "says"),
    [
        ("pin.tries_max", 3, 5, "5 is looser; allowed: at most 3, which C-SET sets"),
        ("pin.digits_min", 6, 4, "4 is looser; allowed: at least 6, which C-SET sets"),
    ],
)
def test_owners_may_not_loosen(name: str, set_to: int, stated: int, says: str) -> None:
    made = setting(parameters={name: set_to})
    with pytest.raises(Misconfigured, match=f"parameters.{name}: {says}"):
        compiled(small_service(parameters={name: stated}), made)


def test_owners_may_tighten() -> None:
    made = setting(parameters={"pin.tries_max": 5, "pin.digits_min": 4})
    policy = compiled(small_service(parameters={"pin.tries_max": 2, "pin.digits_min": 6}), made)
    assert (policy.parameter("pin.tries_max"), policy.parameter("pin.digits_min")) == (2, 6)


def test_owners_may_not_tune_what_is_not_there() -> None:
    with pytest.raises(Misconfigured, match="no countermeasure in force sets it"):
        compiled(small_service(parameters={"pin.tries_max": 2}), catalogue())
    with pytest.raises(Misconfigured, match="no countermeasure in force uses it"):
        compiled(small_service(typologies={"velocity": {"count_max": 2}}), catalogue())


def test_owners_tune_typologies() -> None:
    made = setting(typologies=("velocity", "structuring"))
    tuned = small_service(typologies={"velocity": {"count_max": 7, "action": "alert"}})
    rules = {rule.id: rule for rule in compiled(tuned, made).typologies}
    assert rules["velocity"].numbers == {"count_max": 7}
    assert rules["velocity"].action == "alert"
    assert rules["structuring"].numbers == TYPOLOGY_STARTS["structuring"].numbers


def test_retention_is_as_the_service_states_it() -> None:
    made = setting(parameters={"retention.statement_days": 30, "evidence.checkpoint_s": 60})
    policy = compiled(small_service(), made)
    assert policy.parameters == {"retention.statement_days": 2555, "evidence.checkpoint_s": 60}


def test_a_policy_travels_and_comes_back(example: SecurityPolicy) -> None:
    octets = canonical_json(policy_plain(example))
    assert policy_from_plain(json.loads(octets)) == example


ALTERED = [
    lambda plain: plain["tiers"]["tier1"].update(per_day_minor=1),
    lambda plain: plain["operations"]["remote.pay"]["facts"].pop(),
    lambda plain: plain.update(digest="sha256:" + "0" * 64),
    lambda plain: plain.update(extra=1),
    lambda plain: plain["tiers"]["tier1"].update(extra=1),
    lambda plain: plain.pop("controls"),
    lambda plain: plain.update(version=1),
    lambda plain: plain.update(version=4),
    lambda plain: plain.pop("tables"),
    lambda plain: plain["controls"][0].pop("sets"),
    lambda plain: plain.pop("artefact"),
    lambda plain: plain["parameters"].update({"pin.tries_max": "3"}),
    lambda plain: plain["parameters"].update({"pin.tries_max": 3.0}),
    lambda plain: plain["controls"].append(None),
]


@pytest.mark.parametrize("alter", ALTERED)
def test_an_altered_policy_is_refused(example: SecurityPolicy, alter: Any) -> None:
    plain = copy.deepcopy(policy_plain(example))
    alter(plain)
    with pytest.raises(Misconfigured):
        policy_from_plain(plain)


def test_an_analysis_of_another_service_is_refused() -> None:
    analysis = analyse_risk(small_service(), catalogue())
    with pytest.raises(Misconfigured, match="another service or catalogue"):
        compile_policy(small_service(witness="rfc3161"), analysis, catalogue())
    with pytest.raises(Misconfigured, match="another service or catalogue"):
        compile_policy(small_service(), analysis)


def test_reading_a_policy_needs_neither_solver_nor_arithmetic() -> None:
    code = (
        "import sys, tallystick\n"
        "from tallystick.decide.policy import policy_from_plain, SecurityPolicy\n"
        "sys.exit('numpy' in sys.modules or 'highspy' in sys.modules)\n"
    )
    source = Path(tallystick.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(source)})
