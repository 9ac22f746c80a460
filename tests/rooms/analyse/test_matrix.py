"""The 5 x 5 picture: monotone, complete, and cut where it says."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.analyse import Scenario, analyse_risk, remaining_minor, risk_matrix
from tallystick.analyse.risk.matrix import (
    IMPACT_CUTS_PERMILLE,
    IMPACTS,
    LIKELIHOOD_CUTS_PPM,
    LIKELIHOODS,
    RATING_TABLE,
    RATINGS,
    classes_of,
)
from tallystick.analyse.risk.scenarios import Band
from tallystick.standard import Interval
from tests.rooms.decide.small import catalogue, small_service, threat, with_appetite

APPETITE = 1_000_000
PLAIN = analyse_risk(small_service(), catalogue([threat("T-A")])).scenarios[0]


def scenario(often_ppm: int, event_minor: int) -> Scenario:
    band = Band(low=often_ppm, mid=often_ppm, high=often_ppm)
    return replace(PLAIN, frequency_ppm=band, event_minor=event_minor)


def rating(often_ppm: int, event_minor: int, share: float = 1.0) -> int:
    one = scenario(often_ppm, event_minor)
    likelihood, impact = classes_of(one, {one.id: share}, appetite_minor=APPETITE)
    return RATINGS.index(RATING_TABLE[likelihood - 1][impact - 1])


FREQUENCIES = st.integers(0, 10**11)
LOSSES = st.integers(0, 10**8)


@given(FREQUENCIES, FREQUENCIES, LOSSES, LOSSES)
def test_a_rating_never_falls_when_frequency_or_severity_rises(
    one: int, other: int, loss: int, worse: int
) -> None:
    low, high = sorted((one, other))
    least, most = sorted((loss, worse))
    assert rating(low, least) <= rating(high, least) <= rating(high, most)
    assert rating(low, least) <= rating(low, most)


@given(FREQUENCIES, LOSSES, st.floats(0, 1), st.floats(0, 1))
def test_a_rating_never_rises_when_fewer_events_remain(
    often: int, loss: int, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    assert rating(often, loss, less) <= rating(often, loss, more)


def test_the_table_is_monotone_and_whole() -> None:
    ranks = [[RATINGS.index(one) for one in row] for row in RATING_TABLE]
    assert len(ranks) == len(LIKELIHOODS) == 5
    assert all(len(row) == len(IMPACTS) == 5 and row == sorted(row) for row in ranks)
    columns = [list(column) for column in zip(*ranks, strict=True)]
    assert all(column == sorted(column) for column in columns)
    assert {rank for row in ranks for rank in row} == set(range(5))


@pytest.mark.parametrize("place", range(4))
def test_a_class_begins_at_its_cut(place: int) -> None:
    often, year = LIKELIHOOD_CUTS_PPM[place], IMPACT_CUTS_PERMILLE[place] * APPETITE // 1000
    loss = math.ceil(year / max(often / 1e6, 1))

    def at(often_ppm: int, event_minor: int) -> tuple[int, int]:
        return classes_of(scenario(often_ppm, event_minor), {}, appetite_minor=APPETITE)

    assert at(often, loss) == (place + 2, place + 2)
    assert at(often - 1, loss - 1) == (place + 1, place + 1)


def test_many_small_events_are_as_dear_as_their_year() -> None:
    appetite, small = APPETITE, APPETITE // 10_000
    seldom = classes_of(scenario(1_000_000, small), {}, appetite_minor=appetite)
    daily = classes_of(scenario(20_000_000_000, small), {}, appetite_minor=appetite)
    assert (seldom[1], daily[1]) == (1, 5)


def test_every_scenario_stands_in_one_cell() -> None:
    made = catalogue([threat("T-A"), threat("T-B", frequency=Interval(low=0.001, high=0.002))])
    service = with_appetite(small_service(), scenario_minor=50_000_000)
    analysis = analyse_risk(service, made)
    cells = risk_matrix(analysis)
    assert [(cell.likelihood, cell.impact) for cell in cells] == [
        (row, column) for row in range(1, 6) for column in range(1, 6)
    ]
    placed = [name for cell in cells for name in cell.scenarios]
    assert sorted(placed) == sorted(one.id for one in analysis.scenarios)
    gone = risk_matrix(analysis, {one.id: 0.0 for one in analysis.scenarios})
    assert {cell.likelihood for cell in gone if cell.scenarios} == {1}


def test_controls_on_what_a_shock_brings_lower_its_impact_not_its_likelihood() -> None:
    shock = threat("T-SHOCK", shock={"T-A": Interval(low=500.0, high=500.0)})
    analysis = analyse_risk(small_service(), catalogue([threat("T-A"), shock]))
    one, member = analysis.scenario("T-SHOCK"), analysis.scenario("T-A")
    before = classes_of(one, {}, appetite_minor=one.event_minor)
    after = classes_of(one, {member.id: 0.001}, appetite_minor=one.event_minor)
    assert before[0] == after[0]
    assert before[1] > after[1]
    assert remaining_minor(one, {member.id: 0.001}) < one.expected_minor.mid / 50
