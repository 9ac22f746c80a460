"""What is stated: every weaker change with its reason, every counterexample, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tallystick.decide.policy.tables import Span, stricter_than
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.prove.release import (
    ReleaseRefused,
    demand_same_findings,
    example_from_plain,
    last_day,
)
from tallystick.prove.release.statement import statement_from_plain
from tallystick.testing.policies import STEP_UP_MINOR, example_policy, sealed_again
from tests.rooms.prove.release.made import FIRST, LAST, NEW, OLD, PATH, proposed


def test_a_weaker_change_is_stated_with_its_reason_and_its_amounts() -> None:
    statement = proposed()
    (weakness,) = statement.weaker
    assert (weakness.path, weakness.reason) == (PATH, "Losses stayed under appetite")
    (example,) = map(example_from_plain, statement.counterexamples)
    assert (example,) == stricter_than(OLD, NEW)
    assert example.inputs["amount"] == Span(least=STEP_UP_MINOR, most=2 * STEP_UP_MINOR - 1)
    assert (statement.policy, statement.previous) == (NEW.digest, OLD.digest)


def test_a_weaker_change_without_a_reason_is_refused() -> None:
    with pytest.raises(ReleaseRefused, match=f"without a recorded reason: {PATH}"):
        proposed(reasons={})


def test_a_reason_for_nothing_is_a_mistake() -> None:
    with pytest.raises(Misconfigured, match="no weaker change is called that"):
        proposed(reasons={PATH: "Losses stayed under appetite", "tiers.tier9": "As good as any"})


@pytest.mark.parametrize(
    "reason", ["", "short", "x" * 501, " " * 30, "a bell \a in it", "ends a line\n"]
)
def test_a_reason_that_nobody_can_judge_is_a_mistake(reason: str) -> None:
    with pytest.raises(Misconfigured, match="no reason that others can judge"):
        proposed(reason=reason)
    with pytest.raises(Misconfigured, match="no reason that others can judge"):
        proposed(reasons={PATH: reason})


def test_the_first_release_and_a_stricter_policy_have_nothing_to_excuse() -> None:
    assert proposed(OLD, None).weaker == ()
    assert proposed(OLD, NEW).weaker == ()
    assert proposed(OLD, NEW).counterexamples == ()


def test_an_unsound_policy_is_not_proposed() -> None:
    caps = {"se": 5, "tee": 5, "software": 9}
    rule = replace(OLD.operations["remote.pay"], amount_max_minor=caps)
    broken = replace(OLD, operations={**OLD.operations, "remote.pay": rule})
    with pytest.raises(Defect, match="asks less"):
        proposed(broken, None)


@pytest.mark.parametrize("changes", [{"service_id": "other"}, {"currency": "EUR"}])
def test_a_policy_of_another_service_is_no_previous_one(changes: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="same service"):
        proposed(OLD, sealed_again(replace(OLD, **changes)))


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-6-1", LAST), (FIRST, "never"), (FIRST, "2026-05-31"), ("2026-02-30", LAST)],
)
def test_days_are_days_in_order(first: str, last: str) -> None:
    with pytest.raises(Misconfigured):
        proposed(from_day=first, until_day=last)


def test_a_release_holds_as_long_as_a_certificate_when_nobody_says() -> None:
    assert last_day(OLD, "2026-01-01") == "2027-01-01"
    assert last_day(example_policy(parameters={"policy.validity_days": 1}), FIRST) == "2026-06-02"


def test_a_statement_is_read_back_as_it_was() -> None:
    statement = proposed()
    plain = json.loads(canonical_json(statement.plain()))
    assert statement_from_plain(plain) == statement


ACCEPTED: dict[str, Any] = {"threat": "T-X", "until": "2027-01-01", "reason": "It is insured"}
WRONG: list[dict[str, Any]] = [
    {"artefact": "poem"},
    {"version": 2},
    {"extra": 1},
    {"reason": 7},
    {"weaker": [{"path": "p"}]},
    {"counterexamples": [{"table": "t"}]},
    {"previous": ""},
    {"acceptances": [{"threat": "T-X"}]},
    {"acceptances": [{"threat": "T-X", "until": "2027-01-01", "reason": 5}]},
    {"acceptances": [{**ACCEPTED, "approved_by": 5}]},
    {"acceptances": [{**ACCEPTED, "approved_by": "amina"}]},
    {"acceptances": [{**ACCEPTED, "approved_by": ["amina", 5]}]},
    {"exceptions": [{"requirement": "R-1", "until": "2027-01-01", "reason": "It is ordered"}]},
    {"from_day": "2028-01-01"},
    {"reason": "a reason \x1b[2J that clears the screen"},
]


@pytest.mark.parametrize("changes", WRONG)
def test_what_is_no_statement_is_refused(changes: dict[str, Any]) -> None:
    plain = json.loads(canonical_json(proposed().plain()))
    with pytest.raises(Misconfigured):
        statement_from_plain({**plain, **changes})


@pytest.mark.parametrize("reason", ["", "short", " " * 30, "x" * 501])
def test_a_statement_without_its_reasons_is_not_read(reason: str) -> None:
    plain = json.loads(canonical_json(proposed().plain()))
    (weakness,) = plain["weaker"]
    for silent in ({"reason": reason}, {"weaker": [{**weakness, "reason": reason}]}):
        with pytest.raises(Misconfigured, match="no reason that others can judge"):
            statement_from_plain({**plain, **silent})


def test_the_approver_derives_the_same_statement() -> None:
    demand_same_findings(proposed(), NEW, OLD)


def test_a_proposer_who_hides_something_is_found() -> None:
    statement = proposed()
    (weakness,) = statement.weaker
    lies: list[dict[str, Any]] = [
        {"counterexamples": ()},
        {"weaker": ()},
        {"weaker": (replace(weakness, after="from 600.00"),)},
        {"weaker": (weakness, replace(weakness, path="tiers.tier9"))},
        {"checks": ("total",)},
        {"tables": OLD.tables},
        {"currency": "EUR"},
    ]
    for lie in lies:
        (name,) = lie
        with pytest.raises(ReleaseRefused, match=f"not what follows from the policies: {name}"):
            demand_same_findings(replace(statement, **lie), NEW, OLD)


@pytest.mark.parametrize(("policy", "previous"), [(NEW, None), (NEW, NEW), (OLD, OLD)])
def test_a_statement_about_other_policies_is_refused(policy: Any, previous: Any) -> None:
    with pytest.raises(ReleaseRefused, match="about other policies"):
        demand_same_findings(proposed(), policy, previous)
