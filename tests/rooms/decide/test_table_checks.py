"""Each static check of a decision table finds what it is there for, and names the question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.decide.assurance import check_tables, table_findings
from tallystick.decide.policy.tables import (
    Answer,
    DecisionTable,
    Domain,
    Row,
    Span,
    compile_matcher,
    decision_tables,
    lay_out,
)
from tallystick.ground.errors import Defect
from tallystick.testing.policies import example_policy

LOW = Row(id="low", when={"amount": Span(least=0, most=9)}, then=Answer(outcome="device alone"))
HIGH = Row(id="high", when={"amount": Span(least=10)}, then=Answer(outcome="PIN"))


def table(*rows: Row, **changes: object) -> DecisionTable:
    """A sound little table: from 10 on the PIN is asked for, whatever the environment."""
    plain = DecisionTable(
        name="little",
        layer="application",
        title="A little table",
        domains=(
            Domain(name="environment", words=("se", "software"), stricter="later"),
            Domain(name="amount", cuts=(0, 10), unit="minor", stricter="later"),
        ),
        outcomes=("device alone", "PIN"),
        rows=rows or (LOW, HIGH),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def first(broken: DecisionTable) -> str:
    return str(next(table_findings([broken])))


def test_a_sound_table_passes() -> None:
    assert list(table_findings([table()])) == []
    check_tables([table()])


def test_every_table_of_a_policy_passes() -> None:
    check_tables(decision_tables(example_policy()))


def test_a_gap_is_found_with_its_smallest_question() -> None:
    assert first(table(LOW)) == "table little has no answer at environment se, amount 10"


def test_two_answers_to_one_question_are_found() -> None:
    other = replace(LOW, id="other", when={"environment": ("software",)}, then=HIGH.then)
    found = first(table(LOW, HIGH, other))
    assert found == (
        "table little has two answers at environment software, amount 0 (rows low, other)"
    )


def test_two_rows_with_the_same_answer_are_no_conflict() -> None:
    assert list(table_findings([table(LOW, HIGH, replace(HIGH, id="again"))])) == []


def test_facts_are_part_of_an_answer() -> None:
    other = replace(HIGH, id="other", then=Answer(outcome="PIN", facts=("tier.within",)))
    assert "two answers" in first(table(LOW, HIGH, other))


def test_a_higher_amount_that_needs_less_is_found() -> None:
    swapped = table(replace(LOW, then=HIGH.then), replace(HIGH, then=LOW.then))
    assert first(swapped) == (
        "table little asks less than for amount 0 at environment se, amount 10 (rows high, low)"
    )


def test_a_weaker_environment_that_is_given_more_is_found() -> None:
    rows = (
        Row(id="strong", when={"environment": ("se",)}, then=Answer(outcome="PIN")),
        Row(id="weak", when={"environment": ("software",)}, then=Answer(outcome="device alone")),
    )
    assert "asks less than for environment se at environment software" in first(table(*rows))


def test_a_domain_that_gets_stricter_the_other_way_is_read_the_other_way() -> None:
    domains = (Domain(name="amount", cuts=(0, 10), stricter="earlier"),)
    assert "asks less than for amount 10 at amount 0" in first(table(domains=domains))


def test_a_row_that_ends_inside_an_interval_is_found() -> None:
    inside = replace(LOW, when={"amount": Span(least=0, most=7)})
    with pytest.raises(Defect, match="row low ends inside an interval of amount"):
        lay_out(table(inside, HIGH))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (replace(LOW, when={"environment": ("tee",)}), "environment has no such word"),
        (replace(LOW, when={"weather": ("fair",)}), "asks about something else"),
        (replace(LOW, then=Answer(outcome="perhaps")), "does not answer 'perhaps'"),
    ],
)
def test_words_that_a_table_does_not_know_are_found(row: Row, says: str) -> None:
    with pytest.raises(Defect, match=says):
        lay_out(table(row, HIGH))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "n"},
        {"name": "n", "words": ("a",), "cuts": (0,)},
        {"name": "n", "words": ("a", "a")},
        {"name": "n", "cuts": (0, 5, 5)},
        {"name": "n", "cuts": (5, 0)},
        {"name": "n", "words": ("a",), "stricter": "sideways"},
    ],
)
def test_a_domain_is_words_or_ascending_numbers(wrong: dict[str, object]) -> None:
    with pytest.raises(Defect):
        Domain(**wrong)  # type: ignore[arg-type]


def test_a_policy_that_gives_a_weaker_tier_more_does_not_pass() -> None:
    tables = {one.name: one for one in decision_tables(example_policy())}
    tier = tables["application.tier"]
    generous = tuple(
        replace(row, then=Answer(outcome="within")) if row.when["tier"] == ("tier1",) else row
        for row in tier.rows
    )
    with pytest.raises(Defect, match="asks less than for tier tier2"):
        check_tables([replace(tier, rows=generous)])


def test_the_matcher_is_not_made_of_a_table_with_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    from tallystick.decide.policy.tables import matcher

    whole = decision_tables(example_policy())
    holed = [
        replace(one, rows=one.rows[1:]) if one.name == "application.payment" else one
        for one in whole
    ]
    monkeypatch.setattr(matcher, "decision_tables", lambda policy: tuple(holed))
    with pytest.raises(Defect, match=r"application\.payment has no answer"):
        compile_matcher(example_policy())
