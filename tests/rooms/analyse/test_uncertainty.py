"""How sure the loss of a year is: stable draws, intervals that hold, inputs that matter."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tallystick.analyse import RiskAnalysis, analyse_risk
from tallystick.analyse.risk import Portfolio
from tallystick.analyse.risk.draws import normal_pairs
from tallystick.analyse.risk.inputs import LOCATION_EVENTS, draw_inputs
from tallystick.analyse.risk.severity import Z_95
from tallystick.analyse.risk.uncertainty import DRAWS, weigh_uncertainty
from tallystick.ground.canonical import canonical_json
from tallystick.standard import Interval, Threat
from tests.rooms.decide.small import catalogue, small_service, threat


def analysed(*threats: Threat) -> RiskAnalysis:
    return analyse_risk(small_service(), catalogue(threats))


SURE = threat("T-SURE", frequency=Interval(low=3.0, high=3.0), severity=Interval(low=2.0, high=2.0))
VAGUE = threat("T-VAGUE", frequency=Interval(low=0.5, high=8.0))
SHOCK = threat("T-SHOCK", shock={"T-SURE": Interval(low=2.0, high=20.0)})


def test_draws_are_normal_and_known_by_name() -> None:
    one, two = normal_pairs("S-a name", 20_000)
    for row in (one, two):
        assert abs(row.mean()) < 0.03
        assert row.std() == pytest.approx(1, abs=0.02)
        assert np.mean(row < -Z_95) == pytest.approx(0.05, abs=0.005)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03
    again, _ = normal_pairs("S-a name", 50)
    assert np.array_equal(again, one[:50])
    assert not np.array_equal(normal_pairs("S-another", 50)[0], again)


def test_the_stream_is_the_published_one() -> None:
    # SHAKE-256 is fixed by FIPS 202, so the first pair must be the same everywhere and for ever.
    one, two = normal_pairs("S-0123456789", 1)
    assert (one[0], two[0]) == pytest.approx(_by_hand("S-0123456789"), rel=1e-12)


def _by_hand(name: str) -> tuple[float, float]:
    octets = hashlib.shake_256(f"tallystick draws 1\n{name}".encode()).digest(16)
    first, second = (int.from_bytes(octets[at : at + 8], "little") for at in (0, 8))
    u, v = ((word // 2048 + 0.5) / 2**53 for word in (first, second))
    radius = math.sqrt(-2 * math.log(u))
    return radius * math.cos(2 * math.pi * v), radius * math.sin(2 * math.pi * v)


def test_another_scenario_leaves_the_draws_of_the_first_alone() -> None:
    alone, both = analysed(VAGUE), analysed(VAGUE, SURE, threat("T-AAA"), SHOCK)
    few, many = (draw_inputs(one.scenarios, {}, DRAWS) for one in (alone, both))
    at = [scenario.threat for scenario in both.scenarios].index("T-VAGUE")
    assert np.array_equal(few.rates[0], many.rates[at])
    assert np.array_equal(few.location[0], many.location[at])
    assert np.array_equal(few.means[0], many.means[at])


def test_frequencies_have_the_interval_that_is_believed() -> None:
    rates = draw_inputs(analysed(VAGUE).scenarios, {}, 20_000).rates[0]
    assert np.quantile(rates, 0.05) == pytest.approx(0.5, rel=0.05)
    assert np.quantile(rates, 0.95) == pytest.approx(8.0, rel=0.05)


def test_the_median_of_a_loss_is_known_as_from_ten_events() -> None:
    analysis = analysed(replace(VAGUE, severity=Interval(low=1.0, high=9.0)))
    means = draw_inputs(analysis.scenarios, {}, 20_000).means[0]
    sigma = analysis.scenarios[0].severity.sigma
    spread = np.log(means).std()
    assert spread == pytest.approx(sigma / math.sqrt(LOCATION_EVENTS), rel=0.05)


def test_what_is_sure_has_no_interval_and_drives_nothing() -> None:
    sure = analysed(SURE).uncertainty
    assert sure.mean_minor.low == sure.mean_minor.high
    assert sure.drivers == ()
    both = analysed(SURE, VAGUE).uncertainty
    assert [driver.threat for driver in both.drivers] == ["T-VAGUE"]
    assert both.drivers[0].share_permille == 1000


def test_shares_of_the_variance_add_up_and_rank_the_vague_first() -> None:
    vaguer = replace(VAGUE, id="T-VAGUER", frequency=Interval(low=0.1, high=40.0))
    drivers = analysed(SURE, VAGUE, vaguer).uncertainty.drivers
    assert drivers[0].threat == "T-VAGUER"
    assert sum(driver.share_permille for driver in drivers) == pytest.approx(1000, abs=2)


def test_worst_years_of_the_middle_draw_are_those_of_the_exact_sum() -> None:
    # With nothing to draw, the coarse grid must tell what the fine one tells.
    sharp = replace(VAGUE, frequency=Interval(low=20.0, high=20.0))
    sharp = replace(sharp, severity=Interval(low=5.0, high=6.0))
    shock = replace(SHOCK, frequency=Interval(low=0.5, high=0.5))
    shock = replace(shock, shock={"T-SURE": Interval(low=9.0, high=9.0)})
    analysis = analysed(sharp, SURE, replace(shock, severity=Interval(low=4.0, high=4.0)))
    unsure = analysis.uncertainty
    assert unsure.mean_minor.mid == pytest.approx(analysis.loss.mean_minor, rel=0.01)
    assert unsure.var_95_minor.mid == pytest.approx(analysis.loss.var_95_minor, rel=0.01)
    assert unsure.var_99_minor.mid == pytest.approx(analysis.loss.var_99_minor, rel=0.01)


def test_intervals_of_the_worst_years_agree_with_analyses_of_drawn_inputs() -> None:
    # Each draw as a service of its own, reckoned on the fine grid.
    analysis = analysed(VAGUE, replace(VAGUE, id="T-OTHER"), SURE, SHOCK)
    inputs = draw_inputs(analysis.scenarios, {}, 60)
    exact = []
    for draw in range(60):
        bursts = {
            shock: [(member, float(count[draw])) for member, count in members]
            for shock, members in inputs.brought.items()
        }
        moved = inputs.means[:, draw] / np.array([s.mean for s in inputs.severities])
        scaled = [
            replace(s, low=round(s.low * factor), high=round(s.high * factor))
            for s, factor in zip(inputs.severities, moved.tolist(), strict=True)
        ]
        loss = Portfolio(scaled).annual_loss(inputs.rates[:, draw].tolist(), bursts)
        exact.append((loss.var_95_minor, loss.var_99_minor))
    drawn = weigh_uncertainty(analysis.scenarios, {}, draws=60)
    for band, column in ((drawn.var_95_minor, 0), (drawn.var_99_minor, 1)):
        values = [pair[column] for pair in exact]
        for point, share in ((band.low, 0.05), (band.mid, 0.5), (band.high, 0.95)):
            assert point == pytest.approx(np.quantile(values, share), rel=0.02)


def test_fewer_events_narrow_every_figure_on_the_same_draws() -> None:
    analysis = analysed(VAGUE, SHOCK, SURE)
    before = analysis.uncertainty
    half = analysis.residual_uncertainty({scenario.id: 0.5 for scenario in analysis.scenarios})
    for name in ("mean_minor", "var_95_minor", "var_99_minor"):
        for point in ("low", "mid", "high"):
            assert getattr(getattr(half, name), point) <= getattr(getattr(before, name), point)
    assert analysis.residual_uncertainty({}) == before


def test_it_is_whole_numbers_and_the_same_twice() -> None:
    one, two = analysed(VAGUE, SHOCK, SURE), analysed(VAGUE, SHOCK, SURE)
    assert one.uncertainty == two.uncertainty
    plain = one.uncertainty.plain()
    assert json.loads(canonical_json(plain)) == plain
    assert "uncertainty" not in one.plain()
    empty = analysed().uncertainty
    assert (empty.mean_minor.high, empty.var_99_minor.high, empty.drivers) == (0, 0, ())
