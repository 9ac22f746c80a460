"""Common shocks: what they bring, what they cost, and how it adds up."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tallystick.analyse import RiskAnalysis, analyse_risk, remaining_minor
from tallystick.analyse.risk.aggregation import Portfolio
from tallystick.analyse.risk.severity import Severity
from tallystick.decide.controls import expected_after, remaining_shares
from tallystick.standard import Interval
from tests.rooms.decide.small import catalogue, control, small_service, threat

OWN = Severity(low=20_000, high=200_000, cap=None)
MEMBERS = [Severity(low=1_000, high=30_000, cap=25_000), Severity(low=500, high=5_000, cap=None)]
COUNTS = [12.0, 40.0]
RATE = 0.8


def shocked(share: float = 1.0) -> RiskAnalysis:
    member = threat("T-A", frequency=Interval(low=2.0, high=2.0), scale="customers_1000")
    other = threat("T-B", frequency=Interval(low=1.0, high=1.0))
    away = threat("T-C", needs='channels has "nfc"')
    shock = threat(
        "T-SHOCK",
        frequency=Interval(low=share, high=share),
        shock={name: Interval(low=0.5, high=0.5) for name in ("T-A", "T-B", "T-C")},
    )
    return analyse_risk(small_service(), catalogue([member, other, away, shock]))


def test_a_shock_brings_what_can_happen_here_in_its_own_units() -> None:
    analysis = shocked()
    shock = analysis.scenario("T-SHOCK")
    # 120,000 customers are 120 units of 1,000; T-B is counted for the service as a whole.
    events = {burst.threat: burst.mid for burst in shock.shock}
    assert events == {"T-A": 60_000_000, "T-B": 500_000}
    each = analysis.scenario("T-A").event_minor
    assert shock.event_minor == pytest.approx(shock.severity.mean + 60.5 * each, rel=1e-5)
    assert shock.expected_minor.mid == pytest.approx(shock.event_minor, rel=1e-5)
    assert analysis.loss.mean_minor == pytest.approx(
        sum(scenario.expected_minor.mid for scenario in analysis.scenarios), rel=1e-5
    )


def test_controls_make_a_shock_rarer_and_its_bursts_smaller() -> None:
    analysis = shocked()
    shock, member = analysis.scenario("T-SHOCK"), analysis.scenario("T-A")
    own, part = shock.severity.mean, member.event_minor * 60.0
    shares = remaining_shares(
        analysis.scenarios,
        [control("C-A", effects={"T-A": 0.75}), control("C-B", effects={"T-SHOCK": 0.5})],
    )
    left = 0.5 * (own + 0.25 * part + 0.5 * member.event_minor)
    assert remaining_minor(shock, shares) == pytest.approx(left, rel=1e-5)
    assert remaining_minor(member, shares) == member.expected_minor.mid * shares[member.id]
    assert remaining_minor(shock, {}) == shock.expected_minor.mid
    after = analysis.residual(shares)
    assert after.mean_minor == pytest.approx(expected_after(analysis.scenarios, shares), rel=1e-5)
    # Crediting the shock's own controls alone, as the selection's rows do, is on the safe side.
    assert left < shock.expected_minor.mid * shares[shock.id]


def simulated(years: int, seed: int) -> np.ndarray:
    chance = np.random.Generator(np.random.PCG64(seed))
    shocks = chance.poisson(RATE, years)
    totals = _sums(chance, OWN, shocks)
    for member, count in zip(MEMBERS, COUNTS, strict=True):
        totals += _sums(chance, member, chance.poisson(count * shocks))
    return totals


def _sums(chance: np.random.Generator, severity: Severity, counts: np.ndarray) -> np.ndarray:
    losses = np.exp(chance.normal(severity.mu, severity.sigma, int(counts.sum())))
    if severity.cap is not None:
        losses = np.minimum(losses, severity.cap)
    sums, ends = np.concatenate(([0.0], np.cumsum(losses))), np.cumsum(counts)
    totals: np.ndarray = sums[ends] - sums[ends - counts]
    return totals


def test_a_year_of_shocks_agrees_with_a_simulation() -> None:
    totals = simulated(200_000, seed=3)
    portfolio = Portfolio([OWN, *MEMBERS])
    loss = portfolio.annual_loss([RATE, 0.0, 0.0], {0: [(1, COUNTS[0]), (2, COUNTS[1])]})
    assert loss.mean_minor == pytest.approx(totals.mean(), rel=0.01)
    for level, chance in ((0.8, 200_000), (0.95, 50_000), (0.99, 10_000)):
        exact = dict(loss.curve)[chance]
        assert exact == pytest.approx(np.quantile(totals, level), rel=0.015)
    worst = np.sort(totals)[int(len(totals) * 0.95) :]
    assert loss.es_95_minor == pytest.approx(worst.mean(), rel=0.015)


def test_mean_and_deviation_of_a_shock_have_closed_forms() -> None:
    portfolio = Portfolio([OWN, *MEMBERS])
    mean, deviation = portfolio.moments(
        np.array([RATE, 0.0, 0.0]), {0: [(1, COUNTS[0]), (2, COUNTS[1])]}
    )
    totals = simulated(200_000, seed=5)
    assert mean == pytest.approx(totals.mean(), rel=0.01)
    assert deviation == pytest.approx(totals.std(), rel=0.01)


def test_together_is_worse_than_one_by_one() -> None:
    # The same events a year, once independent and once in bursts: the mean stays, the tail grows.
    portfolio = Portfolio(MEMBERS[:1] * 2)
    alone = portfolio.annual_loss([0.0, RATE * 50])
    nothing = Severity(low=1, high=1, cap=0)
    bursts = Portfolio([nothing, MEMBERS[0]]).annual_loss([RATE, 0.0], {0: [(1, 50.0)]})
    assert bursts.mean_minor == pytest.approx(alone.mean_minor, rel=1e-5)
    assert bursts.var_99_minor > 1.8 * alone.var_99_minor


def test_bursts_of_one_size_are_a_poisson_sum_of_poisson_counts() -> None:
    # Neyman's type A: P(no event) = exp(-rate * (1 - exp(-count))).
    rate, count = 1.2, 0.7
    nothing, unit = Severity(low=1, high=1, cap=0), Severity(low=500, high=500, cap=None)
    portfolio = Portfolio([nothing, unit], step_minor=500)
    loss = portfolio.annual_loss([rate, 0.0], {0: [(1, count)]})
    chances = _neyman(rate, count, 40)
    for chance, exceeded in loss.curve:
        level = 1 - chance / 1e6
        exact = next(k for k in range(40) if math.fsum(chances[: k + 1]) >= level)
        assert exceeded == 500 * exact


def _neyman(rate: float, count: float, most: int) -> list[float]:
    """Neyman's type A distribution by its recursion (Johnson, Kotz, Kemp, 9.6)."""
    chances = [math.exp(-rate * (1 - math.exp(-count)))]
    for k in range(most):
        total = math.fsum(count**j / math.factorial(j) * chances[k - j] for j in range(k + 1))
        chances.append(rate * count * math.exp(-count) / (k + 1) * total)
    return chances
