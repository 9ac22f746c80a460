"""Scenarios from threats, and the artefact that carries them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tallystick.analyse import analyse_risk, remaining_minor
from tallystick.analyse.risk.scenarios import make_scenario, rounded, scenario_id
from tallystick.describe import load_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.standard import Interval, load_catalogue
from tests.rooms.decide.small import EXAMPLE, catalogue, small_service, threat


def test_a_name_survives_everything_but_rule_and_assets() -> None:
    one = make_scenario(threat("T-A", hits=("money", "ledger")), small_service())
    other = make_scenario(
        threat(
            "T-A", hits=("ledger", "money"), title="New words", frequency=Interval(low=9, high=9)
        ),
        small_service(),
    )
    assert one.id == other.id == scenario_id("T-A", ("money", "ledger"))
    assert one.id != make_scenario(threat("T-A", hits=("money",)), small_service()).id
    assert one.id != make_scenario(threat("T-B", hits=("money", "ledger")), small_service()).id


@pytest.mark.parametrize(
    ("scale", "low_ppm"),
    [
        ("service", 1_000_000),
        ("customers_1000", 120_000_000),
        ("transactions_million", 32_850_000),
        ("agents_100", 4_000_000),
    ],
)
def test_frequency_scales_with_the_volumes(scale: str, low_ppm: int) -> None:
    frequency = make_scenario(threat("T-A", scale=scale), small_service()).frequency_ppm
    assert frequency.low == low_ppm
    # The mean of a lognormal from 1 to 4 at 5 % and 95 %: 2 * exp(s*s/2), s = ln 4 / (2 * 1.64485).
    assert frequency.mid == pytest.approx(2 * 1.0928502 * low_ppm, rel=1e-5)
    assert frequency.high == 4 * low_ppm


@pytest.mark.parametrize(
    ("base", "low_minor"),
    [
        ("transaction", 120_000),
        ("balance", 240_000),
        ("day_value", 90_000 * 120_000),
        ("person_day", 1_500_000),
    ],
)
def test_severity_is_in_units_of_its_base(base: str, low_minor: int) -> None:
    scenario = make_scenario(threat("T-A", base=base), small_service())
    assert (scenario.severity_low_minor, scenario.severity_high_minor) == (
        low_minor,
        10 * low_minor,
    )


@pytest.mark.parametrize(
    ("cap", "count", "minor"),
    [
        ("none", 1, None),
        ("transaction_limit", 1, 15_000_000),
        ("day_limit", 2, 100_000_000),
        ("balance_limit", 1, 200_000_000),
        ("float", 3, 15_000_000),
    ],
)
def test_a_product_limit_cuts_the_loss_off(cap: str, count: int, minor: int | None) -> None:
    scenario = make_scenario(threat("T-A", cap=cap, cap_count=count), small_service())
    assert scenario.cap_minor == minor


def test_a_lower_limit_lowers_the_loss() -> None:
    service = small_service()
    rule = threat(
        "T-A", base="balance", severity=Interval(low=1, high=500), cap="transaction_limit"
    )
    tiers = tuple(replace(t, per_transaction_minor=100_000) for t in service.tiers)
    high = make_scenario(rule, service).expected_minor.mid
    low = make_scenario(rule, replace(service, tiers=tiers)).expected_minor.mid
    assert low < high / 5


def test_unknown_words_are_our_fault() -> None:
    for changes in ({"scale": "moons"}, {"cap": "patience"}):
        with pytest.raises((Defect, KeyError)):
            make_scenario(threat("T-A", **changes), small_service())


def test_a_condition_that_cannot_be_asked_stops_the_analysis() -> None:
    broken = catalogue([threat("T-A", needs='chanels has "qr"')])
    with pytest.raises(Misconfigured, match="threat T-A: 'chanels'"):
        analyse_risk(small_service(), broken)


def test_threats_stay_away_for_a_stated_reason() -> None:
    made = catalogue([threat("T-A"), threat("T-B", needs='channels has "nfc"')])
    analysis = analyse_risk(small_service(), made)
    assert [scenario.threat for scenario in analysis.scenarios] == ["T-A"]
    assert analysis.elsewhere == {"T-B": 'channels has "nfc"'}


def test_the_artefact_is_canonical_and_chained() -> None:
    service = load_service(EXAMPLE)
    analysis = analyse_risk(service)
    plain = analysis.plain()
    assert json.loads(canonical_json(plain)) == plain
    assert plain["service"] == service.digest
    assert plain["catalogue"] == load_catalogue().digest
    assert analysis.loss_low.mean_minor < analysis.loss.mean_minor < analysis.loss_high.mean_minor
    total = sum(scenario.expected_minor.mid for scenario in analysis.scenarios)
    assert analysis.loss.mean_minor == pytest.approx(total, rel=1e-4)
    assert {asset.id for asset in analysis.assets} >= {"money", "float", "evidence"}


def test_a_residual_without_controls_is_the_loss_before() -> None:
    analysis = analyse_risk(load_service(EXAMPLE))
    assert analysis.residual({}) == analysis.loss
    half = {scenario.id: 0.5 for scenario in analysis.scenarios}
    left = sum(remaining_minor(scenario, half) for scenario in analysis.scenarios)
    assert analysis.residual(half).mean_minor == pytest.approx(left, rel=1e-5)
    assert left < analysis.loss.mean_minor / 2  # Half the shocks, each with half of what it brings.
    assert analysis.residual({}, belief="high") == analysis.loss_high


def test_scenarios_are_found_by_either_name() -> None:
    analysis = analyse_risk(load_service(EXAMPLE))
    scenario = analysis.scenarios[0]
    assert analysis.scenario(scenario.id) is analysis.scenario(scenario.threat) is scenario
    with pytest.raises(Defect):
        analysis.scenario("T-NONE")


@pytest.mark.parametrize(
    ("value", "whole"),
    [(0.4, 0), (0.6, 1), (999_999.4, 999_999), (1_234_565.1, 1_234_570), (1e30, 2**53 - 1)],
)
def test_figures_have_six_digits(value: float, whole: int) -> None:
    assert rounded(value) == whole


def test_no_threat_no_loss() -> None:
    analysis = analyse_risk(small_service(), catalogue())
    assert analysis.loss.mean_minor == 0
    assert analysis.scenarios == ()
