"""The loss of one event: lognormal between its 5 % and 95 % point, cut off by a product limit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tallystick.ground.errors import Defect

Z_95 = 1.6448536269514722
"""The 95 % point of the standard normal distribution."""
_SQRT_2 = math.sqrt(2.0)
_FAR = 8.0
"""Beyond so many standard deviations a lognormal has less than 1e-15 of its mass."""


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
        return self.limited_mean(float(self.cap))

    @property
    def second_moment(self) -> float:
        """Mean of the squared loss; what the variance of a year's sum is made of."""
        return self.moment(2)

    def moment(self, power: int) -> float:
        """Mean of a power of the loss."""
        mu, sigma = self.mu, self.sigma
        whole = math.exp(power * mu + (power * sigma) ** 2 / 2)
        if self.cap is None:
            return whole
        if self.cap == 0 or sigma == 0:
            return self.mean**power
        z = (math.log(self.cap) - mu) / sigma
        beyond = float(self.cap) ** power * _normal(-z)
        return whole * _normal(z - power * sigma) + beyond

    @property
    def reach(self) -> float:
        """Beyond this there is no loss worth a cell of the grid."""
        far = math.exp(self.mu + _FAR * self.sigma)
        return far if self.cap is None else min(far, float(self.cap))

    def cut(self, limit: int) -> Severity:
        """The same loss, stopped at a limit that may be lower than its cap."""
        return replace(self, cap=limit if self.cap is None else min(limit, self.cap))

    def limited_mean(self, limit: float) -> float:
        """E[min(loss, limit)]: concave in the limit, from 0 up to the mean."""
        if self.cap is not None:
            limit = min(limit, float(self.cap))
        if limit <= 0:
            return 0.0
        mu, sigma = self.mu, self.sigma
        if sigma == 0:
            return min(limit, math.exp(mu))
        z = (math.log(limit) - mu) / sigma
        return math.exp(mu + sigma**2 / 2) * _normal(z - sigma) + limit * _normal(-z)

    def beyond(self, limit: float) -> float:
        """The chance that the loss would be above a limit, were there no cap."""
        if self.sigma == 0:
            return float(math.exp(self.mu) > limit)
        return _normal((self.mu - math.log(limit)) / self.sigma)


def _normal(z: float) -> float:
    return 0.5 * math.erfc(-z / _SQRT_2)
