"""Findings are valid SARIF, stand at their line, and keep their fingerprint."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tallystick.decide import diff_policies, weaker_changes
from tallystick.decide.policy import Change
from tallystick.describe import read_service, scaffold_service
from tallystick.prove.closure import State
from tallystick.prove.exchange import (
    RULES,
    Finding,
    Material,
    make_finding,
    planning_findings,
    sarif_log,
    weaker_findings,
)
from tests.rooms.prove.exchange.conftest import plan_text, with_decision
from tests.rooms.prove.exchange.schemas import SARIF, errors
from tests.rooms.prove.world import World


def log_of(findings: tuple[Finding, ...] | list[Finding]) -> Any:
    return json.loads(sarif_log(findings))


def test_every_plan_gives_a_valid_log(material: Material) -> None:
    log = log_of(planning_findings(material))
    assert errors(SARIF, log) == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]


def test_a_log_of_every_rule_is_valid() -> None:
    findings = [
        make_finding(rule, f"about {rule}", "words", file="dir/a file.toml", line=number or None)
        for number, rule in enumerate(RULES)
    ]
    log = log_of(findings)
    assert errors(SARIF, log) == []
    places = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {"dir/a%20file.toml"}
    assert "region" not in places[0]
    assert places[1]["region"] == {"startLine": 1}


def test_nothing_found_is_an_empty_run() -> None:
    log = log_of([])
    assert errors(SARIF, log) == []
    assert log["runs"][0]["results"] == []


def test_the_validator_can_say_no(wallet: Material) -> None:
    log = log_of(planning_findings(wallet))
    for spoil in ({"version": "2.0"}, {"runs": [{}]}, {"other": 1}):
        assert errors(SARIF, copy.deepcopy(log) | spoil)


def test_fingerprints_survive_other_words_and_tell_findings_apart() -> None:
    one = make_finding("policy-weaker", "tiers.a", "words", file="a.toml", line=3)
    other = make_finding("policy-weaker", "tiers.a", "other words", file="b.toml")
    third = make_finding("policy-weaker", "tiers.b", "words", file="a.toml", line=3)
    assert one.fingerprint == other.fingerprint != third.fingerprint


def test_open_requirements_of_a_dossier_are_findings(certified: Material) -> None:
    assert certified.dossier is not None
    found = {one.id for one in planning_findings(certified) if one.rule == "requirement-open"}
    uncovered = {
        one.id for one in planning_findings(certified) if one.rule == "requirement-uncovered"
    }
    assert found | uncovered >= set(certified.dossier.ids(State.OPEN))
    assert not found & set(certified.dossier.ids(State.CLOSED))
    assert not [one for one in planning_findings(replace(certified, dossier=None))
                if one.rule == "requirement-open"]  # fmt: skip


def test_a_scenario_above_appetite_points_at_the_appetite(world: World, wallet: Material) -> None:
    worst = max(wallet.after_minor.values())
    strict = replace(
        wallet.service, appetite=replace(wallet.service.appetite, scenario_minor=worst - 1)
    )
    lowered = SimpleNamespace(
        service=strict, analysis=wallet.analysis, policy=wallet.policy, made_at=wallet.made_at,
        catalogue=wallet.catalogue, after_minor=wallet.after_minor, assessments={},
        money=wallet.money, source="wallet.toml",
    )  # fmt: skip
    text = world.source.decode()
    found = [one for one in planning_findings(lowered, text) if one.rule.startswith("scenario")]
    assert [one.level for one in found] == ["error"]
    assert found[0].line is not None
    assert text.splitlines()[found[0].line - 1].startswith("scenario_expected_loss")
    assert not [one for one in planning_findings(wallet) if one.rule.startswith("scenario")]


def test_a_requirement_without_its_controls_is_uncovered(wallet: Material) -> None:
    victim = next(
        one for one in wallet.policy.requirements
        if one.nature == "requirement" and one.controls
    )  # fmt: skip
    gone = tuple(
        replace(one, controls=()) if one is victim else one for one in wallet.policy.requirements
    )
    material = replace(wallet, policy=replace(wallet.policy, requirements=gone))
    found = {one.id for one in planning_findings(material) if one.rule == "requirement-uncovered"}
    before = {one.id for one in planning_findings(wallet) if one.rule == "requirement-uncovered"}
    assert found - before == {victim.id}


@pytest.mark.parametrize(("until", "found"), [("2026-06-29", 1), ("2026-06-30", 0)])
@pytest.mark.parametrize("part", ["acceptance", "exception"])
def test_a_decision_ends_after_its_last_day(part: str, until: str, found: int) -> None:
    text = with_decision(part, until)
    material = plan_text(text)
    ended = [one for one in planning_findings(material, text) if one.rule == f"{part}-expired"]
    assert len(ended) == found
    for one in ended:
        assert one.line is not None
        assert text.splitlines()[one.line - 1] == f"[[{part}]]"


def test_weaker_changes_point_at_the_tiers(world: World) -> None:
    change = Change(path="tiers.tier1.per_day", before="1.00", after="2.00", direction="looser")
    text = world.source.decode()
    (found,) = weaker_findings([change], file="wallet.toml", text=text, tiers=["tier1"])
    assert found.line is not None
    assert text.splitlines()[found.line - 1].startswith("per_day = ")
    assert errors(SARIF, log_of([found])) == []


def test_a_real_loosening_is_found(wallet: Material) -> None:
    tier = wallet.policy.tiers["tier1"]
    tiers = dict(wallet.policy.tiers) | {
        "tier1": replace(tier, per_day_minor=tier.per_day_minor + 1)
    }
    weaker = weaker_changes(diff_policies(wallet.policy, replace(wallet.policy, tiers=tiers)))
    assert [one.id for one in weaker_findings(weaker, file="f")] == ["tiers.tier1.per_day"]


def test_templates_have_lines(material: Material) -> None:
    text = scaffold_service("p2p", "Example")
    assert read_service(text)
    for one in planning_findings(material, text):
        assert one.line is None or 1 <= one.line <= text.count("\n") + 1
