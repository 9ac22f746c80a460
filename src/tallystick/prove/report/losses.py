"""Losses as they are shown: the curve, the figures under it, the scenarios as bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.describe import Service
from tallystick.prove.report import words
from tallystick.prove.report.charts import Curve, exceedance_chart, interval_bar
from tallystick.prove.report.risk import LossBand, RiskPicture, ScenarioLoss
from tallystick.prove.report.svg import NARROW, WIDE

_PLANE = {WIDE: 470, NARROW: 430}
_YEARS = (
    ("Average year", "mean_minor"),
    ("Worst year of 20", "var_95_minor"),
    ("Worst year of 100", "var_99_minor"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An amount before or after: the figure, its range and its bar (empty where none is drawn)."""

    figure: str
    range: str
    bar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearRow:
    """One kind of year; `accepted` is empty when no limit is set for it."""

    year: str
    before: Shown
    after: Shown
    accepted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """One scenario with two bars on one scale; `held` are the titles that hold it down, by layer.

    `accepted` is set when this scenario's limit is not that of the others.
    """

    threat: str
    title: str
    before: Shown
    after: Shown
    held: tuple[tuple[str, str], ...]
    eased: bool
    """Nothing holds it down itself, yet less is lost, because what it brings is held down."""
    accepted: str


def draw_curves(risk: RiskPicture, service: Service) -> dict[int, str]:
    """The exceedance curves before and after, for a wide and for a narrow page."""
    appetite = service.appetite
    curves = [
        _curve("before", "before countermeasures", risk.before),
        _curve("after", "after countermeasures", risk.after),
    ]
    return {
        width: exceedance_chart(
            curves,
            accepted=((50_000, appetite.annual_95_minor), (10_000, appetite.annual_99_minor)),
            currency=risk.currency,
            width=width,
            height=height,
            label="How likely a year is to cost more than a given loss, before and after",
        )
        for width, height in _PLANE.items()
    }


def _curve(kind: str, label: str, band: LossBand) -> Curve:
    return Curve(
        kind=kind, label=label, low=band.low.curve, mid=band.mid.curve, high=band.high.curve
    )


def year_rows(risk: RiskPicture, service: Service) -> tuple[YearRow, ...]:
    """The table under the curve: a row for each kind of year."""
    appetite, currency = service.appetite, risk.currency
    limits = {"var_95_minor": appetite.annual_95_minor, "var_99_minor": appetite.annual_99_minor}
    return tuple(
        YearRow(
            year=year,
            before=_year(risk.before, name, currency),
            after=_year(risk.after, name, currency),
            accepted=words.money(limits[name], currency) if name in limits else "",
        )
        for year, name in _YEARS
    )


def _year(band: LossBand, name: str, currency: str) -> Shown:
    low, mid, high = (getattr(part, name) for part in (band.low, band.mid, band.high))
    return Shown(figure=words.money(mid, currency), range=words.money_range(low, high, currency))


def scenario_rows(
    risk: RiskPicture, *, accepted: int, raised: Mapping[str, int], titles: Mapping[str, str]
) -> tuple[ScenarioRow, ...]:
    """The costliest scenarios, each with two bars on one scale.

    Takes: `accepted`, the most accepted of any scenario; `raised`, threat -> the higher limit that
           was accepted for it; `titles` of the countermeasures.
    """
    top = risk.top()
    whole = max((one.before[2] for one in top), default=1)
    return tuple(
        ScenarioRow(
            threat=one.threat,
            title=one.title,
            before=_shown(one, "before", whole, raised.get(one.threat, accepted), risk.currency),
            after=_shown(one, "after", whole, raised.get(one.threat, accepted), risk.currency),
            held=tuple((layer, titles[name]) for layer, name in risk.held_by[one.threat]),
            eased=not risk.held_by[one.threat] and one.after[1] < one.before[1],
            accepted=words.money(raised[one.threat], risk.currency) if one.threat in raised else "",
        )
        for one in top
    )


def _shown(one: ScenarioLoss, kind: str, whole: int, mark: int, currency: str) -> Shown:
    low, mid, high = one.before if kind == "before" else one.after
    return Shown(
        figure=words.money(mid, currency),
        range=words.money_range(low, high, currency),
        bar=interval_bar(low=low, mid=mid, high=high, whole=whole, kind=kind, mark=mark),
    )
