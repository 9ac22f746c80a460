"""Portfolios of any size, the same on every machine: from a fixed seed."""

from __future__ import annotations

import numpy as np

from tallystick.analyse.risk.severity import Severity

_SEED = 5


def generated_portfolio(count: int) -> tuple[list[Severity], list[float]]:
    """Severities of many sizes, a third of them capped, and events a year from 0.01 to 10."""
    chance = np.random.Generator(np.random.PCG64(_SEED))
    severities, rates = [], []
    for place in range(count):
        low = int(10 ** chance.uniform(3, 6))
        high = int(low * chance.uniform(5, 20))
        cap = int(high * chance.uniform(0.5, 3)) if place % 3 == 0 else None
        severities.append(Severity(low=low, high=high, cap=cap))
        rates.append(float(10 ** chance.uniform(-2, 1)))
    return severities, rates
