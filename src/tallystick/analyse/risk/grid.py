"""Event losses laid on a grid of whole steps, many at a time.

A loss between two cells is shared between them so that its mean is kept (local moment matching:
Klugman, Panjer, Willmot, *Loss Models*): the chance of cell k is the second difference of
E[min(loss, d)] there. Near zero, at a cap and for narrow severities it is reckoned that way. Where
the density bends little over a step, the same chance follows from the density and its second
derivative, step * f * (1 + step^2 f'' / 12 f), for the price of one exponential.

Sharing a loss between two cells makes it vary more, and makes it more skewed. By how much is kept
beside (`excess`, `skew`), so that the sum of a year can be given its true moments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.analyse.risk.normal import Floats, normal_below
from tallystick.analyse.risk.severity import Severity

CELLS = 1 << 14
"""Cells of a grid."""
_BENDS_LITTLE = 20.0
"""How many cells must lie below a cell, for each unit of the density's steepness."""
_STEEPEST = 8.0
_ROOT_2_PI = math.sqrt(2 * math.pi)

_K = np.arange(CELLS + 4, dtype=np.float64)
_LOGS = np.log(np.maximum(_K, 1e-300))
_UNDER_1 = 1.0 / np.maximum(_K, 1.0)
_TWELFTHS = _UNDER_1**2 / 12.0
_SQUARES = _K**2


@dataclass(frozen=True, slots=True)
class _Plan:
    """Of one severity: `head` cells by second differences, the others, up to `stop`, by density.

    `cap_at` is the cell below its cap, when the cap lies on the grid.
    """

    severity: Severity
    head: int
    stop: int
    cap_at: int | None


class Laid:
    """Severities on a grid of at most CELLS steps; what one event loses beyond it is left out.

    `rows` hold, for each severity, the chances of 0, 1, 2, ... steps as the loss of one event.
    `excess` is what the grid adds to the second moment of one event, `skew` what it adds to the
    third by losses below one step; both in powers of a step.
    """

    def __init__(self, severities: Sequence[Severity], step: int, *, cells: int = CELLS) -> None:
        plans = [_plan(severity, step, cells) for severity in severities]
        heads = _heads(plans, step)
        chances = [_chances(plan, head, step) for plan, head in zip(plans, heads, strict=True)]
        self.excess = np.array(
            [_added(plan, row, step) for plan, row in zip(plans, chances, strict=True)]
        )
        self.skew = np.array([_leaned(severity, step) for severity in severities])
        self.rows = chances
        self.size = sum(len(row) for row in chances)

    def mixture(self, weights: Floats) -> Floats:
        """The weighted sum of all rows, on the whole grid.

        Row by row: a product of matrices would wait for threads that other work keeps busy.
        """
        mixed, part = np.zeros(CELLS), np.empty(CELLS)
        for weight, row in zip(weights.tolist(), self.rows, strict=True):
            if weight:
                mixed[: len(row)] += np.multiply(row, weight, out=part[: len(row)])
        return mixed


def _plan(severity: Severity, step: int, cells: int) -> _Plan:
    if severity.cap == 0:
        return _Plan(severity, head=1, stop=1, cap_at=None)
    reach = severity.reach / step
    stop = min(math.ceil(min(reach, cells)) + 2, cells)
    steep = math.inf if severity.sigma == 0 else _STEEPEST / severity.sigma + 6
    head = math.ceil(min(_BENDS_LITTLE * steep, stop))
    capped = severity.cap is not None and severity.cap <= severity.reach and reach < cells - 1
    cap_at = math.floor(reach) if capped else None
    if cap_at is not None and cap_at <= head + 1:
        head = stop = cap_at + 2
    return _Plan(severity, head=head, stop=stop, cap_at=cap_at)


def _heads(plans: Sequence[_Plan], step: int) -> list[Floats]:
    """The first cells of every severity, reckoned in one go."""
    edges = [plan.head + 1 for plan in plans]
    if not edges:
        return []
    ends = np.cumsum(edges)
    places = np.arange(ends[-1]) - np.repeat(ends - edges, edges)
    limited = _limited(plans, places, edges, step)
    risen = np.diff(limited, append=0.0)
    heads = []
    for end, count in zip(ends.tolist(), edges, strict=True):
        own = risen[end - count : end - 1]
        heads.append(np.concatenate(([1.0], own[:-1])) - own)
    return heads


def _limited(
    plans: Sequence[_Plan], places: NDArray[np.intp], edges: list[int], step: int
) -> Floats:
    """E[min(loss, d)] in steps, at the edges of all heads, one severity after the other."""

    def spread(values: list[float]) -> Floats:
        return np.repeat(np.array(values), edges)

    severities = [plan.severity for plan in plans]
    caps = spread([math.inf if s.cap is None else s.cap / step for s in severities])
    logs = spread([math.log(max(s.cap or 0, 1) / step) if s.cap else math.inf for s in severities])
    limits = np.minimum(places.astype(np.float64), caps)
    sigmas = spread([s.sigma or 1.0 for s in severities])
    offset = spread([s.mu - math.log(step) for s in severities])
    z = (np.minimum(_LOGS[places], logs) - offset) / sigmas
    whole = spread([math.exp(s.mu + s.sigma**2 / 2) / step for s in severities])
    limited: Floats = whole * normal_below(z - sigmas) + limits * normal_below(-z)
    fixed = spread([float(s.sigma == 0) for s in severities]) > 0
    return np.where(fixed, np.minimum(limits, whole), limited)


def _chances(plan: _Plan, head: Floats, step: int) -> Floats:
    if plan.stop <= plan.head:
        return head.clip(min=0.0)
    if plan.cap_at is None:
        parts = [head, _by_density(plan.severity, step, slice(plan.head, plan.stop))]
    else:
        body = _by_density(plan.severity, step, slice(plan.head, plan.cap_at))
        parts = [head, body, _at_cap(plan.severity, plan.cap_at, step)]
    return np.concatenate(parts).clip(min=0.0)


def _by_density(severity: Severity, step: int, cells: slice) -> Floats:
    sigma = severity.sigma
    z = (_LOGS[cells] - (severity.mu - math.log(step))) * (1 / sigma)
    chances = np.exp(-0.5 * z * z)
    chances *= _UNDER_1[cells] * (1 / (sigma * _ROOT_2_PI))
    slope = z * (1 / sigma) + 1.0
    bend = slope * (slope + 1.0) - 1 / sigma**2
    chances *= 1.0 + bend * _TWELFTHS[cells]
    return chances


def _at_cap(severity: Severity, at: int, step: int) -> Floats:
    """The two cells around a cap, on which the mass beyond it lies."""
    below, here, above = (severity.limited_mean((at + n) * step) for n in (-1.0, 0.0, 1.0))
    return np.array([2 * here - below - above, above - here]) / step


def _added(plan: _Plan, chances: Floats, step: int) -> float:
    """What sharing between cells adds to the second moment of one event.

    Exact over the head and at the cap. In the body a loss lies anywhere between its two cells,
    which adds a sixth.
    """
    severity, last = plan.severity, plan.head
    if severity.cap == 0:
        return 0.0
    head = chances[:last]
    beyond = max(1.0 - float(head.sum()), 0.0)
    squares = float((head * _SQUARES[:last]).sum()) + beyond * last**2
    added = squares - severity.cut(last * step).second_moment / step**2
    if plan.stop > last:
        added += float(chances[last : plan.cap_at].sum()) / 6
        if plan.cap_at is not None and severity.cap is not None:
            share = severity.cap / step - plan.cap_at
            added += share * (1 - share) * severity.beyond(severity.cap)
    return max(added, 0.0)


def _leaned(severity: Severity, step: int) -> float:
    """What sharing adds to the third moment by losses below one step; of others it is little."""
    small = severity.cut(step)
    return max(small.mean / step - small.moment(3) / step**3, 0.0)
