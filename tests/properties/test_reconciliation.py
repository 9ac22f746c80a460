"""Whatever happens to one entry or one item, a reconciliation without tolerance notices."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import DAY_MS
from tallystick.protect.safeguarding import (
    BankEntry,
    BankStatement,
    BookItem,
    Carried,
    match_statement,
)

DAY, END = "2026-03-04", 1_772_668_800_000


@st.composite
def days(draw: st.DrawFn) -> tuple[BankStatement, list[BookItem]]:
    """A day on which bank and books agree; some of it the books had only afterwards."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(1, 10**9), st.booleans(), st.integers(END - DAY_MS, END + DAY_MS)
            ),
            min_size=1,
            max_size=12,
        )
    )
    items = [
        BookItem(key=f"key-{n}", amount_minor=minor, credit=credit, at_ms=at_ms)
        for n, (minor, credit, at_ms) in enumerate(drawn)
    ]
    entries = tuple(
        BankEntry(key=i.key, amount_minor=i.amount_minor, credit=i.credit, day=DAY)
        for i in draw(st.permutations(items))
    )
    return _stated(entries), items


def _stated(entries: tuple[BankEntry, ...], *, closing: int | None = None) -> BankStatement:
    moved = sum(e.amount_minor if e.credit else -e.amount_minor for e in entries)
    closing_minor = moved if closing is None else closing
    return BankStatement(day=DAY, opening_minor=0, closing_minor=closing_minor, entries=entries)


@given(day=days())
def test_a_day_that_agrees_has_no_break(day: tuple[BankStatement, list[BookItem]]) -> None:
    statement, items = day
    outcome = match_statement(statement, items, carried=Carried(), until_ms=END)
    assert outcome.breaks == ()
    assert outcome.matched == len(items)
    late = outcome.late_credit_minor - outcome.late_debit_minor
    assert outcome.book_minor + late == statement.closing_minor


@given(day=days(), pick=st.integers(0, 11), by=st.integers(1, 10**6), how=st.integers(0, 4))
def test_any_one_change_breaks_it(
    day: tuple[BankStatement, list[BookItem]], pick: int, by: int, how: int
) -> None:
    statement, items = day
    place = pick % len(items)
    entries = list(statement.entries)
    changed = entries[place]
    if how == 0:
        entries[place] = replace(changed, amount_minor=changed.amount_minor + by)
    elif how == 1:
        entries[place] = replace(changed, credit=not changed.credit)
    elif how == 2:
        entries.append(changed)
    elif how == 3:
        entries[place] = replace(changed, key="stranger")
    else:
        statement = replace(statement, closing_minor=statement.closing_minor + by)
    if how != 4:
        statement = _stated(tuple(entries))
    outcome = match_statement(statement, items, carried=Carried(), until_ms=END)
    assert outcome.breaks
    bank_side = [b for b in outcome.breaks if b.kind not in ("missing_at_bank", "balance")]
    assert outcome.matched + len(bank_side) == outcome.entries


@given(day=days(), pick=st.integers(0, 11))
def test_an_entry_that_is_not_there_is_missed_or_does_not_count(
    day: tuple[BankStatement, list[BookItem]], pick: int
) -> None:
    statement, items = day
    gone = statement.entries[pick % len(items)]
    left = _stated(tuple(e for e in statement.entries if e is not gone))
    outcome = match_statement(left, items, carried=Carried(), until_ms=END)
    at_ms = next(item.at_ms for item in items if item.key == gone.key)
    assert [b.key for b in outcome.breaks] == ([gone.key] if at_ms < END else [])
