"""What holds for every risk analysis, selection and policy."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tallystick
from tallystick.analyse import AnnualLoss, RiskAnalysis, analyse_risk
from tallystick.analyse.risk.aggregation import portfolio_of
from tallystick.analyse.risk.shocks import bursts_under
from tallystick.decide import compile_policy, policy_plain
from tallystick.decide.controls import expected_after, remaining_shares
from tallystick.describe import load_service, read_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Countermeasure, Interval, Layer, Threat
from tests.rooms.decide.small import EXAMPLE, catalogue, control, small_service, threat

NAMES = ("T-A", "T-B", "T-C")
SHOCK = "T-SHOCK"
GRID = 1.001
"""Worst years are known to within half a permille, and two of them may lie on different grids."""


@st.composite
def threats(draw: st.DrawFn) -> list[Threat]:
    made = []
    for name in NAMES:
        low, often = draw(st.integers(1, 50)), draw(st.integers(1, 30))
        made.append(
            threat(
                name,
                frequency=Interval(low=often, high=often * draw(st.integers(1, 10))),
                severity=Interval(low=low, high=low * draw(st.integers(1, 40))),
                base=draw(st.sampled_from(["transaction", "balance", "person_day"])),
                cap=draw(st.sampled_from(["none", "transaction_limit", "day_limit"])),
            )
        )
    if draw(st.booleans()):
        brought = draw(st.sets(st.sampled_from(NAMES), min_size=1))
        shock = {name: Interval(low=1.0, high=draw(st.integers(1, 60))) for name in brought}
        often = Interval(low=draw(st.sampled_from([0.01, 0.3])), high=1.0)
        made.append(threat(SHOCK, frequency=often, shock=shock))
    return made


@st.composite
def controls(draw: st.DrawFn) -> list[Countermeasure]:
    effects = st.dictionaries(
        st.sampled_from((*NAMES, SHOCK)), st.sampled_from([0.1, 0.5, 0.9, 0.999])
    )
    return [
        control(f"C-{n}", layer=draw(st.sampled_from(list(Layer))), effects=draw(effects))
        for n in range(draw(st.integers(1, 5)))
    ]


def check_curve(less: AnnualLoss, more: AnnualLoss) -> None:
    """No point of a curve lies above another's by more than a step, as two grids may round."""
    step = max(less.step_minor, more.step_minor)
    for (chance, one), (_, other) in zip(less.curve, more.curve, strict=True):
        assert one <= other + step, chance


def analysed(made: Any) -> RiskAnalysis:
    return analyse_risk(small_service(), catalogue(made))


@given(threats(), controls())
@settings(max_examples=20)
def test_adding_a_control_never_raises_risk(
    made: list[Threat], added: list[Countermeasure]
) -> None:
    analysis = analysed(made)
    losses, shares_before = [analysis.loss], dict.fromkeys([s.id for s in analysis.scenarios], 1.0)
    for count in range(1, len(added) + 1):
        shares = remaining_shares(analysis.scenarios, added[:count])
        assert all(shares[name] <= shares_before[name] for name in shares)
        assert expected_after(analysis.scenarios, shares) <= expected_after(
            analysis.scenarios, shares_before
        )
        losses.append(analysis.residual(shares))
        shares_before = shares
    for one, two in pairwise(losses):
        assert two.mean_minor <= one.mean_minor
        assert two.var_95_minor <= GRID * one.var_95_minor
        assert two.var_99_minor <= GRID * one.var_99_minor
        assert two.es_95_minor <= GRID * one.es_95_minor
        check_curve(two, one)


@given(threats(), st.sampled_from((*NAMES, SHOCK)), st.integers(2, 5))
@settings(max_examples=20)
def test_raising_a_frequency_never_lowers_risk(made: list[Threat], name: str, factor: int) -> None:
    raised = [
        replace(t, frequency=Interval(low=t.frequency.low * factor, high=t.frequency.high * factor))
        if t.id == name
        else t
        for t in made
    ]
    before, after = analysed(made), analysed(raised)
    assert after.loss.mean_minor >= before.loss.mean_minor
    assert GRID * after.loss.var_95_minor >= before.loss.var_95_minor
    assert GRID * after.loss.var_99_minor >= before.loss.var_99_minor
    check_curve(before.loss, after.loss)


@given(threats(), st.permutations(NAMES))
@settings(max_examples=20)
def test_relabelling_changes_nothing(made: list[Threat], names: list[str]) -> None:
    new = {name: f"T-X{place}" for place, name in enumerate((*names, SHOCK))}
    renamed = [
        replace(t, id=new[t.id], shock={new[name]: events for name, events in t.shock.items()})
        for t in made
    ]
    one, two = analysed(made), analysed(renamed)
    for loss, other in ((one.loss, two.loss), (one.loss_high, two.loss_high)):
        assert other == loss
    for scenario in one.scenarios:
        twin = two.scenario(new[scenario.threat])
        assert twin.expected_minor == scenario.expected_minor
        assert twin.frequency_ppm == scenario.frequency_ppm


@pytest.mark.parametrize("name", ["p2p-ussd", "wallet"])
def test_the_order_of_scenarios_moves_no_point_of_the_curve(name: str) -> None:
    analysis = analyse_risk(load_service(EXAMPLE.with_name(f"{name}.toml")))
    shares = {scenario.id: 0.05 for scenario in analysis.scenarios}
    told = {analysis.residual(shares)}
    for seed in range(1, 6):
        scenarios = list(analysis.scenarios)
        random.Random(seed).shuffle(scenarios)
        often = [one.frequency_ppm.mid / 1e6 * shares[one.id] for one in scenarios]
        bursts = bursts_under(scenarios, shares, "mid")
        told.add(portfolio_of(scenarios).annual_loss(often, bursts))
    assert len(told) == 1


def test_a_control_more_raises_no_point_of_the_curve_of_a_whole_service() -> None:
    analysis = analyse_risk(load_service(EXAMPLE.with_name("agent-cash.toml")))
    shares = {scenario.id: 0.3 for scenario in analysis.scenarios}
    before = analysis.residual(shares)
    for scenario in analysis.scenarios[::4]:
        shares[scenario.id] = 0.01
        after = analysis.residual(shares)
        check_curve(after, before)
        before = after


@given(threats(), st.integers(0, 50))
@settings(max_examples=20)
def test_a_residual_of_everything_is_the_loss_and_of_nothing_is_nothing(
    made: list[Threat], percent: int
) -> None:
    analysis = analysed(made)
    assert analysis.residual({}) == analysis.loss
    nothing = analysis.residual(dict.fromkeys([s.id for s in analysis.scenarios], 0.0))
    assert (nothing.mean_minor, nothing.var_99_minor, nothing.es_95_minor) == (0, 0, 0)
    shares = dict.fromkeys([s.id for s in analysis.scenarios], percent / 100)
    some, left = analysis.residual(shares), expected_after(analysis.scenarios, shares)
    assert abs(some.mean_minor - left) <= 1e-5 * left + 1


TEXT = EXAMPLE.read_text(encoding="utf-8")
FIGURES = [n for n, line in enumerate(TEXT.splitlines()) if re.search(r"= \"?[0-9]", line)]


@given(
    st.lists(
        st.tuples(st.sampled_from(FIGURES), st.sampled_from([0, 1, 7, 10**4, 10**9, 10**13])),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=25)
def test_any_figures_are_planned_or_refused(changes: list[tuple[int, int]]) -> None:
    lines = TEXT.splitlines()
    for at, figure in changes:
        value = f'"{figure}"' if '"' in lines[at] else str(figure)
        lines[at] = lines[at].split("=")[0] + "= " + value
    try:
        service = read_service("\n".join(lines))
        policy = compile_policy(service, analyse_risk(service))
    except Misconfigured:
        return
    canonical_json(policy_plain(policy))


def test_the_same_file_gives_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys, tallystick\n"
        "from tallystick.ground.canonical import canonical_json\n"
        "from tallystick.decide import policy_plain\n"
        f"service = tallystick.load_service({str(EXAMPLE)!r})\n"
        "risk = tallystick.analyse_risk(service)\n"
        "policy = tallystick.compile_policy(service, risk)\n"
        "for plain in (service.plain(), risk.plain(), policy_plain(policy)):\n"
        "    sys.stdout.buffer.write(canonical_json(plain) + b'\\n')\n"
    )
    source = Path(tallystick.__file__).parents[1]
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONPATH": str(source), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "20")
    ]
    assert runs[0] == runs[1]
    service, risk, policy = runs[0].splitlines()
    loaded = load_service(EXAMPLE)
    assert service == canonical_json(loaded.plain())
    assert risk == canonical_json(analyse_risk(loaded).plain())
    assert analyse_risk(loaded).digest.encode() in policy
