"""Attack paths: which chains there are, what they cost, and what cuts them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, permutations

import pytest

from tallystick.analyse import RiskAnalysis, analyse_risk, paths_under
from tallystick.analyse.paths import PATHS_MAX, STEPS_MAX, AttackPath, likeliest_to
from tallystick.describe import LIKE, Flow, Service, read_service, scaffold_service
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect
from tallystick.standard import Catalogue, Interval, Threat, load_catalogue
from tallystick.standard.steps import AttackStep
from tallystick.testing.drawings import drawn_service
from tests.rooms.decide.small import catalogue, small_service, threat

MEANS = ("credentials",)


def step(name: str, before: str, after: str, chance: float = 0.25, at: str = "") -> AttackStep:
    onward = None if before == "outside" else Interval(low=chance, high=chance)
    return AttackStep(threat=name, before=before, after=after, onward=onward, environment=at)


def chained(threats: Iterable[Threat], steps: Iterable[AttackStep]) -> Catalogue:
    return replace(catalogue(threats), steps=tuple(steps))


def analysed(
    threats: Iterable[Threat], *steps: AttackStep, service: Service | None = None
) -> RiskAnalysis:
    return analyse_risk(service or small_service(), chained(threats, steps))


def chains(paths: Iterable[AttackPath]) -> set[tuple[str, ...]]:
    return {path.threats for path in paths}


LOST = threat("T-LOST", hits=MEANS)
GUESS = threat("T-GUESS", hits=MEANS)
PAY = threat("T-PAY", hits=("money",))


def test_a_path_multiplies_and_loses_what_its_last_step_loses() -> None:
    analysis = analysed(
        [LOST, GUESS, PAY],
        step("T-LOST", "outside", "handset"),
        step("T-GUESS", "handset", "customer", 0.1),
        step("T-PAY", "customer", "account", 0.5),
    )
    (path,) = analysis.paths
    pay, lost = analysis.scenario("T-PAY"), analysis.scenario("T-LOST")
    assert path.threats == ("T-LOST", "T-GUESS", "T-PAY")
    assert [one.gains for one in path.steps] == ["handset", "customer", "account"]
    assert path.target == "money"
    assert path.frequency_ppm == round(lost.frequency_ppm.mid * 0.1 * 0.5)
    assert path.event_minor == pay.event_minor
    assert path.expected_minor == pytest.approx(
        path.frequency_ppm / 1e6 * pay.event_minor, rel=1e-4
    )


def test_the_chance_of_a_step_is_the_geometric_middle() -> None:
    wide = AttackStep(
        threat="T-PAY", before="handset", after="account", onward=Interval(low=0.01, high=0.81)
    )
    (path,) = analysed([LOST, PAY], step("T-LOST", "outside", "handset"), wide).paths
    often = analysed([LOST, PAY]).scenario("T-LOST").frequency_ppm.mid
    assert path.frequency_ppm == round(often * 0.09)


def test_one_step_alone_is_a_scenario_and_no_path() -> None:
    assert analysed([PAY], step("T-PAY", "outside", "account")).paths == ()


def test_a_chain_must_begin_outside_and_end_at_something_of_value() -> None:
    assert analysed([LOST, PAY], step("T-PAY", "handset", "account")).paths == ()
    means = threat("T-PAY", hits=MEANS)
    assert analysed(
        [LOST, means],
        step("T-LOST", "outside", "handset"),
        step("T-PAY", "handset", "account"),
    ).paths == ()  # fmt: skip


def test_a_threat_that_does_not_apply_is_no_step() -> None:
    away = replace(GUESS, needs='channels has "ussd"')
    steps = (
        step("T-LOST", "outside", "handset"),
        step("T-GUESS", "handset", "customer"),
        step("T-PAY", "customer", "account"),
    )
    assert analysed([LOST, GUESS, PAY], *steps).paths
    assert analysed([LOST, away, PAY], *steps).paths == ()


def test_a_step_needs_an_element_to_happen_at() -> None:
    steps = (step("T-LOST", "outside", "number"), step("T-PAY", "number", "account"))
    assert analysed([LOST, PAY], *steps).paths == (), "no number without a mobile network"
    service = small_service(channels=("internet", "qr", "sms"))
    assert len(analysed([LOST, PAY], *steps, service=service).paths) == 1


def test_a_step_happens_where_the_attacker_can_reach() -> None:
    steps = (step("T-LOST", "outside", "agent"), step("T-PAY", "agent", "books"))
    service = small_service()
    assert analysed([LOST, PAY], *steps).paths == (), "no flow ties agents to the books"
    line = Flow(source="agents", target="books", channel="line", carries=(), protected="none")
    tied = replace(service, flows=(line,))
    (path,) = analysed([LOST, PAY], *steps, service=tied).paths
    assert [one.at for one in path.steps] == ["agents", "books"]


def test_keys_are_reached_only_in_their_own_environment() -> None:
    steps = (
        step("T-LOST", "outside", "handset"),
        step("T-GUESS", "handset", "device_keys", at="software"),
        step("T-PAY", "device_keys", "account"),
    )
    (path,) = analysed([LOST, GUESS, PAY], *steps).paths
    assert path.steps[1].at == "keys-android-software"
    strong = tuple(
        replace(one, secure_environment="tee") if one.secure_environment == "software" else one
        for one in small_service().handsets
    )
    assert analysed([LOST, GUESS, PAY], *steps, service=small_service(handsets=strong)).paths == ()


def test_no_threat_and_no_position_comes_twice() -> None:
    analysis = analysed(
        [LOST, PAY],
        step("T-LOST", "outside", "handset"),
        step("T-LOST", "handset", "customer"),
        step("T-LOST", "customer", "handset"),
        step("T-PAY", "handset", "account"),
        step("T-PAY", "customer", "account"),
    )
    assert chains(analysis.paths) == {("T-LOST", "T-PAY")}
    (path,) = analysis.paths
    assert path.steps[0].gains == "handset"


def _every_chain(steps: list[AttackStep], goal: str) -> dict[tuple[str, ...], float]:
    """All chains by trying every order of every choice of steps; what the search must agree with."""
    found: dict[tuple[str, ...], float] = {}
    for length in range(2, STEPS_MAX + 1):
        for chosen in permutations(steps, length):
            fits = chosen[0].before == "outside" and chosen[-1].threat == goal
            if not fits or any(one.after != two.before for one, two in pairwise(chosen)):
                continue
            names, held = [one.threat for one in chosen], [one.after for one in chosen]
            if len(set(names)) == len(set(held)) == length:
                key = tuple(f"{one.threat} {one.after}" for one in chosen)
                chance = math.prod(one.onward.low for one in chosen if one.onward)
                found[key] = max(found.get(key, 0.0), chance)
    return found


def test_the_search_finds_what_trying_everything_finds() -> None:
    steps = [
        step("T-A", "outside", "handset"), step("T-B", "outside", "customer"),
        step("T-B", "handset", "customer", 0.3), step("T-C", "customer", "handset", 0.11),
        step("T-C", "handset", "account", 0.07), step("T-D", "customer", "account", 0.02),
        step("T-D", "handset", "application", 0.9), step("T-PAY", "account", "money", 0.4),
        step("T-PAY", "application", "money", 0.05),
    ]  # fmt: skip
    threats = [*(threat(f"T-{name}", hits=MEANS) for name in "ABCD"), PAY]
    analysis = analysed(threats, *steps)
    expected = _every_chain(steps, "T-PAY")
    often = analysis.scenario("T-A").frequency_ppm.mid
    found = {
        tuple(f"{one.threat} {one.gains}" for one in path.steps): path.frequency_ppm / often
        for path in likeliest_to(analysis.graph, "T-PAY")
    }
    assert found.keys() == expected.keys()
    assert len(found) == 5
    for key, chance in expected.items():
        assert found[key] == pytest.approx(chance, rel=1e-3)
    frequencies = list(found.values())
    assert frequencies == sorted(frequencies, reverse=True), "the likeliest first"


def test_a_share_of_any_step_cuts_the_path() -> None:
    analysis = analysed(
        [LOST, GUESS, PAY],
        step("T-LOST", "outside", "handset"),
        step("T-GUESS", "handset", "customer"),
        step("T-PAY", "customer", "account"),
    )
    (before,) = analysis.paths
    for name in ("T-LOST", "T-GUESS", "T-PAY"):
        (after,) = paths_under(analysis, {analysis.scenario(name).id: 0.25})
        assert after.id == before.id
        assert after.expected_minor == pytest.approx(before.expected_minor / 4, rel=1e-5)
    every = {scenario.id: 0.5 for scenario in analysis.scenarios}
    (cut,) = paths_under(analysis, every)
    assert cut.expected_minor == pytest.approx(before.expected_minor / 8, rel=1e-5)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_our_fault(share: float) -> None:
    analysis = analysed(
        [LOST, PAY], step("T-LOST", "outside", "handset"), step("T-PAY", "handset", "account")
    )
    with pytest.raises(Defect, match="share"):
        paths_under(analysis, {analysis.scenario("T-PAY").id: share})


@pytest.mark.parametrize("like", LIKE)
def test_every_kind_of_service_has_bounded_paths_from_outside(like: str) -> None:
    analysis = analyse_risk(read_service(scaffold_service(like, "Sample")))
    names = {element.id for element in analysis.architecture.elements}
    assert 0 < len(analysis.paths) <= PATHS_MAX
    assert len({path.id for path in analysis.paths}) == len(analysis.paths)
    first = {one.threat for one in load_catalogue().steps if one.before == "outside"}
    for path in analysis.paths:
        assert 2 <= len(path.steps) <= STEPS_MAX
        assert path.steps[0].threat in first
        assert {one.at for one in path.steps} <= names
        assert path.target in analysis.scenario(path.steps[-1].threat).assets
    losses = [path.expected_minor for path in analysis.paths]
    assert losses == sorted(losses, reverse=True)


def test_paths_are_part_of_the_artefact_and_add_nothing_to_the_year() -> None:
    steps = (step("T-LOST", "outside", "handset"), step("T-PAY", "handset", "account"))
    with_paths, without = analysed([LOST, PAY], *steps), analysed([LOST, PAY])
    assert with_paths.loss == without.loss
    assert [one.expected_minor for one in with_paths.scenarios] == [
        one.expected_minor for one in without.scenarios
    ]
    plain = with_paths.plain()
    assert plain["paths"][0]["steps"][1] == {
        "threat": "T-PAY", "at": "gateway", "gains": "account",
    }  # fmt: skip
    assert canonical_json(plain) == canonical_json(analysed([LOST, PAY], *steps).plain())


def test_a_large_drawing_is_walked_too() -> None:
    service = drawn_service(small_service(), components=630, flows=630)
    analysis = analyse_risk(service)
    assert len(analysis.architecture.elements) >= 630
    assert len(analysis.paths) == PATHS_MAX
    bare = analyse_risk(small_service())
    best = {path.id: path.expected_minor for path in bare.paths}
    assert analysis.paths[0].expected_minor >= max(best.values())
