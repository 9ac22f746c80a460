"""Event losses on a grid, against second differences that are reckoned one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tallystick.analyse.risk.grid import CELLS, Laid
from tallystick.analyse.risk.severity import Severity

CASES = [  # low, high, cap, step
    (1_000, 100_000, None, 100),
    (1_000, 100_000, 50_000, 100),
    (1_000, 100_000, 50_030, 100),
    (1_000, 100_000, 900, 100),
    (1_000, 100_000, 10**9, 100),
    (1_000, 100_000, None, 10_000_000),
    (50_000, 60_000, 55_000, 20),
    (999_000, 1_001_000, None, 100),
    (1, 10**9, 10**7, 1_000),
    (7_000, 7_000, None, 500),
    (7_200, 7_200, None, 500),
    (7_000, 7_000, 5_100, 500),
    (100, 200, 0, 10),
]


def one_by_one(severity: Severity, step: int) -> list[float]:
    limited = [severity.limited_mean(k * step) / step for k in range(CELLS + 1)]
    risen = [1.0, *(two - one for one, two in pairwise(limited))]
    return [one - two for one, two in pairwise(risen)]


@pytest.mark.parametrize(("low", "high", "cap", "step"), CASES)
def test_chances_are_the_second_differences(
    low: int, high: int, cap: int | None, step: int
) -> None:
    severity = Severity(low=low, high=high, cap=cap)
    row = Laid([severity], step).rows[0]
    exact = np.array(one_by_one(severity, step))
    whole = np.zeros(CELLS)
    whole[: len(row)] = row
    assert np.max(np.abs(whole - exact)) < 1e-8 * exact.max()
    assert np.sum(np.abs(whole - exact)) < 1e-7


@pytest.mark.parametrize(("low", "high", "cap", "step"), CASES)
def test_what_the_grid_adds_to_the_variance_is_known(
    low: int, high: int, cap: int | None, step: int
) -> None:
    severity = Severity(low=low, high=high, cap=cap)
    laid = Laid([severity], step)
    row, places = laid.rows[0], np.arange(len(laid.rows[0]))
    if severity.reach > CELLS * step:
        return  # The far part is not on the grid, so the moments cannot be compared.
    squares = float(row @ places**2) - severity.second_moment / step**2
    assert laid.excess[0] == pytest.approx(squares, abs=2e-3)
    assert float(row @ places) * step == pytest.approx(severity.mean, rel=1e-7, abs=1e-9)


def test_laid_together_or_alone_is_the_same() -> None:
    severities = [Severity(low=a, high=b, cap=c) for a, b, c, _ in CASES]
    together = Laid(severities, 100)
    weights = np.linspace(0.1, 2.0, len(severities))
    mixed = np.zeros(CELLS)
    for n, severity in enumerate(severities):
        alone = Laid([severity], 100)
        row = alone.rows[0]
        assert np.array_equal(together.rows[n], row)
        assert together.excess[n] == alone.excess[0]
        mixed[: len(row)] += weights[n] * row
    assert together.mixture(weights) == pytest.approx(mixed, rel=1e-12, abs=1e-15)
    assert not Laid([], 100).mixture(np.empty(0)).any()
