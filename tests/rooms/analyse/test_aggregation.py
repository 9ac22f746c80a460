"""Annual loss: exact where a formula is known, and against a simulation elsewhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tallystick.analyse.risk.aggregation import Portfolio
from tallystick.analyse.risk.severity import Severity
from tallystick.ground.errors import Defect


def poisson_quantile(rate: float, level: float) -> int:
    chance, total, k = math.exp(-rate), math.exp(-rate), 0
    while total < level:
        k += 1
        chance *= rate / k
        total += chance
    return k


@pytest.mark.parametrize("rate", [0.01, 0.4, 3.0, 250.0])
def test_losses_of_one_size_are_a_poisson_count(rate: float) -> None:
    portfolio = Portfolio([Severity(low=500, high=500, cap=None)], step_minor=500)
    loss = portfolio.annual_loss([rate])
    assert loss.mean_minor == round(rate * 500)
    assert loss.var_95_minor == 500 * poisson_quantile(rate, 0.95)
    assert loss.var_99_minor == 500 * poisson_quantile(rate, 0.99)
    for chance, exceeded in loss.curve:
        assert exceeded == 500 * poisson_quantile(rate, 1 - chance / 1e6)


def test_bernoulli_would_be_wrong() -> None:
    # Twelve events a year are twelve losses, not one: the mean is rate times severity.
    portfolio = Portfolio([Severity(low=500, high=500, cap=None)], step_minor=500)
    assert portfolio.annual_loss([12.0]).mean_minor == 6_000


def test_expected_shortfall_of_a_poisson_count() -> None:
    rate, level = 3.0, 0.95
    loss = Portfolio([Severity(low=500, high=500, cap=None)], step_minor=500).annual_loss([rate])
    chances = [math.exp(-rate) * rate**k / math.factorial(k) for k in range(60)]
    at = poisson_quantile(rate, level)
    tail = sum(k * p for k, p in enumerate(chances) if k > at)
    exact = (tail + at * (sum(chances[: at + 1]) - level)) / (1 - level) * 500
    assert loss.es_95_minor == pytest.approx(exact, abs=1)


SEVERITIES = [
    Severity(low=10_000, high=300_000, cap=None),
    Severity(low=500, high=20_000, cap=5_000),
    Severity(low=1_000_000, high=40_000_000, cap=20_000_000),
]
RATES = [12.0, 400.0, 0.3]


def test_aggregation_agrees_with_a_simulation() -> None:
    years, chance = 60_000, np.random.Generator(np.random.PCG64(7))
    totals = np.zeros(years)
    for severity, rate in zip(SEVERITIES, RATES, strict=True):
        counts = chance.poisson(rate, years)
        losses = np.exp(chance.normal(severity.mu, severity.sigma, int(counts.sum())))
        if severity.cap is not None:
            losses = np.minimum(losses, severity.cap)
        sums = np.concatenate(([0.0], np.cumsum(losses)))
        ends = np.cumsum(counts)
        totals += sums[ends] - sums[ends - counts]
    loss = Portfolio(SEVERITIES).annual_loss(RATES)
    step = loss.step_minor
    assert loss.mean_minor == pytest.approx(totals.mean(), rel=0.03)
    assert loss.var_95_minor == pytest.approx(np.quantile(totals, 0.95), rel=0.03, abs=2 * step)
    assert loss.var_99_minor == pytest.approx(np.quantile(totals, 0.99), rel=0.03, abs=2 * step)
    worst = np.sort(totals)[int(years * 0.95) :]
    assert loss.es_95_minor == pytest.approx(worst.mean(), rel=0.03)


def test_a_finer_grid_tells_the_same() -> None:
    coarse, fine = (
        Portfolio(SEVERITIES, step_minor=step).annual_loss(RATES) for step in (30_000, 6_000)
    )
    assert coarse.mean_minor == fine.mean_minor
    assert coarse.var_95_minor == pytest.approx(fine.var_95_minor, abs=30_000)
    assert coarse.var_99_minor == pytest.approx(fine.var_99_minor, abs=30_000)
    assert coarse.es_95_minor == pytest.approx(fine.es_95_minor, rel=1e-4)


def test_a_grid_that_is_too_short_is_our_fault() -> None:
    with pytest.raises(Defect, match="too short"):
        Portfolio(SEVERITIES, step_minor=100).annual_loss(RATES)


def test_the_curve_falls_with_its_chance_and_holds_the_quantiles() -> None:
    loss = Portfolio(SEVERITIES).annual_loss(RATES)
    losses = [exceeded for _, exceeded in loss.curve]
    assert losses == sorted(losses)
    assert dict(loss.curve)[50_000] == loss.var_95_minor
    assert dict(loss.curve)[10_000] == loss.var_99_minor
    assert loss.var_95_minor <= loss.es_95_minor


def test_without_events_there_is_no_loss() -> None:
    loss = Portfolio(SEVERITIES).annual_loss([0.0, 0.0, 0.0])
    assert (loss.mean_minor, loss.var_99_minor, loss.es_95_minor) == (0, 0, 0)
    empty = Portfolio([]).annual_loss([])
    assert (empty.mean_minor, empty.var_99_minor, empty.step_minor) == (0, 0, 1)


@pytest.mark.parametrize("share", [1.0, 0.3, 0.01, 0.0001])
def test_the_grid_is_small_against_the_worst_years(share: float) -> None:
    # The same losses in another currency fall on other grids; the answers must not show it.
    rates = [rate * share for rate in RATES]
    one = Portfolio(SEVERITIES).annual_loss(rates)
    assert str(one.step_minor).rstrip("0") in ("1", "2", "5")
    dearer = [
        Severity(low=7_000 * s.low, high=7_000 * s.high, cap=s.cap and 7_000 * s.cap)
        for s in SEVERITIES
    ]
    other = Portfolio(dearer).annual_loss(rates)
    for name in ("var_95_minor", "var_99_minor", "es_95_minor"):
        expected = pytest.approx(7_000 * getattr(one, name), rel=1e-3)
        assert getattr(other, name) == expected, name


def test_a_rare_disaster_does_not_blur_the_common_years() -> None:
    # One year in 400 a loss that dwarfs the others: the curve's end lies far beyond the rest.
    common, disaster = Severity(low=100, high=2_000, cap=None), Severity(
        low=10**11, high=10**11 + 10**9, cap=None
    )  # fmt: skip
    alone = Portfolio([common]).annual_loss([40.0])
    both = Portfolio([common, disaster]).annual_loss([40.0, 0.0025])
    assert dict(both.curve)[1_000] > 10**11
    assert both.var_95_minor == pytest.approx(alone.var_95_minor, rel=0.01)
    exact = Portfolio([common]).annual_loss([40.0]).curve
    assert dict(exact)[10_000] <= both.var_99_minor <= dict(exact)[5_000]


def test_an_answer_does_not_depend_on_the_questions_before() -> None:
    asked = Portfolio(SEVERITIES)
    for share in (1.0, 0.001, 0.2):
        rates = [rate * share for rate in RATES]
        asked.annual_loss([1.0, 1.0, 1.0])
        assert asked.annual_loss(rates) == Portfolio(SEVERITIES).annual_loss(rates)
