"""What holds for every selection: against enumeration, and how it answers to change."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tallystick.analyse import analyse_risk
from tallystick.decide import plan_service
from tallystick.decide.controls import COVER_MAX, needed_cover, remaining_shares
from tallystick.decide.selection import (
    PORTFOLIO,
    Clash,
    Problem,
    best_within,
    pose_problem,
    select_controls,
)
from tallystick.decide.selection.conflicts import kept_by, promises_of
from tallystick.decide.selection.formulation import Formulation
from tallystick.decide.selection.portfolio import WorstYears
from tallystick.describe import read_service
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Countermeasure, Interval, Layer
from tallystick.testing.instances import Size, generated_problem
from tests.rooms.decide.small import (
    catalogue,
    control,
    requirement,
    small_service,
    threat,
    with_appetite,
)

THREATS = ("T-A", "T-B", "T-C")
NAMES = tuple(f"C-{letter}" for letter in "KLMNOP")
EFFECTS = st.sampled_from([0.0, 0.0, 0.3, 0.5, 0.9, 0.99])


@st.composite
def catalogues(draw: st.DrawFn) -> Any:
    controls: list[Countermeasure] = []
    for place, name in enumerate(NAMES):
        needs = place and draw(st.integers(0, 4)) == 0
        controls.append(
            control(
                name,
                layer=draw(st.sampled_from(list(Layer))),
                run_days=draw(st.integers(0, 4)),
                effects={t: e for t in THREATS if (e := draw(EFFECTS))},
                requires=(draw(st.sampled_from(NAMES[:place])),) if needs else (),
            )
        )
    for one, two in draw(
        st.sets(st.sampled_from(list(combinations(range(len(NAMES)), 2))), max_size=4)
    ):
        first, second = controls[one], controls[two]
        controls[one] = replace(first, excludes=(*first.excludes, second.id))
        controls[two] = replace(second, excludes=(*second.excludes, first.id))
    sets = draw(st.lists(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3), max_size=4))
    threats = [
        threat(t, frequency=Interval(low=draw(st.integers(1, 5)), high=9.0)) for t in THREATS
    ]
    requirements = [requirement(f"R-7-{n:02}", *names) for n, names in enumerate(sets, 2)]
    return catalogue(threats, controls, requirements)


SCENARIO = st.sampled_from([10**15, 10**8, 4 * 10**7, 10**7, 3 * 10**6])
PERCENT = st.sampled_from([1000, 80, 60, 40, 25, 15])


def posed(made: Any, scenario: int, percent: int) -> Problem:
    """Scenario appetite as it is; the worst years in percent of those before."""
    free = small_service()
    loss = analyse_risk(free, made).loss
    service = with_appetite(
        free,
        scenario_minor=scenario,
        annual_95_minor=loss.var_95_minor * percent // 100,
        annual_99_minor=loss.var_99_minor * percent // 100,
    )
    return pose_problem(service, analyse_risk(service, made), made)


def linked(problem: Problem, chosen: frozenset[str]) -> bool:
    for name in chosen:
        rule = problem.candidates[name].control
        if not chosen.issuperset(rule.requires) or chosen.intersection(rule.excludes):
            return False
    return True


def choices(problem: Problem) -> Iterator[frozenset[str]]:
    """Every choice that keeps prerequisites and exclusions, read off the catalogue."""
    for size in range(len(problem.candidates) + 1):
        for names in combinations(problem.candidates, size):
            if linked(problem, frozenset(names)):
                yield frozenset(names)


@given(catalogues(), SCENARIO, PERCENT)
@settings(max_examples=20)
def test_the_choice_is_the_best_of_all_and_a_clash_is_the_smallest(
    made: Any, scenario: int, percent: int
) -> None:
    problem = posed(made, scenario, percent)
    worst, form = WorstYears(problem), Formulation(problem)
    promises = frozenset(promises_of(problem))
    kept = {names: kept_by(problem, worst, names) for names in choices(problem)}
    good = [
        (problem.burden(names), round(form.loss_of(names), 2), len(names), sorted(names))
        for names, held in kept.items()
        if held == promises
    ]
    if good:
        selection = select_controls(problem)
        assert list(selection.chosen) == min(good)[-1]
        assert (selection.proof, selection.bound) == ("exact", selection.burden)
        return
    with pytest.raises(Clash) as refusal:
        select_controls(problem)
    found = frozenset(refusal.value.promises)
    assert found <= promises
    assert not any(held >= found for held in kept.values())
    for size in range(len(found)):
        for fewer in combinations(sorted(promises), size):
            assert any(held.issuperset(fewer) for held in kept.values()), fewer
    for way in refusal.value.ways:
        others = promises - {way.promise}
        assert way.enough == any(held >= others for held in kept.values())


@given(catalogues(), SCENARIO, PERCENT, st.sampled_from([0, 3_000, 6_000, 9_000, 40_000]))
@settings(max_examples=10)
def test_a_budget_breaks_as_little_as_it_can(
    made: Any, scenario: int, percent: int, budget: int
) -> None:
    problem = posed(made, scenario, percent)
    worst, form = WorstYears(problem), Formulation(problem)
    promises = frozenset(promises_of(problem))
    linear = promises - {PORTFOLIO}
    kept = {
        names: kept_by(problem, worst, names)
        for names in choices(problem)
        if problem.burden(names) <= budget
    }

    class _Plan:
        selection: Any = None

    plan: Any = _Plan()
    plan.problem = problem
    found = best_within(plan, budget)
    whole = [names for names, held in kept.items() if held == promises]
    fewest = min(len(linear - held) for held in kept.values())
    rivals = whole or [names for names, held in kept.items() if len(linear - held) == fewest]
    least = min(form.loss_of(names) for names in rivals)
    assert found.burden_millidays <= budget
    assert form.loss_of(found.chosen) == pytest.approx(least, abs=0.01)
    assert (not found.unmet) == bool(whole)


@given(catalogues(), SCENARIO, PERCENT, st.sampled_from([90, 70, 50]))
@settings(max_examples=10)
def test_a_tighter_appetite_never_lowers_the_burden(
    made: Any, scenario: int, percent: int, tighter: int
) -> None:
    try:
        tight = select_controls(posed(made, scenario * tighter // 100, percent * tighter // 100))
    except Misconfigured:
        assume(False)
    assert select_controls(posed(made, scenario, percent)).burden <= tight.burden


@given(catalogues(), SCENARIO, PERCENT, st.permutations(NAMES))
@settings(max_examples=10)
def test_relabelling_gives_the_relabelled_choice(
    made: Any, scenario: int, percent: int, names: list[str]
) -> None:
    new = {**{old: f"{names[n]}X" for n, old in enumerate(NAMES)}, "C-BASE": "C-BASE"}
    problem = posed(made, scenario, percent)
    renamed = posed(_renamed(made, new), scenario, percent)
    selection, other_selection = chosen_or_clash(problem), chosen_or_clash(renamed)
    assert type(other_selection) is type(selection)
    if isinstance(selection, Clash) or isinstance(other_selection, Clash):
        assert len(other_selection.promises) == len(selection.promises)
        return
    assert other_selection.burden == selection.burden
    assert other_selection.after.mean_minor == pytest.approx(selection.after.mean_minor, rel=1e-5)
    if not selection.ties:
        assert set(other_selection.chosen) == {new[name] for name in selection.chosen}


def chosen_or_clash(problem: Problem) -> Any:
    try:
        return select_controls(problem)
    except Clash as clash:
        return clash


def _renamed(made: Any, new: dict[str, str]) -> Any:
    def of(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new[name] for name in names)

    controls = [
        replace(one, id=new[one.id], requires=of(one.requires), excludes=of(one.excludes))
        for one in made.countermeasures.values()
        if one.id != "C-BASE"
    ]
    requirements = [
        replace(one, controls=of(one.controls))
        for one in made.requirements.values()
        if one.id != "R-7-01"
    ]
    return catalogue(made.threats.values(), controls, requirements)


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_adding_a_control_never_raises_what_remains(seed: int) -> None:
    problem = generated_problem(seed, Size(scenarios=12, controls=15, requirements=5))
    chosen = list(problem.candidates)[:: 1 + seed % 3]
    before = remaining_shares(problem.analysis.scenarios, problem.controls(chosen))
    for name in problem.candidates:
        after = remaining_shares(problem.analysis.scenarios, problem.controls({*chosen, name}))
        assert all(after[scenario] <= share for scenario, share in before.items())


def test_a_generated_problem_is_chosen_from_the_same_way_each_time() -> None:
    size = Size(scenarios=60, controls=80, requirements=40)
    one, two = (
        select_controls(generated_problem(3, size, scenario_percent=150, year_percent=30))
        for _ in range(2)
    )
    assert one == two


def test_nothing_prevents_everything_and_no_appetite_is_silently_relaxed() -> None:
    """T3: an effect of one is capped, and an appetite beyond it is refused."""
    sure = [
        control(f"C-{layer.value[:2].upper()}", layer=layer, effects={"T-A": 0.999})
        for layer in Layer
    ]
    made = catalogue([threat("T-A")], sure)
    loss = analyse_risk(small_service(), made).scenarios[0].expected_minor.mid
    within = posed(made, math.ceil(loss / 999), 1000)
    assert select_controls(within).burden > 0
    with pytest.raises(Clash, match="best reachable") as refusal:
        select_controls(posed(made, loss // 2000, 1000))
    assert refusal.value.ways[0].reachable_minor == pytest.approx(loss / 1000, rel=0.01)
    assert needed_cover(expected_minor=loss, appetite_minor=0) > COVER_MAX


def test_equal_choices_do_not_flap() -> None:
    """T4: whichever way the catalogue is ordered, the first ids win."""
    twins = [control(f"C-{n}", effects={"T-A": 0.5}) for n in range(6)]
    needs = [requirement("R-7-02", *(one.id for one in twins))]
    for order in (twins, twins[::-1], twins[3:] + twins[:3]):
        selection = select_controls(posed(catalogue([threat("T-A")], order, needs), 10**15, 1000))
        assert selection.chosen == ("C-0", "C-BASE")
        assert selection.ties == 1


def test_the_optimum_does_not_change_with_the_currency_in_which_it_is_counted() -> None:
    """Amounts ten times as large, everything else the same: the same choice (trap T14)."""
    example = Path(__file__).parents[2] / "examples" / "wallet.toml"
    text = example.read_text(encoding="utf-8")
    amount = re.compile(r'^(?P<key>\w+ += )"(?P<units>[0-9]+)\.00"', re.MULTILINE)
    larger = amount.sub(lambda found: f'{found["key"]}"{found["units"]}0.00"', text)
    one, ten = (plan_service(read_service(each)) for each in (text, larger))
    assert ten.analysis.loss.mean_minor == pytest.approx(
        10 * one.analysis.loss.mean_minor, rel=1e-4
    )
    assert ten.selection.chosen == one.selection.chosen
    assert ten.selection.burden == one.selection.burden
