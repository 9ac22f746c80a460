"""Every kind of difference between bank and books, one at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallystick.ground.clock import DAY_MS
from tallystick.protect.safeguarding import (
    BankEntry,
    BankStatement,
    BookItem,
    Carried,
    Outcome,
    match_statement,
)

DAY = "2026-03-04"
END = 1_772_668_800_000
NOON = END - DAY_MS // 2

CREDIT = BankEntry(key="ref-1", amount_minor=5_000, credit=True, day=DAY)
PAYOUT = BankEntry(key="TLY1", amount_minor=2_000, credit=False, day=DAY)
IN = BookItem(key="ref-1", amount_minor=5_000, credit=True, at_ms=NOON)
OUT = BookItem(key="TLY1", amount_minor=2_000, credit=False, at_ms=NOON)


def said(*entries: BankEntry, opening: int = 0, closing: int | None = None) -> BankStatement:
    moved = sum(e.amount_minor if e.credit else -e.amount_minor for e in entries)
    return BankStatement(
        day=DAY,
        opening_minor=opening,
        closing_minor=opening + moved if closing is None else closing,
        entries=entries,
    )


def match(statement: BankStatement, *items: BookItem, carried: Carried | None = None) -> Outcome:
    return match_statement(statement, items, carried=carried or Carried(), until_ms=END)


def kinds(outcome: Outcome) -> list[tuple[str, str, int]]:
    return [(found.kind, found.key, found.amount_minor) for found in outcome.breaks]


def test_what_both_sides_have_matches() -> None:
    outcome = match(said(CREDIT, PAYOUT), IN, OUT)
    assert outcome.breaks == ()
    assert (outcome.entries, outcome.matched, outcome.book_minor) == (2, 2, 3_000)
    assert set(outcome.counts().values()) == {0}


@pytest.mark.parametrize(
    ("statement", "items", "expected"),
    [
        (said(CREDIT), (), [("missing_in_books", "ref-1", 5_000)]),
        (said(), (IN,), [("missing_at_bank", "ref-1", 5_000)]),
        (said(replace(CREDIT, amount_minor=4_999)), (IN,), [("amount", "ref-1", 4_999)]),
        (said(replace(CREDIT, credit=False)), (IN,), [("amount", "ref-1", 5_000)]),
        (said(CREDIT, CREDIT), (IN,), [("duplicate", "ref-1", 5_000)]),
        (
            said(CREDIT),
            (replace(IN, at_ms=END - DAY_MS - 1),),
            [("date", "ref-1", 5_000)],
        ),
        (said(CREDIT, closing=5_001), (IN,), [("balance", "sum", 1), ("balance", "closing", 1)]),
        (
            said(CREDIT, opening=7),
            (IN,),
            [("balance", "opening", 7), ("balance", "closing", 7)],
        ),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_named(
    statement: BankStatement, items: tuple[BookItem, ...], expected: list[tuple[str, str, int]]
) -> None:
    assert kinds(match(statement, *items)) == expected


def test_what_the_books_have_later_is_late_and_not_matched_again() -> None:
    late = replace(IN, at_ms=END + 1)
    first = match(said(CREDIT), late)
    assert (first.breaks, first.late_credit_minor, first.book_minor) == ((), 5_000, 0)
    assert first.ahead == ("ref-1",)
    after = Carried(until_ms=END, closing_minor=5_000, book_minor=0, ahead=frozenset(first.ahead))
    nothing = replace(said(opening=5_000), day="2026-03-05")
    second = match_statement(nothing, [late], carried=after, until_ms=END + DAY_MS)
    assert second.breaks == ()
    assert second.book_minor == 5_000
    again = replace(said(CREDIT, opening=5_000), day="2026-03-05")
    third = match_statement(again, [late], carried=after, until_ms=END + DAY_MS)
    assert kinds(third) == [("duplicate", "ref-1", 5_000)]


def test_what_the_bank_has_later_stays_open_until_it_comes() -> None:
    first = match(said(), IN)
    assert first.open == ("ref-1",)
    after = Carried(until_ms=END, closing_minor=0, book_minor=5_000, open=frozenset(first.open))
    comes = BankStatement(
        day="2026-03-05",
        opening_minor=0,
        closing_minor=5_000,
        entries=(replace(CREDIT, day=DAY),),
    )
    second = match_statement(comes, [IN], carried=after, until_ms=END + DAY_MS)
    assert second.breaks == ()


def test_what_comes_after_the_day_is_not_missed() -> None:
    assert match(said(), replace(IN, at_ms=END)).breaks == ()
