"""The error function over arrays, against the one of the C library and published values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tallystick.analyse.risk.normal import erfc, normal_below

EDGES = [0.0, 1e-300, 0.46875, np.nextafter(0.46875, 1), 4.0, np.nextafter(4.0, 5)]


def test_every_range_agrees_to_the_last_digits() -> None:
    x = np.concatenate([np.linspace(-7, 26.4, 20_011), EDGES, np.negative(EDGES)])
    exact = np.array([math.erfc(one) for one in x.tolist()])
    assert np.max(np.abs(erfc(x) / exact - 1)) < 2e-15


def test_far_out_it_is_nothing_or_two() -> None:
    assert erfc(np.array([30.0, 1e9, np.inf])).tolist() == pytest.approx([0, 0, 0], abs=1e-300)
    assert erfc(np.array([-30.0, -1e9, -np.inf])).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("z", "below"),  # Tables of the standard normal distribution.
    [(0.0, 0.5), (1.0, 0.841344746068543), (-1.959963984540054, 0.025), (3.0, 0.998650101968370)],
)
def test_published_chances(z: float, below: float) -> None:
    assert normal_below(np.array([z]))[0] == pytest.approx(below, rel=1e-12)
