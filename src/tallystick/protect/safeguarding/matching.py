"""Match a statement with the books: every entry, every item, and the balances; no tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from tallystick.ground.clock import DAY_MS
from tallystick.protect.safeguarding.model import (
    AMOUNT,
    BALANCE,
    DATE,
    DUPLICATE,
    MISSING_AT_BANK,
    MISSING_IN_BOOKS,
    BankEntry,
    BankStatement,
    BookItem,
    Break,
    Carried,
    Outcome,
)


def match_statement(
    statement: BankStatement, items: Iterable[BookItem], *, carried: Carried, until_ms: int
) -> Outcome:
    """Compare a statement with all items of the books, as far as they were not matched before.

    `items` are those of the whole time; `until_ms` is the instant at which the statement's day
    ends. What the books have from then on may match, and is not missed when it does not.
    """
    known = {item.key: item for item in items}
    match = _Match(statement, known, carried=carried, until_ms=until_ms)
    for entry in statement.entries:
        match.take(entry)
    match.miss()
    return match.outcome()


class _Match:
    """One comparison on its way."""

    def __init__(
        self,
        statement: BankStatement,
        known: Mapping[str, BookItem],
        *,
        carried: Carried,
        until_ms: int,
    ) -> None:
        self._statement, self._known = statement, known
        self._carried, self._until_ms = carried, until_ms
        self._free = {key: item for key, item in known.items() if self._is_free(item)}
        self._breaks: list[Break] = []
        self._matched: list[BookItem] = []
        self._consumed: list[BookItem] = []

    def take(self, entry: BankEntry) -> None:
        """Give one entry of the bank its item, or say what is wrong with it."""
        item = self._free.pop(entry.key, None)
        if item is None:
            known = entry.key in self._known
            what = "was booked before" if known else "the books know nothing of it"
            self._break(DUPLICATE if known else MISSING_IN_BOOKS, entry, what)
            return
        self._consumed.append(item)
        if (item.amount_minor, item.credit) != (entry.amount_minor, entry.credit):
            side = "in" if item.credit else "out"
            self._break(AMOUNT, entry, f"the books have {item.amount_minor} {side}")
        elif item.at_ms < self._start_of(entry.day):
            self._break(DATE, entry, f"the bank booked it on {entry.day}, the books earlier")
        else:
            self._matched.append(item)

    def miss(self) -> None:
        """What the books have and no entry matched."""
        for item in self._missed():
            self._breaks.append(
                Break(
                    kind=MISSING_AT_BANK,
                    key=item.key,
                    amount_minor=item.amount_minor,
                    what="the bank has not booked it",
                )
            )

    def outcome(self) -> Outcome:
        late = [item for item in self._matched if item.at_ms >= self._until_ms]
        credit = sum(item.amount_minor for item in late if item.credit)
        debit = sum(item.amount_minor for item in late if not item.credit)
        book = self._book_minor()
        breaks = [*self._breaks, *self._balances(book + credit - debit)]
        return Outcome(
            entries=len(self._statement.entries),
            matched=len(self._matched),
            late_credit_minor=credit,
            late_debit_minor=debit,
            book_minor=book,
            breaks=tuple(breaks),
            open=tuple(sorted(item.key for item in self._missed())),
            ahead=tuple(sorted(i.key for i in self._consumed if i.at_ms >= self._until_ms)),
        )

    def _is_free(self, item: BookItem) -> bool:
        before = self._carried
        if item.at_ms < before.until_ms:
            return item.key in before.open
        return item.key not in before.ahead

    def _missed(self) -> Iterator[BookItem]:
        return (item for item in self._free.values() if item.at_ms < self._until_ms)

    def _book_minor(self) -> int:
        """The trust account by the books when the statement's day ends."""
        since = [
            item.amount_minor if item.credit else -item.amount_minor
            for item in self._known.values()
            if self._carried.until_ms <= item.at_ms < self._until_ms
        ]
        return self._carried.book_minor + sum(since)

    def _balances(self, expected: int) -> Iterator[Break]:
        said = self._statement
        moved = sum(e.amount_minor if e.credit else -e.amount_minor for e in said.entries)
        if said.opening_minor != self._carried.closing_minor:
            what = f"opens with {said.opening_minor}, closed with {self._carried.closing_minor}"
            yield _balance("opening", said.opening_minor - self._carried.closing_minor, what)
        if said.opening_minor + moved != said.closing_minor:
            what = "opening balance and entries do not give the closing balance"
            yield _balance("sum", said.closing_minor - said.opening_minor - moved, what)
        if not self._breaks and said.closing_minor != expected:
            what = f"closes with {said.closing_minor}, the books say {expected}"
            yield _balance("closing", said.closing_minor - expected, what)

    def _start_of(self, day: str) -> int:
        back = (date.fromisoformat(self._statement.day) - date.fromisoformat(day)).days
        return self._until_ms - (back + 1) * DAY_MS

    def _break(self, kind: str, entry: BankEntry, what: str) -> None:
        self._breaks.append(
            Break(kind=kind, key=entry.key, amount_minor=entry.amount_minor, what=what)
        )


def _balance(key: str, minor: int, what: str) -> Break:
    return Break(kind=BALANCE, key=key, amount_minor=minor, what=what)
