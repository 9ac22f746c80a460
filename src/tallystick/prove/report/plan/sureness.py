"""How sure the loss of a year is: the interval over what is believed of all inputs together."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.analyse import Band, Uncertainty
from tallystick.decide import Plan
from tallystick.decide.controls import remaining_shares
from tallystick.prove.report.words import money, money_range, percent

_DRIVERS = 3
_YEARS = (
    ("Average year", "mean_minor"),
    ("Worst year of 20", "var_95_minor"),
    ("Worst year of 100", "var_99_minor"),
)


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


def weigh_sureness(plan: Plan) -> Sureness:
    """Intervals before and after."""
    analysis = plan.analysis
    controls = [plan.catalogue.countermeasures[one.id] for one in plan.policy.controls]
    before = analysis.uncertainty
    after = analysis.residual_uncertainty(remaining_shares(analysis.scenarios, controls))
    return Sureness(
        draws=after.draws,
        rows=tuple(_row(year, name, before, after, plan.policy.currency) for year, name in _YEARS),
        drivers=tuple(
            (one.threat, plan.catalogue.threats[one.threat].title, percent(one.share_permille))
            for one in after.drivers[:_DRIVERS]
        ),
    )


def _row(year: str, name: str, before: Uncertainty, after: Uncertainty, currency: str) -> SureRow:
    one: Band = getattr(before, name)
    two: Band = getattr(after, name)
    return SureRow(
        year=year,
        before=money(one.mid, currency),
        before_range=money_range(one.low, one.high, currency),
        after=money(two.mid, currency),
        after_range=money_range(two.low, two.high, currency),
    )
