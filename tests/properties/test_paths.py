"""What holds for every set of attack steps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.analyse import RiskAnalysis, analyse_risk, paths_under
from tallystick.analyse.paths import likeliest_to
from tallystick.decide.controls import remaining_shares
from tallystick.standard import Interval, Layer, Threat
from tallystick.standard.steps import AttackStep
from tests.rooms.decide.small import catalogue, control, small_service, threat

NAMES = ("T-A", "T-B", "T-C", "T-D", "T-E")
HELD = ("handset", "malware", "customer", "application", "account", "money")
CHANCES = st.sampled_from([0.001, 0.01, 0.05, 0.25, 0.5, 1.0])


@st.composite
def steps(draw: st.DrawFn) -> tuple[AttackStep, ...]:
    found = {}
    for _ in range(draw(st.integers(2, 14))):
        name = draw(st.sampled_from(NAMES))
        before = draw(st.sampled_from(("outside", *HELD)))
        after = draw(st.sampled_from([held for held in HELD if held != before]))
        onward = None
        if before != "outside":
            low, high = sorted((draw(CHANCES), draw(CHANCES)))
            onward = Interval(low=low, high=high)
        found[name, before, after] = AttackStep(
            threat=name, before=before, after=after, onward=onward
        )
    return tuple(found[key] for key in sorted(found))


def threats() -> list[Threat]:
    return [
        threat(name, hits=("money",) if at % 2 else ("credentials",))
        for at, name in enumerate(NAMES)
    ]


def analysed(drawn: tuple[AttackStep, ...], made: list[Threat] | None = None) -> RiskAnalysis:
    return analyse_risk(small_service(), replace(catalogue(made or threats()), steps=drawn))


@given(steps(), st.data())
@settings(max_examples=40)
def test_adding_a_control_never_raises_a_path(
    drawn: tuple[AttackStep, ...], data: st.DataObject
) -> None:
    analysis = analysed(drawn)
    effects = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0.1, 0.5, 0.9, 0.999]))
    added = [
        control(f"C-{n}", layer=data.draw(st.sampled_from(list(Layer))), effects=data.draw(effects))
        for n in range(3)
    ]
    most = 10_000
    before = {path.id: path for path in paths_under(analysis, {}, most=most)}
    for count in range(1, len(added) + 1):
        shares = remaining_shares(analysis.scenarios, added[:count])
        after = {path.id: path for path in paths_under(analysis, shares, most=most)}
        assert after.keys() == before.keys()
        for name, path in after.items():
            assert path.expected_minor <= before[name].expected_minor
            assert path.frequency_ppm <= before[name].frequency_ppm
        before = after


@given(steps(), st.data())
@settings(max_examples=40)
def test_raising_a_chance_never_lowers_a_path(
    drawn: tuple[AttackStep, ...], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(drawn) - 1))
    raised = tuple(
        replace(one, onward=Interval(low=one.onward.high, high=1.0))
        if n == at and one.onward
        else one
        for n, one in enumerate(drawn)
    )
    most = 10_000
    before, after = (
        {path.id: path.expected_minor for path in paths_under(analysed(some), {}, most=most)}
        for some in (drawn, raised)
    )
    assert before.keys() == after.keys()
    assert all(after[name] >= before[name] for name in before)


@given(steps(), st.permutations(NAMES))
@settings(max_examples=40)
def test_relabelling_changes_names_only(drawn: tuple[AttackStep, ...], names: list[str]) -> None:
    new = {old: f"T-X{names.index(old)}" for old in NAMES}
    renamed = [replace(one, id=new[one.id]) for one in threats()]
    moved = tuple(
        sorted(
            (replace(one, threat=new[one.threat]) for one in drawn),
            key=lambda one: (one.threat, one.before, one.after),
        )
    )
    most = 10_000
    before = paths_under(analysed(drawn), {}, most=most)
    after = paths_under(analysed(moved, renamed), {}, most=most)

    def told(paths: object, label: dict[str, str]) -> list[object]:
        return sorted(
            (
                tuple((label.get(s.threat, s.threat), s.at, s.gains) for s in path.steps),
                path.target, path.frequency_ppm, path.expected_minor,
            )
            for path in paths  # type: ignore[attr-defined]
        )  # fmt: skip

    assert told(before, new) == told(after, {})


@given(steps())
@settings(max_examples=25)
def test_the_same_steps_give_the_same_paths(drawn: tuple[AttackStep, ...]) -> None:
    one, two = analysed(drawn), analysed(tuple(reversed(drawn)))
    assert [path.plain() for path in one.paths] == [path.plain() for path in two.paths]


@given(steps(), st.integers(1, 6), st.sampled_from([1.0, 1e-4, 1e-6]), st.data())
@settings(max_examples=60)
def test_few_paths_are_the_first_of_all(
    drawn: tuple[AttackStep, ...], most: int, size: float, data: st.DataObject
) -> None:
    """The search ends early and leaves nothing out, also where losses are a few minor units."""
    made = [replace(one, severity=Interval(low=size, high=10 * size)) for one in threats()]
    analysis = analysed(drawn, made)
    kept = st.sampled_from([1.0, 0.3, 0.004])
    shares = {one.id: data.draw(kept) for one in analysis.scenarios}
    every = paths_under(analysis, shares, most=10_000)
    assert paths_under(analysis, shares, most=most) == every[:most]
    least = every[min(most, len(every)) - 1].expected_minor if every else 1
    for goal in analysis.graph.goals():
        wanted = [p for p in every if p.threats[-1] == goal.threat and p.expected_minor >= least]
        found = likeliest_to(analysis.graph, goal.threat, shares, least_minor=least)
        assert {path.id for path in wanted} <= {path.id for path in found}
