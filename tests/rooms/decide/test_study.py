"""Prices, what binds, the frontier, the robust core and what is declined, on made problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest

from tallystick.analyse import analyse_risk
from tallystick.decide.selection import (
    PORTFOLIO,
    Clash,
    Problem,
    Selection,
    best_within,
    pose_problem,
    select_controls,
    study_selection,
    what_binds,
)
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Interval, Layer
from tallystick.testing.instances import Size, generated_problem
from tests.rooms.decide.small import (
    catalogue,
    control,
    requirement,
    small_service,
    threat,
    with_appetite,
)


@dataclass(frozen=True)
class Made:
    problem: Problem
    selection: Selection


def made(plain: Any, **appetite: int) -> Made:
    service = with_appetite(small_service(), **appetite)
    problem = pose_problem(service, analyse_risk(service, plain), plain)
    return Made(problem=problem, selection=select_controls(problem))


def demanded() -> Any:
    return catalogue(
        [threat("T-A")],
        [
            control("C-CHEAP", run_days=2),
            control("C-DEAR", run_days=9, requires=("C-UNDER",)),
            control("C-UNDER", run_days=3),
            control("C-STRONG", run_days=5, effects={"T-A": 0.9}),
            control("C-MORE", run_days=1, effects={"T-A": 0.95}, layer=Layer.PROCESS),
        ],
        [
            requirement("R-7-02", "C-CHEAP"),
            requirement("R-7-03", "C-DEAR"),
            requirement("R-7-04", "C-CHEAP", "C-DEAR"),
            requirement("R-7-05", "C-STRONG"),
        ],
    )


def test_a_price_is_the_burden_with_minus_the_burden_without() -> None:
    prices = {one.requirement: one for one in study_selection(made(demanded())).prices}
    assert (prices["R-7-02"].burden_millidays, prices["R-7-02"].instead) == (2_000, ("C-CHEAP",))
    assert prices["R-7-03"].burden_millidays == 12_000
    assert prices["R-7-03"].instead == ("C-DEAR", "C-UNDER")
    assert prices["R-7-04"].burden_millidays == 0
    assert prices["R-7-05"].title == "Ask R-7-05"
    ordered = [one.burden_millidays for one in study_selection(made(demanded())).prices]
    assert ordered == sorted(ordered, reverse=True)


def test_every_price_of_a_made_problem_is_what_planning_again_says() -> None:
    problem = generated_problem(
        5,
        Size(scenarios=20, controls=30, requirements=14, alternatives=2),
        scenario_percent=200,
        year_percent=40,
    )
    plan = Made(problem=problem, selection=select_controls(problem))
    prices = study_selection(plan).prices
    assert any(price.burden_millidays for price in prices)
    for price in prices:
        others = problem.mandatory.keys() - {price.requirement}
        eased = problem.keeping(requirements=others, scenarios=problem.needs, portfolio=True)
        again = select_controls(eased)
        assert plan.selection.burden - again.burden == price.burden_millidays, price.requirement


def test_what_binds_a_control_breaks_without_it() -> None:
    plan = made(demanded())
    loss = plan.problem.analysis.loss.mean_minor
    held = made(demanded(), scenario_minor=loss * 2 // 100)
    assert what_binds(held.problem, held.selection.chosen) == {
        "C-BASE": ("R-7-01",),
        "C-CHEAP": ("R-7-02",),
        "C-DEAR": ("R-7-03",),
        "C-MORE": ("T-A",),
        "C-STRONG": ("R-7-05", "T-A"),
        "C-UNDER": ("C-DEAR",),
    }
    worst = made(demanded(), annual_95_minor=plan.problem.analysis.loss.var_95_minor // 10)
    assert PORTFOLIO in what_binds(worst.problem, worst.selection.chosen)["C-MORE"]


def test_the_frontier_falls_and_its_budgets_rise() -> None:
    problem = generated_problem(
        2,
        Size(scenarios=30, controls=40, requirements=10, alternatives=3),
        scenario_percent=300,
    )
    plan = Made(problem=problem, selection=select_controls(problem))
    points = study_selection(plan).frontier
    assert len(points) > 5
    for one, two in pairwise(points):
        assert one.burden_millidays < two.burden_millidays
        assert one.expected_after_minor > two.expected_after_minor


def test_the_core_stands_at_every_corner_and_the_swing_only_at_some() -> None:
    plain = catalogue(
        [threat("T-A")],
        [
            replace(control("C-A", run_days=3), effects={"T-A": Interval(low=0.5, high=0.98)}),
            replace(
                control("C-B", run_days=4, layer=Layer.PROCESS),
                effects={"T-A": Interval(low=0.9, high=0.9)},
            ),
        ],
    )
    loss = made(plain).problem.analysis.loss.mean_minor
    study = study_selection(made(plain, scenario_minor=loss * 11 // 100))
    assert study.core == ("C-BASE",)
    assert {one.control: one.chosen_at for one in study.swing} == {
        "C-A": ("high",),
        "C-B": ("low", "mid"),
    }


def test_what_is_declined_shows_work_against_what_it_would_prevent() -> None:
    study = study_selection(made(demanded()))
    (more,) = study.declined
    assert (more.control, more.burden_millidays) == ("C-MORE", 1_000)
    plan = made(demanded())
    left = plan.selection.after.mean_minor
    assert more.avoided_minor == pytest.approx(left * 0.95, rel=1e-3)
    assert more.work_minor == plan.problem.service.volumes.person_day_cost_minor
    assert more.worth == (more.avoided_minor > more.work_minor)


def test_a_budget_says_what_breaks() -> None:
    plan = made(demanded())
    whole = best_within(plan, 10**6)
    assert whole.unmet == ()
    assert "C-MORE" in whole.chosen
    tight = best_within(plan, 9_000)
    assert tight.burden_millidays <= 9_000
    assert tight.unmet == ("R-7-03",)
    assert set(best_within(plan, 0).unmet) == set(plan.problem.mandatory)
    with pytest.raises(Misconfigured, match="not negative"):
        best_within(plan, -1)


def test_a_study_is_whole_numbers_and_the_same_each_time() -> None:
    problem = generated_problem(
        4, Size(scenarios=15, controls=25, requirements=8, alternatives=2), scenario_percent=300
    )
    plan = Made(problem=problem, selection=select_controls(problem))
    study = study_selection(plan)
    assert canonical_json(study.plain()) == canonical_json(study_selection(plan).plain())
    assert {one.requirement for one in study.prices} == set(plan.problem.mandatory)
    assert set(study.binding) == set(plan.selection.chosen)
    assert set(study.core) <= set(plan.selection.chosen)
    left_out = set(plan.problem.candidates) - set(plan.selection.chosen)
    assert {one.control for one in study.declined} == left_out


def test_a_clash_says_which_two_and_what_giving_way_would_do() -> None:
    plain = catalogue(
        [threat("T-A")],
        [
            control("C-SOFT", excludes=("C-HARD",)),
            control("C-HARD", excludes=("C-SOFT",), effects={"T-A": 0.9}),
        ],
        [requirement("R-7-02", "C-SOFT"), requirement("R-7-03", "C-BASE")],
    )
    loss = made(plain).problem.analysis.loss.mean_minor
    with pytest.raises(Clash, match="cannot be kept together: R-7-02, T-A;") as refusal:
        made(plain, scenario_minor=loss // 5)
    (first, second) = refusal.value.ways
    assert (first.promise, first.enough, first.reachable_minor) == ("R-7-02", True, None)
    assert second.enough
    assert second.reachable_minor == pytest.approx(loss, rel=1e-4)
    assert "drop R-7-02; accept" in str(refusal.value)
    assert second.reachable_minor is not None
    eased = made(plain, scenario_minor=second.reachable_minor)
    assert "C-SOFT" in eased.selection.chosen


def test_prerequisites_in_a_circle_are_refused_with_the_circle() -> None:
    plain = catalogue(
        controls=[
            control("C-A", requires=("C-B",)),
            control("C-B", requires=("C-C",)),
            control("C-C", requires=("C-B",)),
        ]
    )
    with pytest.raises(Misconfigured, match="in a circle: C-B, C-C, C-B"):
        made(plain)
