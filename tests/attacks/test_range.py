"""Where trials may be run, what they say when they cannot, and what they leave in the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import tallystick
from tallystick.decide import SecurityPolicy
from tallystick.ground.clock import ManualClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import TRIAL_FAILED, TRIAL_WITHSTOOD
from tallystick.protect.screening import NameList
from tallystick.prove.certificate import TrustAnchor
from tallystick.trials import (
    Insider,
    Range,
    TrialResult,
    demand_allowed,
    enrol_staff,
    in_process,
    run_trials,
)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "[::1]", "localhost"])
def test_this_machine_may_be_attacked(host: str) -> None:
    demand_allowed(f"http://{host}:8080", allow_host=None)


ELSEWHERE = [
    "http://10.0.0.1:80",
    "https://provider.example",
    "http://127.0.0.1.example",
    "nonsense",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_else_may_be_attacked(arena: Range, address: str) -> None:
    with pytest.raises(Misconfigured, match="not this machine"):
        replace(arena, base_url=address)


def test_one_host_may_be_allowed_by_its_exact_name() -> None:
    demand_allowed("https://trial.example", allow_host="trial.example")
    for other in ("example", "trial.example.org", "*.example", "TRIAL"):
        with pytest.raises(Misconfigured):
            demand_allowed("https://trial.example", allow_host=other)


def test_an_unknown_trial_is_refused(arena: Range) -> None:
    with pytest.raises(Misconfigured, match="no such trial"):
        run_trials(arena, only=["message-lost"])


@pytest.mark.parametrize("trial", ["ledger-row-edited", "evidence-edited"])
def test_without_an_insider_files_are_out_of_reach(arena: Range, trial: str) -> None:
    (result,) = run_trials(replace(arena, insider=None), only=[trial])
    assert result.outcome == "not run"
    assert not result.withstood


def test_without_a_list_nobody_can_be_listed(arena: Range) -> None:
    (result,) = run_trials(replace(arena, names=None), only=["listed-payee-variant"])
    assert (result.outcome, result.evidence) == ("not run", "needs the screening list")


def test_an_outsider_judges_what_is_seen_from_outside(arena: Range) -> None:
    results = run_trials(replace(arena, insider=None), only=["alg-none", "pin-oracle"])
    assert [result.outcome for result in results] == ["withstood", "withstood"]
    assert {result.seen_inside for result in results} == {""}


def test_each_result_is_recorded_as_a_fact(arena: Range) -> None:
    insider = arena.watch()
    size = insider.size()
    heard: list[TrialResult] = []
    chosen = ["qr-swapped", "message-replayed", "ledger-row-edited"]
    unseen = replace(arena, insider=None)
    results = run_trials(unseen, only=chosen, on_result=heard.append)
    kinds = (TRIAL_WITHSTOOD, TRIAL_FAILED)
    entries = [e for e in insider.since(size) if any(f.kind in kinds for f in e.facts)]
    facts = [fact for entry in entries for fact in entry.facts if fact.kind in kinds]
    ran = [result for result in heard if result.outcome != "not run"]
    assert [result.trial for result in results] == ["message-replayed", "qr-swapped", chosen[2]]
    assert [fact.detail["trial"] for fact in facts] == [result.trial for result in ran]
    assert {fact.kind for fact in facts} == {TRIAL_WITHSTOOD}
    assert {entry.leaf.device for entry in entries} == {arena.staff.laboratory.bound().device}
    assert [fact.detail["threat"] for fact in facts] == [result.threat for result in ran]


@pytest.fixture
def own(policy: SecurityPolicy, names: NameList, tmp_path: Path) -> Iterator[Range]:
    """A range on a platform in this process, reached without a network."""
    home, clock = tmp_path / "home", ManualClock()
    with (
        tallystick.open_platform(policy, home=home, names=names, clock=clock) as platform,
        in_process(platform) as reach,
    ):
        key = TrustAnchor.read(home / "trust.txt").checkpoint
        codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
        staff = enrol_staff(
            reach.base_url, key, codes=codes, clock=clock, transport=reach.transport
        )
        yield Range(
            base_url=reach.base_url,
            policy=policy,
            staff=staff,
            names=names,
            insider=Insider(home),
            transport=reach.transport,
            clock=clock,
            wait=lambda duration_ms: clock.advance(ms=duration_ms),
        )


def test_a_platform_can_be_attacked_without_a_network(own: Range) -> None:
    chosen = ["challenge-expired", "other-device-key", "limit-concurrent", "check-fails-closed"]
    results = run_trials(own, only=chosen)
    assert {result.outcome for result in results} == {"withstood"}, [r.evidence for r in results]
