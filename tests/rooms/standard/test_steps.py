"""Steps of attacks: they lead from one known position to another, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from tallystick.analyse import RiskAnalysis, analyse_risk
from tallystick.analyse.paths import ENDS, likeliest_to
from tallystick.describe import LIKE, Service, load_service, read_service, scaffold_service
from tallystick.ground.errors import Misconfigured
from tallystick.standard import (
    ASSETS,
    COMPONENT_KINDS,
    OUTSIDE,
    POSITIONS,
    ZONES,
    load_catalogue,
    read_catalogue,
)
from tallystick.standard.loading import DATA
from tallystick.standard.steps import AttackStep, read_steps
from tallystick.standard.vocabulary import CHANNELS

STEP = {"threat": "T-A", "from": "customer", "to": "handset", "onward": [0.1, 0.5]}

BROKEN = [
    ({"threat": "T-HAT"}, "'T-HAT' is no threat"),
    ({"threat": ["T-A"]}, "is no threat"),
    ({"from": "attic"}, "from is 'attic'"),
    ({"to": "attic"}, "to is 'attic'"),
    ({"to": "customer"}, "to is 'customer'"),
    ({"to": OUTSIDE}, "to is 'outside'"),
    ({"onward": [0.5, 0.1]}, "onward is [0.5, 0.1]"),
    ({"onward": [0, 0.1]}, "onward is [0, 0.1]"),
    ({"onward": [0.5, 1.1]}, "onward is [0.5, 1.1]"),
    ({"onward": [float("nan"), 0.5]}, "onward is [nan, 0.5]"),
    ({"environment": "shoe"}, "environment is 'shoe'"),
    ({"from": OUTSIDE}, "unknown key 'onward'"),
    ({"chance": 1}, "unknown key 'chance'"),
]


def read(tables: Iterable[object]) -> tuple[AttackStep, ...]:
    return read_steps([(table, "steps.toml") for table in tables], {"T-A", "T-B"})


@pytest.mark.parametrize(("change", "says"), BROKEN)
def test_a_broken_step_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read([{**STEP, **change}])
    assert says in str(refused.value)
    assert refused.value.where.startswith("steps.toml, ")


def test_a_step_onward_needs_a_chance_and_stands_once() -> None:
    bare = {key: value for key, value in STEP.items() if key != "onward"}
    with pytest.raises(Misconfigured, match="onward is missing"):
        read([bare])
    with pytest.raises(Misconfigured, match="customer to handset stands in steps"):
        read([STEP, dict(STEP)])
    with pytest.raises(Misconfigured, match="step 1: found 'T-A'; allowed: a table"):
        read(["T-A"])


def test_the_order_of_the_file_changes_nothing() -> None:
    other = {"threat": "T-B", "from": OUTSIDE, "to": "customer"}
    one, two = (read(tables) for tables in ([dict(STEP), dict(other)], [dict(other), dict(STEP)]))
    assert one == two
    assert one[1].onward is None


def edited(folder: Path, change: Callable[[str], str]) -> Path:
    data = Path(shutil.copytree(DATA, folder / "data"))
    file = data / "steps" / "devices.toml"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    return data


def test_the_digest_covers_the_steps(tmp_path: Path) -> None:
    again = read_catalogue(edited(tmp_path, lambda text: text.rpartition("  {")[0] + "]\n"))
    assert len(again.steps) == len(load_catalogue().steps) - 1
    assert again.digest != load_catalogue().digest


def test_a_step_of_a_threat_that_went_away_is_refused(tmp_path: Path) -> None:
    data = edited(tmp_path, lambda text: text.replace('"T-DEV-LOST"', '"T-DEV-GONE"'))
    with pytest.raises(Misconfigured, match="'T-DEV-GONE' is no threat of this catalogue") as told:
        read_catalogue(data)
    assert told.value.where == "steps/devices.toml, T-DEV-GONE"


def test_many_threats_are_steps_and_every_position_is_of_use() -> None:
    steps = load_catalogue().steps
    assert len({step.threat for step in steps}) >= 150
    assert {step.before for step in steps} | {step.after for step in steps} == set(POSITIONS)
    for name in POSITIONS.keys() - {OUTSIDE}:
        assert any(step.after == name for step in steps), f"nothing leads to {name}"


def test_positions_and_kinds_name_what_there_is() -> None:
    for position in POSITIONS.values():
        assert set(position.kinds) <= set(COMPONENT_KINDS)
    for kind in COMPONENT_KINDS.values():
        assert kind.zone in ZONES
        assert set(kind.holds) <= set(ASSETS)
    assert {asset for kind in COMPONENT_KINDS.values() for asset in kind.holds} == set(ASSETS)


def every_service() -> Iterator[Service]:
    for file in sorted((Path(__file__).parents[3] / "examples").glob("*.toml")):
        yield load_service(file)
    for like in LIKE:
        yield read_service(scaffold_service(like, "Sample"))


@cache
def analyses() -> tuple[RiskAnalysis, ...]:
    """Of the examples and templates, and of one service that has whatever any of them has."""
    services = list(every_service())
    return tuple(analyse_risk(service) for service in (*services, _all_of(services)))


def _all_of(services: list[Service]) -> Service:
    parties = {party.role: party for one in services for party in one.parties}
    parties.setdefault(
        "token_service_provider", replace(parties["issuer"], role="token_service_provider")
    )
    handsets = {(h.kind, h.secure_environment): h for one in services for h in one.handsets}
    browser = replace(next(iter(handsets.values())), kind="browser", secure_environment="software")
    return replace(
        next(one for one in services if one.agents.count),
        channels=CHANNELS,
        parties=tuple(parties.values()),
        handsets=(*handsets.values(), browser),
        services=tuple(sorted({name for one in services for name in one.services})),
        retention_days={kind: n for one in services for kind, n in one.retention_days.items()},
    )


def test_every_position_and_every_asset_of_value_is_reached_in_an_example() -> None:
    examples = analyses()[: -1 - len(LIKE)]
    moves = [move for one in examples for moves in one.graph.moves.values() for move in moves]
    assert {move.after for move in moves} == POSITIONS.keys() - {OUTSIDE}
    assert {goal.end for one in examples for goal in one.graph.goals()} == set(ENDS)
    assert {step.gains for one in examples for path in one.paths for step in path.steps} <= set(
        POSITIONS
    )


def test_every_step_can_be_taken_somewhere() -> None:
    """A step that no architecture gives a place, or that no chain comes to, says nothing."""
    taken = {
        (move.threat, move.before, move.after)
        for one in analyses()
        for moves in one.graph.moves.values()
        for move in moves
    }
    dead = [
        (step.threat, step.before, step.after)
        for step in load_catalogue().steps
        if (step.threat, step.before, step.after) not in taken
    ]
    assert dead == []


@pytest.mark.parametrize("number", range(12))
def test_no_path_is_more_frequent_than_the_scenario_at_its_end_may_be(number: int) -> None:
    """The likeliest path to each goal says it for all: the others to it are rarer."""
    analysis = analyses()[number]
    odd = {}
    for goal in analysis.graph.goals():
        most = analysis.scenario(goal.threat).frequency_ppm.high
        for path in islice(likeliest_to(analysis.graph, goal.threat), 1):
            if path.frequency_ppm > most:
                odd[goal.threat] = (path.threats, path.frequency_ppm, most)
    assert odd == {}


def test_a_link_from_a_tap_does_not_come_to_the_internet() -> None:
    """Places on the way of messages differ: who listens to a tap holds no session."""
    steps = load_catalogue().steps
    for name in ("T-SESSION-STEAL", "T-MSG-REPLAY", "T-MSG-ALTER-PAYEE"):
        assert not any(step.threat == name and step.before in ("nearby", "air") for step in steps)
    assert POSITIONS["nearby"].kinds == ("proximity",)
