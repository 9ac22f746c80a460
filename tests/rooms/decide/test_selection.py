"""The selection, against the enumeration of every choice."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tallystick
from tallystick.analyse import analyse_risk
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection import (
    Problem,
    Selection,
    Unsettled,
    pose_problem,
    search,
    select_controls,
)
from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Cost, Interval, Layer, Nature
from tests.rooms.decide.small import (
    catalogue,
    control,
    requirement,
    small_service,
    threat,
    with_appetite,
)


def posed(made: Any, **appetite: int) -> Problem:
    service = with_appetite(small_service(), **appetite)
    return pose_problem(service, analyse_risk(service, made), made)


def allowed(problem: Problem, chosen: frozenset[str]) -> bool:
    """Every promise but the portfolio's, read off the catalogue without the solver."""
    for name in chosen:
        rule = problem.candidates[name].control
        if not chosen.issuperset(rule.requires) or chosen.intersection(rule.excludes):
            return False
    if not all(chosen.intersection(options) for options in problem.mandatory.values()):
        return False
    return all(problem.cover(name, chosen) >= need for name, need in problem.needs.items())


def choices(problem: Problem) -> Iterator[frozenset[str]]:
    for size in range(len(problem.candidates) + 1):
        for names in combinations(problem.candidates, size):
            if allowed(problem, frozenset(names)):
                yield frozenset(names)


def best_of_all(problem: Problem) -> frozenset[str] | None:
    form = Formulation(problem)
    found = [
        (problem.burden(names), round(form.loss_of(names), 2), len(names), sorted(names), names)
        for names in choices(problem)
    ]
    return min(found)[-1] if found else None


THREATS = ("T-A", "T-B", "T-C")
EFFECTS = st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.99])
NAMES = tuple(f"C-{letter}" for letter in "KLMNOP")


@st.composite
def catalogues(draw: st.DrawFn) -> Any:
    controls = []
    for place, name in enumerate(NAMES):
        effects = {t: e for t in THREATS if (e := draw(EFFECTS))}
        requires = (
            (draw(st.sampled_from(NAMES[:place])),)
            if place and draw(st.integers(0, 5)) == 0
            else ()
        )
        controls.append(
            control(
                name,
                layer=draw(st.sampled_from(list(Layer))),
                run_days=draw(st.integers(0, 4)),
                effects=effects,
                requires=requires,
            )
        )
    if draw(st.booleans()):
        controls[1] = replace(controls[1], excludes=("C-K",))
        controls[0] = replace(controls[0], excludes=("C-L",))
    requirements = [
        requirement(f"R-7-0{n}", *draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3)))
        for n in range(2, 2 + draw(st.integers(0, 2)))
    ]
    threats = [
        threat(t, frequency=Interval(low=draw(st.integers(1, 9)), high=9.0)) for t in THREATS
    ]
    return catalogue(threats, controls, requirements)


@given(catalogues(), st.sampled_from([10**15, 10**8, 3 * 10**7, 10**7, 10**6]))
@settings(max_examples=30)
def test_the_choice_is_the_best_of_all_choices(made: Any, appetite: int) -> None:
    problem = posed(made, scenario_minor=appetite)
    expected = best_of_all(problem)
    if expected is None:
        with pytest.raises(Misconfigured):
            select_controls(problem)
        return
    assert select_controls(problem).chosen == tuple(sorted(expected))


def two_ways(**changes: Any) -> Any:
    return catalogue(
        [threat("T-A")],
        [
            control("C-CHEAP", run_days=2, effects={"T-A": 0.5}),
            control("C-DEAR", run_days=9, effects={"T-A": 0.99}),
        ],
        **changes,
    )


def chosen(selection: Selection) -> set[str]:
    return set(selection.chosen) - {"C-BASE"}


def test_an_appetite_decides_between_cheap_and_strong() -> None:
    loss = posed(two_ways()).analysis.loss.mean_minor
    assert chosen(select_controls(posed(two_ways()))) == set()
    assert chosen(select_controls(posed(two_ways(), scenario_minor=loss * 6 // 10))) == {"C-CHEAP"}
    assert chosen(select_controls(posed(two_ways(), scenario_minor=loss // 10))) == {"C-DEAR"}


def test_an_appetite_beyond_reach_names_the_scenario_and_the_best() -> None:
    loss = posed(two_ways()).analysis.loss.mean_minor
    with pytest.raises(Misconfigured, match=r"T-A \(best reachable .* KES a year\)") as refusal:
        select_controls(posed(two_ways(), scenario_minor=loss // 1000))
    assert refusal.value.where == "appetite.scenario_expected_loss"


def test_the_portfolio_appetite_is_kept_after_the_fact() -> None:
    made = catalogue(
        [threat(name) for name in THREATS],
        [
            control(f"C-{t[-1]}{days}", run_days=days, effects={t: share})
            for t in THREATS
            for days, share in ((2, 0.4), (5, 0.8), (20, 0.97))
        ],
    )
    free = select_controls(posed(made))
    limit = free.after.var_95_minor // 3
    problem = posed(made, annual_95_minor=limit)
    bound = select_controls(problem)
    assert bound.after.var_95_minor <= limit
    assert bound.burden > free.burden
    worst = WorstYears(problem)
    lighter = [names for names in choices(problem) if problem.burden(names) < bound.burden]
    assert lighter
    assert not any(worst.within(worst.after(names)) for names in lighter)
    assert bound.proof == "exact"
    assert bound.bound == bound.burden
    with pytest.raises(
        Misconfigured, match="the choice of least expected loss still loses"
    ) as refusal:
        select_controls(posed(made, annual_99_minor=1_000))
    assert refusal.value.where == "appetite"


def hard_to_settle() -> Problem:
    """What helps the worst years excludes what lowers the expected loss most; both can be had."""
    made = catalogue(
        [
            threat("T-A", frequency=Interval(low=120, high=120), severity=Interval(low=1, high=1)),
            threat("T-B", frequency=Interval(low=1, high=1), severity=Interval(low=90, high=90)),
        ],
        [
            control("C-A", effects={"T-A": 0.9}, excludes=("C-B",)),
            control("C-B", run_days=20, effects={"T-B": 0.999}, excludes=("C-A",)),
        ],
    )
    loss = posed(made)
    worst = WorstYears(loss)
    with_a, with_b = (worst.after(frozenset({"C-BASE", name})) for name in ("C-A", "C-B"))
    assert with_a.mean_minor < with_b.mean_minor
    assert with_b.var_95_minor < with_a.var_95_minor
    return posed(made, annual_95_minor=(with_a.var_95_minor + with_b.var_95_minor) // 2)


def test_a_search_that_gives_up_is_no_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "C-B" in select_controls(hard_to_settle()).chosen

    def give_up(self: search.Search) -> None:
        self.exhausted = True

    monkeypatch.setattr(search, "_LEARNT_MAX", 0)
    monkeypatch.setattr(search.Search, "_approach", give_up)
    monkeypatch.setattr(search.Search.__init__, "__kwdefaults__", {"work_max": 0, "rounds_max": 1})
    with pytest.raises(Unsettled, match="not settled within the work that is allowed") as refusal:
        select_controls(hard_to_settle())
    assert "a higher appetite" in refusal.value.allowed


def test_a_clash_names_only_what_clashes() -> None:
    made = catalogue(
        controls=[
            control("C-A", excludes=("C-B",)),
            control("C-B", excludes=("C-A",)),
            control("C-C"),
        ],
        requirements=[
            requirement("R-7-02", "C-A"),
            requirement("R-7-03", "C-B"),
            requirement("R-7-04", "C-C"),
        ],
    )
    with pytest.raises(Misconfigured, match="cannot be kept together: R-7-02, R-7-03;"):
        select_controls(posed(made))


def test_a_requirement_that_nothing_meets_here_is_named() -> None:
    made = catalogue(
        controls=[control("C-A", applies='channels has "nfc"')],
        requirements=[requirement("R-7-02", "C-A")],
    )
    with pytest.raises(Misconfigured, match="no countermeasure for this service meets R-7-02"):
        select_controls(posed(made))


def test_a_requirement_that_no_control_can_meet_stays_open() -> None:
    made = catalogue(requirements=[requirement("R-7-02")])
    assert select_controls(posed(made)).chosen == ("C-BASE",)


def test_recommendations_do_not_bind() -> None:
    made = catalogue(
        controls=[control("C-A")],
        requirements=[requirement("R-7-02", "C-A", nature=Nature.RECOMMENDATION)],
    )
    assert select_controls(posed(made)).chosen == ("C-BASE",)


def test_equal_burdens_are_settled_by_loss_then_by_name() -> None:
    made = catalogue(
        [threat("T-A")],
        [
            control("C-A", effects={"T-A": 0.5}),
            control("C-B", effects={"T-A": 0.6}),
            control("C-C", effects={"T-A": 0.6}),
            control("C-FREE", run_days=0),
        ],
        [requirement("R-7-02", "C-A", "C-B", "C-C")],
    )
    selection = select_controls(posed(made))
    assert chosen(selection) == {"C-B"}
    assert selection.ties >= 1


def test_what_is_required_comes_along() -> None:
    made = catalogue(
        controls=[control("C-A", requires=("C-B",)), control("C-B")],
        requirements=[requirement("R-7-02", "C-A")],
    )
    assert chosen(select_controls(posed(made))) == {"C-A", "C-B"}


def test_friction_weighs() -> None:
    made = catalogue(
        controls=[
            control("C-A", cost=Cost(build_days=0, run_days=1, friction=30)),
            control("C-B", run_days=20),
        ],
        requirements=[requirement("R-7-02", "C-A", "C-B")],
    )
    assert chosen(select_controls(posed(made))) == {"C-B"}


def test_shares_and_loss_belong_to_the_choice() -> None:
    problem = posed(two_ways(), scenario_minor=10**7)
    selection = select_controls(problem)
    controls = problem.controls(selection.chosen)
    assert selection.shares == remaining_shares(problem.analysis.scenarios, controls)
    assert selection.after == problem.analysis.residual(selection.shares)
    assert selection.burden == problem.burden(selection.chosen) == selection.bound


def test_the_solver_says_nothing_on_standard_output() -> None:
    code = (
        "from tallystick.decide.selection.solver import Programme, solve\n"
        "p = Programme()\n"
        "x = p.column(whole=True)\n"
        "p.at_least({x: 1}, 0.5)\n"
        "assert solve(p).taken(x)\n"
    )
    source = Path(tallystick.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": str(source)},
    )
    assert run.stdout == b""
