"""What a dossier and a certificate say of the service's own keys, and what they may not close."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.prove.closure import State
from tallystick.prove.dossier import NONE, OWN_SAYS, OwnKeys
from tallystick.prove.dossier.own_keys import weakest_own_keys
from tallystick.prove.evidence import Witnessed, open_entry
from tests.rooms.prove.logs import POLICY, MemoryLog, make_entry, make_fact
from tests.rooms.prove.world import World, make_log, sign


def opening(index: int, policy: str = POLICY, **detail: Any) -> Witnessed:
    fact = make_fact("platform.opened", policy=policy, detail=detail)
    return open_entry(make_entry(fact, index=index, policy=policy))


def stated(index: int, level: str, signs: str, said: str = "") -> Witnessed:
    return opening(index, keys_level=level, signs_level=signs, keys_statement=said)


def weakest(*entries: Witnessed, level_min: int | None = 1) -> OwnKeys:
    return weakest_own_keys(entries, policy=POLICY, level_min=level_min)


def test_the_weakest_opening_counts_and_of_several_the_newest() -> None:
    one = weakest(stated(1, "S2", "S3"), stated(2, "S1", "S1", "a"), stated(3, "S1", "S1", "b"))
    assert (one.level, one.signs, one.said, one.index) == ("S1", "S1", "b", 3)
    assert weakest(stated(1, "S2", "S3"), stated(2, "S2", "S2")).signs == "S2"
    assert weakest(stated(1, "S2", "S3"), opening(2)).level == NONE, "an opening that says nothing"
    other = opening(4, policy="sha256:other", keys_level="S0", signs_level="S0")
    assert weakest(stated(1, "S2", "S3"), other).level == "S2"
    assert (weakest().level, weakest().index) == (NONE, None)


@pytest.mark.parametrize("level", ["S9", "", "s2", "hsm", "S3", "S4", "none"])
def test_a_level_that_own_keys_cannot_have_is_the_lowest(level: str) -> None:
    assert weakest(stated(1, level, level)).level in ("S0", NONE)


@pytest.mark.parametrize(
    ("level", "level_min", "below"),
    [("S1", 2, True), ("S2", 2, False), ("S1", 1, False), ("S0", 1, True), ("S0", None, False)],
)
def test_what_is_below_the_policy_says_so(level: str, level_min: int | None, below: bool) -> None:
    one = weakest(stated(1, level, level), level_min=level_min)
    assert one.is_below is below
    assert (f"below S{level_min}" in one.statement) is below
    assert weakest(level_min=2).is_below, "nothing stated is no level"


def test_each_level_says_what_it_does_not_achieve() -> None:
    assert "For tests only" in OWN_SAYS["S0"]
    assert "Who controls the machine" in OWN_SAYS["S1"]
    assert "does not meet the PIN security requirements" in OWN_SAYS["S2"]
    assert "inside the hardware" not in weakest(stated(1, "S1", "S1")).statement
    inside = weakest(stated(1, "S2", "S3", "a device")).statement
    assert "signed inside the hardware module" in inside
    assert inside.endswith("The module said: a device.")


def test_dossier_and_certificate_say_it_and_a_verifier_works_it_out_again(world: World) -> None:
    assert world.dossier.own.level == "S1"
    plain = world.dossier.plain()
    assert plain["own"] == {"level": "S1", "signs": "S1", "demanded": "S1", "said": "in a file"}
    body = world.certificate.body()
    assert body["own"] == plain["own"]
    assert body["own_statement"] == world.dossier.own.statement
    assert (plain["version"], body["version"]) == (3, 3)


def test_what_the_policy_wants_of_keys_is_not_closed_by_less(world: World) -> None:
    log = MemoryLog()
    policy = world.policy.digest
    detail = {"level": "software", "module": "m", "keys_level": "S0", "signs_level": "S0"}
    log.record(make_fact("platform.opened", policy=policy, detail=detail), policy=policy)
    log.record(make_fact("receipt.bound", policy=policy), policy=policy)
    dossier = world.close(log=log)
    found = {one.id: one for one in dossier.assessments}
    assert found["R-8-02"].state is State.OPEN
    assert "keys at S0 where the policy asks for S1 (entry 0)" in found["R-8-02"].reason
    assert "below S1" in sign(dossier, None).body()["own_statement"]
    same = {one.id: one for one in world.close(log=make_log(policy)).assessments}
    assert same["R-8-02"].state is State.CLOSED
    others = [name for name, one in found.items() if "keys at S0" in one.reason]
    for name in others:  # only what the control that asks for the level answers
        assert {"C-KEY-SOFTWARE", "C-KEY-HSM"} & set(_controls(world, name))


def _controls(world: World, requirement: str) -> tuple[str, ...]:
    return next(tuple(one.controls) for one in world.policy.requirements if one.id == requirement)
