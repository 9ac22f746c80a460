"""The loss of one event, against integration and published normal probabilities."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tallystick.analyse.risk.severity import Severity
from tallystick.ground.errors import Defect

CASES = [  # low, high, cap
    (1_000, 100_000, None),
    (1_000, 100_000, 50_000),
    (1_000, 100_000, 900),
    (50_000, 60_000, 55_000),
    (1, 10**9, 10**7),
    (7_000, 7_000, None),
    (7_000, 7_000, 5_000),
    (100, 200, 0),
]


def integrated(severity: Severity, power: int) -> float:
    """E[min(X, cap) ** power] by the midpoint rule over the normal variable."""
    z = np.linspace(-9, 9, 40_001)
    z = (z[1:] + z[:-1]) / 2
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (18 / 40_000)
    losses = np.exp(severity.mu + severity.sigma * z)
    if severity.cap is not None:
        losses = np.minimum(losses, severity.cap)
    return float(np.sum(density * losses**power))


@pytest.mark.parametrize(("low", "high", "cap"), CASES)
def test_moments_agree_with_integration(low: int, high: int, cap: int | None) -> None:
    severity = Severity(low=low, high=high, cap=cap)
    assert severity.mean == pytest.approx(integrated(severity, 1), rel=1e-6, abs=1e-9)
    assert severity.second_moment == pytest.approx(integrated(severity, 2), rel=1e-5, abs=1e-9)


def test_low_and_high_are_the_5_and_95_percent_points() -> None:
    severity = Severity(low=1_000, high=64_000, cap=None)
    # Phi(-1.6448536269514722) = 0.05 (tables of the standard normal distribution).
    for point, share in ((1_000, 0.05), (64_000, 0.95), (8_000, 0.5)):
        z = (math.log(point) - severity.mu) / severity.sigma
        assert 0.5 * math.erfc(-z / math.sqrt(2)) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(("low", "high", "cap"), CASES)
def test_limited_means_rise_to_the_mean_and_bend_down(low: int, high: int, cap: int | None) -> None:
    severity = Severity(low=low, high=high, cap=cap)
    limits = np.linspace(0, severity.reach * 1.01, 500)
    limited = np.array([severity.limited_mean(limit) for limit in limits.tolist()])
    assert limited[0] == pytest.approx(0, abs=1e-9)
    assert limited[-1] == pytest.approx(severity.mean, rel=1e-9, abs=1e-9)
    assert np.all(np.diff(limited) >= -1e-9 * max(severity.mean, 1))
    assert np.all(np.diff(limited, 2) <= 1e-9 * max(severity.mean, 1))


@pytest.mark.parametrize(("low", "high", "cap"), [(0, 1, None), (2, 1, None), (1, 2, -1)])
def test_what_is_no_severity_is_our_fault(low: int, high: int, cap: int | None) -> None:
    with pytest.raises(Defect):
        Severity(low=low, high=high, cap=cap)
