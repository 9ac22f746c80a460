"""How sure the loss of a year is: the interval over what is believed of all inputs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report.words import money, money_range, percent

_DRIVERS = 3
_YEARS = (
    ("Average year", "mean_minor"),
    ("Worst year of 20", "var_95_minor"),
    ("Worst year of 100", "var_99_minor"),
)


class Interval(Protocol):
    """The 5, 50 and 95 % points of one figure."""

    @property
    def low(self) -> int: ...
    @property
    def mid(self) -> int: ...
    @property
    def high(self) -> int: ...


class Driver(Protocol):
    """A scenario that moves the mean, and by what share of its variation."""

    @property
    def threat(self) -> str: ...
    @property
    def share_permille(self) -> int: ...


class Uncertainty(Protocol):
    """Intervals of what a year may cost, over draws of the inputs."""

    @property
    def draws(self) -> int: ...
    @property
    def mean_minor(self) -> Interval: ...
    @property
    def var_95_minor(self) -> Interval: ...
    @property
    def var_99_minor(self) -> Interval: ...
    @property
    def drivers(self) -> Sequence[Driver]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SureRow:
    """One kind of year: middle and interval, before and after."""

    year: str
    before: str
    before_range: str
    after: str
    after_range: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """The intervals, and the scenarios that it pays most to know better, with their shares."""

    draws: int
    rows: tuple[SureRow, ...]
    drivers: tuple[tuple[str, str, str], ...]


def weigh_sureness(plan: Plan) -> Sureness | None:
    """Intervals before and after; None where `analyse` weighs none."""
    analysis = plan.analysis
    before: Uncertainty | None = getattr(analysis, "uncertainty", None)
    weigh: Callable[[Mapping[str, float]], Uncertainty] | None = getattr(
        analysis, "residual_uncertainty", None
    )
    if before is None or weigh is None:
        return None
    controls = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    after = weigh(remaining_shares(analysis.scenarios, controls))
    return Sureness(
        draws=after.draws,
        rows=tuple(_row(year, name, before, after, plan.policy.currency) for year, name in _YEARS),
        drivers=tuple(
            (one.threat, plan.catalogue.threats[one.threat].title, percent(one.share_permille))
            for one in after.drivers[:_DRIVERS]
        ),
    )


def _row(year: str, name: str, before: Uncertainty, after: Uncertainty, currency: str) -> SureRow:
    one: Interval = getattr(before, name)
    two: Interval = getattr(after, name)
    return SureRow(
        year=year,
        before=money(one.mid, currency),
        before_range=money_range(one.low, one.high, currency),
        after=money(two.mid, currency),
        after_range=money_range(two.low, two.high, currency),
    )
