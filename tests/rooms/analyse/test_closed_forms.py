"""The loss of a year against what is known without our program: closed forms, Panjer's recursion,
and the formulas that would be wrong (Klugman, Panjer, Willmot, *Loss Models*, chapters 6 and 9)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tallystick.analyse.risk import Portfolio
from tallystick.analyse.risk.compound import Grid
from tallystick.analyse.risk.grid import CELLS, Laid
from tallystick.analyse.risk.severity import Severity

LOGNORMAL = Severity(low=20_000, high=200_000, cap=None)
CAPPED = Severity(low=10_000, high=400_000, cap=150_000)
SMALL = Severity(low=3, high=40, cap=None)


def moment(severity: Severity, power: int) -> float:
    """E[min(X, cap) ** power], X lognormal."""
    mu, sigma = severity.mu, severity.sigma
    whole = math.exp(power * mu + power**2 * sigma**2 / 2)
    if severity.cap is None:
        return whole
    z = (math.log(severity.cap) - mu) / sigma
    below = 0.5 * math.erfc(-(z - power * sigma) / math.sqrt(2))
    return whole * below + severity.cap**power * 0.5 * math.erfc(z / math.sqrt(2))


def moments_on_grid(parts: list[tuple[Severity, float]], step: int) -> tuple[float, float, float]:
    """Mean, variance and third central moment of the distribution that was reckoned."""
    severities, rates = zip(*parts, strict=True)
    below = Grid(severities, step).below(np.array(rates), {})
    chances = np.diff(below, prepend=0.0)
    places = np.arange(len(chances)) * float(step)
    mean = float(chances @ places)
    off = places - mean
    return mean, float(chances @ off**2), float(chances @ off**3)


@pytest.mark.parametrize(
    ("parts", "step"),
    [
        ([(LOGNORMAL, 6.0)], 500),
        ([(CAPPED, 25.0)], 700),
        ([(LOGNORMAL, 2.0), (CAPPED, 9.0)], 500),
    ],
)
def test_moments_of_a_compound_poisson_sum(parts: list[tuple[Severity, float]], step: int) -> None:
    # The k-th cumulant of a compound Poisson sum is rate * E[X ** k].
    mean, variance, third = moments_on_grid(parts, step)
    exact = [math.fsum(rate * moment(s, power) for s, rate in parts) for power in (1, 2, 3)]
    assert mean == pytest.approx(exact[0], rel=1e-6)
    assert variance == pytest.approx(exact[1], rel=1e-3)
    assert third == pytest.approx(exact[2], rel=5e-3)


def test_very_many_tiny_losses_are_nearly_a_normal_sum() -> None:
    # 300,000 losses a year far below a step: on the bare grid the deviation would be six times too
    # large. The cumulants of the sum give its worst years (Cornish and Fisher, 1938).
    rate = 300_000.0
    mean, variance, third = (rate * moment(SMALL, power) for power in (1, 2, 3))
    loss = Portfolio([SMALL], step_minor=1_000).annual_loss([rate])
    for z, worst in ((1.6448536, loss.var_95_minor), (2.3263479, loss.var_99_minor)):
        bent = z + (z * z - 1) / 6 * third / variance**1.5
        exact = mean + bent * math.sqrt(variance)
        assert worst == pytest.approx(exact, abs=1_000)


def panjer(event: list[float], rate: float, cells: int) -> list[float]:
    """P(sum = n) for a Poisson number of events (Panjer, ASTIN Bulletin 12, 1981)."""
    chances = [math.exp(rate * (event[0] - 1))]
    for n in range(1, cells):
        most = min(n, len(event) - 1)
        total = math.fsum(k * event[k] * chances[n - k] for k in range(1, most + 1))
        chances.append(rate / n * total)
    return chances


@pytest.mark.parametrize("rate", [0.3, 2.0, 8.0])
def test_panjers_recursion_says_the_same(rate: float) -> None:
    severity, step = Severity(low=2_000, high=9_000, cap=20_000), 1_000
    event = Laid([severity], step).rows[0].tolist()
    exact = np.cumsum(panjer(event, rate, 120))
    # Without the correction of the variance, to compare one and the same discrete sum.
    grid = Grid([severity], step)
    grid._laid.excess[:] = grid._laid.skew[:] = 0.0
    below = grid.below(np.array([rate]), {})[:120]
    assert np.max(np.abs(below - exact)) < 1e-9


def test_a_rare_event_alone_has_the_tail_of_its_severity() -> None:
    rate = 0.05
    loss = Portfolio([LOGNORMAL]).annual_loss([rate])
    # P(loss > x) = rate * P(X > x), nearly: the 1 % worst year is the 80 % point of one event.
    z_80 = 0.8416212335729143
    exact = math.exp(LOGNORMAL.mu + z_80 * LOGNORMAL.sigma)
    assert loss.var_99_minor == pytest.approx(exact, rel=0.03)
    assert loss.var_95_minor == 0


def test_a_cap_is_an_atom() -> None:
    rare = Portfolio([CAPPED]).annual_loss([0.01])
    # One event in 100 years, every tenth of them at the cap: one year in 1,000 costs the cap.
    beyond = CAPPED.beyond(150_000)
    assert beyond > 0.1
    assert dict(rare.curve)[1_000] == 150_000
    row = Laid([CAPPED], 1_000).rows[0]
    assert row[150] == pytest.approx(beyond, rel=0.01)


# ---- formulas that are often used, and wrong (trap T1 of the design) ----------------------------


def test_at_most_once_a_year_would_lose_most_of_the_mean() -> None:
    # A chance of 1 - exp(-rate) instead of a rate: for twelve events a year, twelve times too low.
    rate = 12.0
    loss = Portfolio([LOGNORMAL]).annual_loss([rate])
    bernoulli = (1 - math.exp(-rate)) * LOGNORMAL.mean
    assert loss.mean_minor == pytest.approx(rate * LOGNORMAL.mean, rel=1e-5)
    assert loss.mean_minor / bernoulli == pytest.approx(12, rel=1e-4)


def test_frequency_times_one_loss_would_stretch_the_tail() -> None:
    # One loss drawn for the year and multiplied by the number of events: the mean is right, the
    # deviation of the year is sqrt(rate) times too large, and so is the worst year.
    rate = 12.0
    portfolio = Portfolio([LOGNORMAL])
    loss = portfolio.annual_loss([rate])
    chance = np.random.Generator(np.random.PCG64(1))
    wrong = chance.poisson(rate, 200_000) * np.exp(
        chance.normal(LOGNORMAL.mu, LOGNORMAL.sigma, 200_000)
    )
    assert loss.mean_minor == pytest.approx(wrong.mean(), rel=0.02)
    assert np.quantile(wrong, 0.99) > 1.8 * loss.var_99_minor
    _, deviation = portfolio.moments(np.array([rate]), {})
    exact = math.sqrt(rate * moment(LOGNORMAL, 2))
    assert deviation == pytest.approx(exact, rel=1e-9)
    assert wrong.std() > 2 * exact


# ---- a million years ----------------------------------------------------------------------------


def sixty(seed: int) -> tuple[list[Severity], list[float]]:
    """Sixty scenarios of many sizes, about 90 events a year."""
    chance = np.random.Generator(np.random.PCG64(seed))
    severities, rates = [], []
    for place in range(60):
        low = int(10 ** chance.uniform(3, 6))
        high = int(low * chance.uniform(5, 20))
        cap = int(high * chance.uniform(0.5, 3)) if place % 3 == 0 else None
        severities.append(Severity(low=low, high=high, cap=cap))
        rates.append(float(10 ** chance.uniform(-2, 1)))
    return severities, rates


@pytest.mark.slow
def test_the_worst_year_of_100_agrees_with_a_million_simulated_years() -> None:
    severities, rates = sixty(5)
    loss = Portfolio(severities).annual_loss(rates)
    years, chance = 1_000_000, np.random.Generator(np.random.SFC64(11))
    totals = np.zeros(years)
    for severity, rate in zip(severities, rates, strict=True):
        counts = chance.poisson(rate, years)
        losses = np.exp(chance.normal(severity.mu, severity.sigma, int(counts.sum())))
        if severity.cap is not None:
            np.minimum(losses, severity.cap, out=losses)
        sums, ends = np.concatenate(([0.0], np.cumsum(losses))), np.cumsum(counts)
        totals += sums[ends] - sums[ends - counts]
    assert loss.var_99_minor == pytest.approx(np.quantile(totals, 0.99), rel=1e-3)
    assert loss.var_95_minor == pytest.approx(np.quantile(totals, 0.95), rel=1e-3)
    assert loss.mean_minor == pytest.approx(totals.mean(), rel=1e-3)


def test_many_scenarios_stay_modest_in_memory() -> None:
    severities, rates = sixty(7)
    portfolio = Portfolio(severities * 21)
    for share in (1.0, 0.1, 0.01, 0.001):
        portfolio.annual_loss([rate * share for rate in rates * 21])
    kept = sum(grid.size for grid in portfolio._grids.values())
    assert kept <= 6_000_000 or len(portfolio._grids) == 1
    assert all(len(row) <= CELLS for g in portfolio._grids.values() for row in g._laid.rows)
