"""The study of the choice as it is shown: prices, what would flip, and the frontier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.decide import Alternative, Plan, Study
from tallystick.decide.selection import Price
from tallystick.prove.report.frontier import Point, frontier_chart
from tallystick.prove.report.measures import promise_title
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.prove.report.words import days, money

_PLANE = {WIDE: 400, NARROW: 440}
CORNERS = (("low", "at the low end"), ("mid", "in the middle"), ("high", "at the high end"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """What one requirement adds, and what would go without it."""

    id: str
    title: str
    days: str
    cost: str
    gone: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwingRow:
    """A countermeasure that the choice takes at some beliefs only; a flag for each corner."""

    id: str
    title: str
    chosen: bool
    at: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """What a budget buys; `unmet` are promises that it does not keep, as id and title."""

    days: str
    controls: int
    mean: str
    var_95: str
    unmet: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """The sections that only a study can fill."""

    prices: tuple[PriceRow, ...]
    free: int
    core: int
    swings: tuple[SwingRow, ...]
    frontier: dict[int, str]
    budget: BudgetRow | None


def show_study(plan: Plan, study: Study, budget: Alternative | None) -> Studied:
    """Lay out a study; amounts are of the plan's currency."""
    dear = sorted(study.prices, key=lambda one: (-one.burden_millidays, one.requirement))
    paid = [one for one in dear if one.burden_millidays > 0]
    return Studied(
        prices=tuple(_price(one, plan) for one in paid),
        free=len(dear) - len(paid),
        core=len(study.core),
        swings=tuple(
            SwingRow(
                id=one.control,
                title=plan.catalogue.countermeasures[one.control].title,
                chosen=plan.policy.has(one.control),
                at=tuple((words, corner in one.chosen_at) for corner, words in CORNERS),
            )
            for one in study.swing
        ),
        frontier=_frontier(plan, study, budget) if study.frontier else {},
        budget=_budget(plan, budget) if budget else None,
    )


def _price(one: Price, plan: Plan) -> PriceRow:
    day = plan.service.volumes.person_day_cost_minor
    return PriceRow(
        id=one.requirement,
        title=one.title,
        days=days(one.burden_millidays),
        cost=money(one.burden_millidays * day // 1000, plan.policy.currency),
        gone=_titled(one.instead, plan),
    )


def _titled(names: Sequence[str], plan: Plan) -> tuple[tuple[str, str], ...]:
    return tuple((name, plan.catalogue.countermeasures[name].title) for name in names)


def _frontier(plan: Plan, study: Study, budget: Alternative | None) -> dict[int, str]:
    optimum = plan.policy.optimum
    chosen = Point(
        burden_millidays=int(optimum["burden_millidays"]),
        mean_minor=int(optimum["expected_after_minor"]),
        var_95_minor=int(optimum["var_95_after_minor"]),
    )
    points = [
        Point(
            burden_millidays=one.burden_millidays,
            mean_minor=one.expected_after_minor,
            var_95_minor=one.var_95_after_minor,
            kept=one.kept,
        )
        for one in study.frontier
    ]
    return {
        width: frontier_chart(
            points,
            chosen=chosen,
            budget=_point(budget) if budget else None,
            accepted=plan.service.appetite.annual_95_minor,
            currency=plan.policy.currency,
            width=width,
            height=height,
        )
        for width, height in _PLANE.items()
    }


def _point(budget: Alternative) -> Point:
    return Point(
        burden_millidays=budget.burden_millidays,
        mean_minor=budget.expected_after_minor,
        var_95_minor=budget.var_95_after_minor,
    )


def _budget(plan: Plan, budget: Alternative) -> BudgetRow:
    return BudgetRow(
        days=days(budget.burden_millidays),
        controls=len(budget.chosen),
        mean=money(budget.expected_after_minor, plan.policy.currency),
        var_95=money(budget.var_95_after_minor, plan.policy.currency),
        unmet=tuple((name, promise_title(name, plan.catalogue)) for name in budget.unmet),
    )
