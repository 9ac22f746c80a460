"""Everything in the policy, and everything left out, has an answer to "why"."""

from __future__ import annotations

import pytest

from tallystick.analyse import RiskAnalysis, analyse_risk
from tallystick.decide import compile_policy, explain_control
from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import load_service
from tallystick.ground.errors import Misconfigured
from tallystick.standard import load_catalogue
from tests.rooms.decide.small import EXAMPLE


@pytest.fixture(scope="module")
def analysis() -> RiskAnalysis:
    return analyse_risk(load_service(EXAMPLE))


@pytest.fixture(scope="module")
def policy(analysis: RiskAnalysis) -> SecurityPolicy:
    return compile_policy(load_service(EXAMPLE), analysis)


def test_every_id_of_the_catalogue_is_explained(
    policy: SecurityPolicy, analysis: RiskAnalysis
) -> None:
    known = load_catalogue()
    scenarios = [scenario.id for scenario in analysis.scenarios]
    for name in (
        *known.countermeasures,
        *known.threats,
        *known.requirements,
        *policy.parameters,
        *scenarios,
    ):
        told = explain_control(policy, analysis, name)
        assert told.title
        assert told.state
        assert all(word and line for word, line in told.lines), name


def test_a_control_says_what_it_meets_holds_down_and_sets(
    policy: SecurityPolicy, analysis: RiskAnalysis
) -> None:
    told = explain_control(policy, analysis, "C-PIN-LOCKOUT")
    assert told.state == "in force"
    words = dict(told.lines)
    assert "T-" in words["holds down"]
    assert ("sets", "pin.tries_max = 3") in told.lines
    assert any("KES a year" in line for word, line in told.lines if word == "holds down")
    assert "requirement" in words["meets"]


def test_a_threat_says_how_often_how_much_and_what_holds_it(
    policy: SecurityPolicy, analysis: RiskAnalysis
) -> None:
    told = explain_control(policy, analysis, "T-PIN-GUESS")
    words = dict(told.lines)
    assert "times a year" in words["happens"]
    assert "cut off at 2000000.00 KES by the balance_limit" in words["costs"]
    assert any("C-PIN-LOCKOUT" in line for word, line in told.lines if word == "held by")
    assert words["remains"].endswith("KES a year")


def test_what_was_left_out_says_why(policy: SecurityPolicy, analysis: RiskAnalysis) -> None:
    told = explain_control(policy, analysis, "C-NFC-ONLINE")
    assert (told.state, dict(told.lines)["left out"]) == (
        "left out",
        'not for this service: needs channels has "nfc"',
    )
    assert explain_control(policy, analysis, "T-NFC-RELAY").state == "does not apply"


def test_an_unknown_id_is_met_with_the_nearest(
    policy: SecurityPolicy, analysis: RiskAnalysis
) -> None:
    with pytest.raises(Misconfigured, match="C-CUST-PIN"):
        explain_control(policy, analysis, "c-cust-pinn")


def test_a_shock_says_what_it_brings(policy: SecurityPolicy, analysis: RiskAnalysis) -> None:
    shock = next(scenario for scenario in analysis.scenarios if scenario.shock)
    told = explain_control(policy, analysis, shock.threat)
    brought = [line for word, line in told.lines if word == "brings"]
    assert len(brought) == len(shock.shock)
    assert all(one.threat in line for one, line in zip(shock.shock, brought, strict=True))
