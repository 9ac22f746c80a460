"""The loss of one event: lognormal between its 5 % and 95 % point, cut off by a product limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.ground.errors import Defect

Z_95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution."""
_SQRT_2 = math.sqrt(2.0)
_FAR = 8.0
"""Beyond so many standard deviations a lognormal has less than 1e-15 of its mass."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """Loss of one event in minor units: min(X, cap), X lognormal.

    A limit does not make large losses rarer than they would be: it stops them at the limit. So the
    mass beyond the cap lies on the cap.
    """

    low: int
    high: int
    cap: int | None

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high or (self.cap is not None and self.cap < 0):
            raise Defect(f"no severity from {self.low} to {self.high}, capped at {self.cap}")

    @property
    def mu(self) -> float:
        return (math.log(self.low) + math.log(self.high)) / 2

    @property
    def sigma(self) -> float:
        return (math.log(self.high) - math.log(self.low)) / (2 * Z_95)

    @property
    def mean(self) -> float:
        """Mean loss of one event."""
        if self.cap is None:
            return math.exp(self.mu + self.sigma**2 / 2)
        return float(self.limited_means(np.array([float(self.cap)]))[0])

    @property
    def second_moment(self) -> float:
        """Mean of the squared loss; what the variance of a year's sum is made of."""
        mu, sigma = self.mu, self.sigma
        whole = math.exp(2 * mu + 2 * sigma**2)
        if self.cap is None:
            return whole
        if self.cap == 0 or sigma == 0:
            return self.mean**2
        z = (math.log(self.cap) - mu) / sigma
        return whole * _normal(z - 2 * sigma) + self.cap**2 * _normal(-z)

    @property
    def reach(self) -> float:
        """Beyond this there is no loss worth a cell of the grid."""
        far = math.exp(self.mu + _FAR * self.sigma)
        return far if self.cap is None else min(far, float(self.cap))

    def limited_means(self, limits: Floats) -> Floats:
        """E[min(loss, d)] for each limit d >= 0: concave, from 0 up to the mean."""
        if self.cap is not None:
            limits = np.minimum(limits, float(self.cap))
        mu, sigma = self.mu, self.sigma
        if sigma == 0:
            return np.minimum(limits, math.exp(mu))
        z = (np.log(np.maximum(limits, 1e-300)) - mu) / sigma
        below = math.exp(mu + sigma**2 / 2) * _normals(z - sigma)
        return below + limits * _normals(-z)


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / _SQRT_2)


def _normals(z: Floats) -> Floats:
    erfc = math.erfc
    return 0.5 * np.array([erfc(x) for x in (z / -_SQRT_2).tolist()], dtype=np.float64)
