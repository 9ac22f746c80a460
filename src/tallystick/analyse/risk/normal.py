"""The normal distribution over whole arrays, to the last digits of a double.

The complementary error function follows W. J. Cody, "Rational Chebyshev approximations for the
error function", Mathematics of Computation 23 (1969): one quotient of polynomials for each of
three ranges, with the exponential of a square taken in two parts so that no digits are lost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SQRT_HALF = 0.7071067811865476
_SQRT_PI_UNDER_1 = 0.5641895835477563
_NEAR, _MIDDLE = 0.46875, 4.0
_VANISHES = 27.0
"""Beyond this the function is below the smallest double."""

# Cody's coefficients, the highest power first.
_NEAR_TOP = (
    1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
    3.77485237685302021e2, 3.20937758913846947e3,
)  # fmt: skip
_NEAR_BOTTOM = (
    1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
    2.84423683343917062e3,
)  # fmt: skip
_MIDDLE_TOP = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
    6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
    1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
_MIDDLE_BOTTOM = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
    1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
    3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
_FAR_TOP = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
    1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
_FAR_BOTTOM = (
    1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
    6.05183413124413191e-2, 2.33520497626869185e-3,
)  # fmt: skip


def erfc(x: Floats) -> Floats:
    """The complementary error function of each number: 1 - erf(x).

    >>> erfc(np.array([0.0, 1.0])).round(12).tolist()
    [1.0, 0.15729920705]
    """
    size = np.minimum(np.abs(x), _VANISHES)
    tail = np.empty_like(size)
    near = size <= _NEAR
    far = size > _MIDDLE
    middle = ~(near | far)
    tail[near] = _near(size[near])
    tail[middle] = _middle(size[middle])
    tail[far] = _far(size[far])
    return np.where(x < 0, 2.0 - tail, tail)


def normal_below(z: Floats) -> Floats:
    """The chance that a standard normal variable is below each z."""
    return 0.5 * erfc(z * -_SQRT_HALF)


def _near(y: Floats) -> Floats:
    square = y * y
    return 1.0 - y * _polynomial(_NEAR_TOP, square) / _polynomial(_NEAR_BOTTOM, square)


def _middle(y: Floats) -> Floats:
    return _exp_of_square(y) * _polynomial(_MIDDLE_TOP, y) / _polynomial(_MIDDLE_BOTTOM, y)


def _far(y: Floats) -> Floats:
    square = 1.0 / (y * y)
    part = square * _polynomial(_FAR_TOP, square) / _polynomial(_FAR_BOTTOM, square)
    return _exp_of_square(y) * (_SQRT_PI_UNDER_1 - part) / y


def _exp_of_square(y: Floats) -> Floats:
    """exp(-y * y), the square split where it is exact."""
    coarse = np.trunc(y * 16.0) / 16.0
    parts: Floats = np.exp(-coarse * coarse) * np.exp(-(y - coarse) * (y + coarse))
    return parts


def _polynomial(coefficients: Sequence[float], x: Floats) -> Floats:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value
