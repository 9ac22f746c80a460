"""Attack paths are promises too: found when a choice breaks them, and kept by the cheapest cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.analyse import analyse_risk, paths_under
from tallystick.analyse.paths import AttackPath
from tallystick.decide import explain_control, plan_service
from tallystick.decide.controls import remaining_shares
from tallystick.decide.selection import Clash, Problem, pose_problem, select_controls
from tallystick.decide.selection.paths import cut_of, path_cover, row_of, violated_paths
from tallystick.decide.selection.record import written_rows
from tallystick.decide.selection.study import study_selection, what_binds
from tallystick.describe import Extension, Service, load_service
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue, Countermeasure, Interval, Layer
from tallystick.standard.steps import AttackStep
from tests.rooms.decide.small import (
    catalogue,
    control,
    requirement,
    small_service,
    threat,
    with_appetite,
)

ENTRY, WAY, END = "T-ENTRY", "T-WAY", "T-END"
STEPS = (
    AttackStep(threat=ENTRY, before="outside", after="handset", onward=None),
    AttackStep(threat=WAY, before="handset", after="customer", onward=Interval(low=0.5, high=0.5)),
    AttackStep(threat=END, before="customer", after="account", onward=Interval(low=0.8, high=0.8)),
)


def made(controls: Iterable[Countermeasure]) -> Catalogue:
    """A common entry with little loss, and a rare end with much: only the chain costs much."""
    small = Interval(low=0.001, high=0.001)
    threats = [
        threat(ENTRY, hits=("credentials",), severity=small, frequency=Interval(low=50, high=50)),
        threat(WAY, hits=("credentials",), severity=small),
        threat(END, frequency=Interval(low=0.1, high=0.1), severity=Interval(low=10, high=10)),
    ]
    return replace(catalogue(threats, controls), steps=STEPS)


def posed(controls: Iterable[Countermeasure], accepted_minor: int) -> Problem:
    service = with_appetite(small_service(), scenario_minor=accepted_minor)
    known = made(controls)
    return pose_problem(service, analyse_risk(service, known), known)


def the_path(problem: Problem) -> AttackPath:
    (path,) = problem.analysis.paths
    return path


def appetite_for(path_share: float) -> int:
    """An appetite that leaves this share of the path's expected loss."""
    return round(the_path(posed([], 10**12)).expected_minor * path_share)


CUTS = [
    control("C-ENTRY", run_days=9, effects={ENTRY: 0.9}),
    control("C-WAY", run_days=3, effects={WAY: 0.9}),
    control("C-END", run_days=6, effects={END: 0.9}),
]


def test_a_path_above_the_appetite_is_cut_where_it_is_cheapest() -> None:
    problem = posed(CUTS, appetite_for(0.2))
    assert not any(problem.needs.values()), "every scenario alone is within the appetite"
    (row,) = violated_paths(problem, ())
    assert row.path == the_path(problem)
    assert row.name == f"path:{row.path.id}"
    assert row.scenarios == tuple(problem.analysis.scenario(t).id for t in (ENTRY, WAY, END))
    assert select_controls(problem).chosen == ("C-BASE", "C-WAY")


def test_cuts_of_several_steps_add_up() -> None:
    selection = select_controls(problem := posed(CUTS, appetite_for(0.02)))
    assert selection.chosen == ("C-BASE", "C-END", "C-WAY")
    (row,) = violated_paths(problem, ())
    assert path_cover(problem, row, selection.chosen) >= row.need
    (after,) = paths_under(problem.analysis, selection.shares)
    assert after.expected_minor <= problem.service.appetite.scenario_minor


def test_one_layer_of_one_step_counts_once_and_layers_add_up() -> None:
    same = [
        control("C-ONE", run_days=1, effects={WAY: 0.9}),
        control("C-TWO", run_days=1, effects={WAY: 0.9}),
        control("C-OTHER", run_days=40, layer=Layer.PROCESS, effects={WAY: 0.9}),
    ]
    assert select_controls(posed(same, appetite_for(0.02))).chosen == (
        "C-BASE", "C-ONE", "C-OTHER",
    )  # fmt: skip


def test_a_path_within_the_appetite_asks_for_nothing() -> None:
    problem = posed(CUTS, appetite_for(1.01))
    assert violated_paths(problem, ()) == []
    assert select_controls(problem).chosen == ("C-BASE",)


def test_a_path_that_nothing_cuts_is_told() -> None:
    problem = posed(CUTS[:1], appetite_for(0.01))
    with pytest.raises(Misconfigured) as refused:
        select_controls(problem)
    said = str(refused.value)
    path = the_path(problem)
    words = " -> ".join(f"About {step.threat} ({step.at})" for step in path.steps)
    assert f"path:{path.id}: {words} -> money" in said
    assert "appetite.scenario_expected_loss" in said


def _lightest(problem: Problem) -> int | None:
    """By trying every choice, with the paths read off the analysis."""
    row = row_of(problem, the_path(problem))
    burdens = [
        problem.burden(names)
        for names in _choices(problem)
        if "C-BASE" in names
        and path_cover(problem, row, names) >= row.need
        and all(problem.cover(name, names) >= need for name, need in problem.needs.items())
    ]
    return min(burdens, default=None)


def _choices(problem: Problem) -> Iterator[tuple[str, ...]]:
    for size in range(len(problem.candidates) + 1):
        yield from combinations(problem.candidates, size)


@st.composite
def cutting(draw: st.DrawFn) -> list[Countermeasure]:
    effects = st.dictionaries(
        st.sampled_from([ENTRY, WAY, END]), st.sampled_from([0.1, 0.5, 0.9]), min_size=1
    )
    return [
        control(
            f"C-{n}",
            run_days=draw(st.integers(1, 9)),
            layer=draw(st.sampled_from(list(Layer))),
            effects=draw(effects),
        )
        for n in range(draw(st.integers(1, 5)))
    ]


@given(cutting(), st.sampled_from([0.5, 0.1, 0.03, 0.002]))
@settings(max_examples=30)
def test_the_cut_is_the_lightest_there_is(controls: Any, share: float) -> None:
    problem = posed(controls, appetite_for(share))
    lightest = _lightest(problem)
    if lightest is None:
        with pytest.raises(Misconfigured):
            select_controls(problem)
        return
    selection = select_controls(problem)
    assert selection.burden == lightest
    shares = remaining_shares(problem.analysis.scenarios, problem.controls(selection.chosen))
    (after,) = paths_under(problem.analysis, shares)
    most = problem.service.appetite.scenario_minor
    assert after.expected_minor <= most * 1.001


def test_an_accepted_scenario_accepts_its_paths_as_well() -> None:
    problem = posed(CUTS, appetite_for(0.2))
    end = problem.analysis.scenario(END).id
    lenient = replace(problem, appetites={**problem.appetites, end: appetite_for(1.01)})
    assert violated_paths(problem, ()) != []
    assert violated_paths(lenient, ()) == []


def test_a_clash_with_paths_names_them_beside_what_they_clash_with() -> None:
    """The cut is excluded by what a requirement asks for."""
    barred = [
        control("C-WAY", effects={WAY: 0.99}, excludes=("C-ASKED",)),
        control("C-ASKED", excludes=("C-WAY",)),
    ]
    service = with_appetite(small_service(), scenario_minor=appetite_for(0.2))
    known = replace(
        catalogue(made(()).threats.values(), barred, [requirement("R-7-02", "C-ASKED")]),
        steps=STEPS,
    )
    with pytest.raises(Misconfigured) as refused:
        select_controls(pose_problem(service, analyse_risk(service, known), known))
    said = str(refused.value)
    assert "R-7-02" in said
    assert "the appetite for attack paths (path:P-" in said
    assert "About T-ENTRY (handset-" in said
    assert "accept attack paths beyond the appetite" in said


def test_what_a_path_taught_holds_for_every_choice_that_keeps_it() -> None:
    problem = posed(CUTS, appetite_for(0.02))
    (row,) = violated_paths(problem, ())
    for chosen in _choices(problem):
        if path_cover(problem, row, chosen) < row.need:
            cut = cut_of(problem, row, chosen)
            assert cut.outside.isdisjoint(chosen)
            for other in _choices(problem):
                kept = path_cover(problem, row, other) >= row.need
                assert not kept or not cut.outside.isdisjoint(other)


def test_a_path_binds_what_cuts_it() -> None:
    service = with_appetite(small_service(), scenario_minor=appetite_for(0.2))
    plan = plan_service(service, made(CUTS))
    assert study_selection(plan).binding["C-WAY"] == (f"path:{the_path(plan.problem).id}",)


EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.toml"))
OWN = """
[[threat]]
id = "T-OWN-DOOR"
title = "A door of the office stands open"
description = "Strangers walk in, and sit down at a desk."
clause = "6.2.3"
layer = "infrastructure"
needs = "always"
hits = ["standing"]
sources = ["derived: the provider's own records"]
frequency = [150, 250]
scale = "service"
severity = [0.00001, 0.00002]
base = "person_day"

[[countermeasure]]
id = "C-OWN-LOCK"
title = "Doors close by themselves"
description = "Every door to an office has a closer and a lock."
layer = "infrastructure"
room = "provider"
cost = { build_days = 1, run_days = 1, friction = 0 }
effects = { "T-OWN-DOOR" = [0.95, 0.99] }

[[step]]
threat = "T-OWN-DOOR"
from = "outside"
to = "back_office"
"""


def with_own(file: Path, text: str) -> Service:
    return replace(load_service(file), extensions=(Extension(name="own.toml", text=text),))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_path_binds_in_an_example_and_explain_names_it(file: Path) -> None:
    """An own door costs nothing by itself; what lies behind it does."""
    plan = plan_service(with_own(file, OWN))
    door = plan.analysis.scenario("T-OWN-DOOR")
    assert door.expected_minor.mid < plan.service.appetite.scenario_minor
    bound = what_binds(plan.problem, plan.selection.chosen, names=["C-OWN-LOCK"])["C-OWN-LOCK"]
    named = {path.id: path for path in paths_under(plan.analysis, {}, most=400)}
    assert bound
    assert all(one.startswith("path:") for one in bound)
    assert all("T-OWN-DOOR" in named[one.removeprefix("path:")].threats for one in bound)
    told = explain_control(plan.policy, plan.analysis, "C-OWN-LOCK", plan.catalogue)
    cuts = [line for label, line in told.lines if label == "cuts"]
    assert f"path:{cuts[0].partition(':')[0]}" in bound
    assert "A door of the office stands open (back-office) -> " in cuts[0]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_path_that_nothing_cuts_in_an_example_is_told_in_words(file: Path) -> None:
    open_door = OWN.replace("frequency = [150, 250]", "frequency = [15_000, 25_000]")
    with pytest.raises(Clash) as refused:
        plan_service(with_own(file, open_door.replace("[0.95, 0.99]", "[0.01, 0.02]")))
    assert refused.value.promises == ("paths",)
    assert "A door of the office stands open (back-office) -> " in str(refused.value)


def test_the_record_carries_the_rows_of_paths() -> None:
    problem = posed(CUTS, appetite_for(0.02))
    selection = select_controls(problem)
    rows = {row.name: row for row in written_rows(problem, selection)}
    assert rows["path.1"].low == 1
    names = list(problem.candidates)
    lightest = min(
        problem.burden(chosen)
        for size in range(len(names) + 1)
        for chosen in combinations(names, size)
        if all(
            sum(factor for name, factor in row.terms.items() if name in chosen) >= row.low
            for row in rows.values()
        )
    )
    assert lightest == selection.burden == selection.bound
