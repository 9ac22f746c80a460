"""Pseudonyms, what is kept for a purpose, and for how long."""

from __future__ import annotations

import pytest

from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect
from tallystick.ground.facts import RECORDS_RETIRED, Fact
from tallystick.ground.secret import Secret
from tallystick.protect.privacy import (
    RetentionRule,
    StoredRecord,
    due_for_retirement,
    minimise,
    pseudonym,
    retention_rules,
    retirement_detail,
    seal_document,
    shortened_name,
)

KEY = Secret(b"k" * 32)
NOW = 1_700_000_000_000
PERSON = {
    "name": "Amina Wanjiku Okafor",
    "born": "1990-02-28",
    "country": "KE",
    "document": "KE1234567",
    "customer": "cus-1",
    "account": "acc-1",
}
RULES = (
    RetentionRule(record_class="tally", days=10),
    RetentionRule(record_class="customer", days=5),
)


def test_a_pseudonym_depends_on_key_kind_and_value() -> None:
    one = pseudonym("customer", "x", key=KEY)
    assert one == pseudonym("customer", "x", key=KEY)
    others = {
        pseudonym("customer", "y", key=KEY),
        pseudonym("account", "x", key=KEY),
        pseudonym("customer", "x", key=Secret(b"l" * 32)),
        seal_document("x", key=KEY),
    }
    assert one not in others
    assert len(others) == 4


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [("person", "x", KEY), ("customer", "", KEY), ("customer", "x", Secret(b"k" * 31))],
)
def test_a_pseudonym_without_kind_value_or_key_is_our_fault(kind, value, key) -> None:
    with pytest.raises(Defect):
        pseudonym(kind, value, key=key)


def test_the_register_keeps_the_document_sealed() -> None:
    kept = minimise(PERSON, purpose="register", key=KEY)
    assert kept == PERSON | {"document": seal_document("KE1234567", key=KEY)}


def test_evidence_holds_nobody_by_name() -> None:
    kept = minimise(PERSON, purpose="evidence", key=KEY)
    assert kept.keys() == {"country", "customer", "account"}
    assert not {"Amina Wanjiku Okafor", "1990-02-28", "cus-1", "acc-1"} & set(kept.values())


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("statement", {"name": "Amina W. O.", "account": "acc-1"}),
        ("statistic", {"born": "1990", "country": "KE"}),
    ],
)
def test_a_purpose_gets_what_it_needs(purpose, expected) -> None:
    assert minimise(PERSON, purpose=purpose, key=KEY) == expected


def test_nothing_is_kept_by_oversight() -> None:
    with pytest.raises(Defect):
        minimise(PERSON, purpose="marketing", key=KEY)
    with pytest.raises(Defect):
        minimise(PERSON | {"religion": "x"}, purpose="register", key=KEY)


def test_a_short_name_gives_no_surname_away() -> None:
    assert shortened_name("Amina  Okafor") == "Amina O."
    assert shortened_name("Zodwa") == "Z."
    assert shortened_name("") == "."


def test_the_rules_are_the_policys_retention_parameters() -> None:
    parameters = {"retention.tally_days": 10, "retention.customer_days": 5, "pin.tries_max": 3}
    assert set(retention_rules(parameters)) == set(RULES)
    with pytest.raises(Defect):
        retention_rules({"retention.tally_days": 0})


def record(name: str, days_ago: int | None, record_class: str = "tally", **more: bool):
    ended = None if days_ago is None else NOW - days_ago * DAY_MS
    return StoredRecord(id=name, record_class=record_class, ended_ms=ended, **more)


def test_a_record_is_due_when_its_days_are_over() -> None:
    records = [
        record("young", 9),
        record("due", 10),
        record("old", 400),
        record("open", None),
        record("held", 400, held=True),
        record("gone", 5, "customer"),
    ]
    due = due_for_retirement(records, RULES, now_ms=NOW)
    assert [r.id for r in due] == ["due", "old", "gone"]
    assert [r.id for r in due_for_retirement(records, RULES, now_ms=NOW - 1)] == ["old"]


def test_a_class_without_a_rule_stops_the_retirement() -> None:
    with pytest.raises(Defect):
        due_for_retirement([record("x", 1, "photo")], RULES, now_ms=NOW)


def test_the_fact_says_how_many_of_each_class_and_names_none() -> None:
    detail = retirement_detail([record("a", 1), record("b", 1), record("c", 1, "customer")])
    assert (detail["count"], detail["tally_count"], detail["customer_count"]) == (3, 2, 1)
    fact = Fact(
        kind=RECORDS_RETIRED,
        subject="provider",
        control="C-PRIV-RETENTION",
        policy="sha256:0",
        at_ms=NOW,
        detail=detail,
    )
    assert fact.plain()["detail"] == detail
    again = retirement_detail([record("c", 9, "customer"), record("b", 9), record("a", 9)])
    assert again["digest"] == detail["digest"]
