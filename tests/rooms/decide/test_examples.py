"""Every example service is planned, keeps its promises, and comes out as it was reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.analyse import remaining_minor
from tallystick.decide import Plan, plan_service, policy_plain
from tallystick.describe import load_service
from tallystick.ground.canonical import canonical_json
from tools.golden import EXAMPLES, golden_of, tell_plan

KINDS = {"remote_p2p", "merchant_qr", "mobile_banking", "e_money", "nfc_proximate", "agent_cash"}


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda path: path.stem)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def plan(file: Path) -> Plan:
    return plan_service(load_service(file))


def test_the_examples_offer_everything_that_there_is() -> None:
    assert len(EXAMPLES) == 6
    assert {name for file in EXAMPLES for name in load_service(file).services} == KINDS


def test_the_plan_is_the_reviewed_one(plan: Plan, file: Path) -> None:
    golden = golden_of(file).read_text(encoding="utf-8")
    assert tell_plan(plan) == golden, "review the difference, then: python -m tools.golden write"


def test_the_plan_keeps_every_appetite(plan: Plan) -> None:
    appetite, after = plan.service.appetite, plan.selection.after
    assert after.var_95_minor <= appetite.annual_95_minor
    assert after.var_99_minor <= appetite.annual_99_minor
    accepted = {one.threat: one.up_to_minor for one in plan.service.acceptances}
    for scenario in plan.analysis.scenarios:
        left = remaining_minor(scenario, plan.selection.shares)
        most = accepted.get(scenario.threat, appetite.scenario_minor)
        assert left <= most * 1.0001, scenario.threat


def test_every_requirement_is_answered_or_excepted(plan: Plan) -> None:
    excepted = {one.requirement for one in plan.service.exceptions}
    known = plan.catalogue.requirements
    for one in plan.policy.requirements:
        if one.nature == "requirement" and known[one.id].controls:
            assert one.controls or one.id in excepted, one.id


def test_the_plan_is_the_same_every_time(plan: Plan, file: Path) -> None:
    again = plan_service(load_service(file))
    assert canonical_json(policy_plain(again.policy)) == canonical_json(policy_plain(plan.policy))
    assert canonical_json(again.analysis.plain()) == canonical_json(plan.analysis.plain())
