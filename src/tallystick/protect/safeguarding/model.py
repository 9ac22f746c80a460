"""Both sides of a reconciliation, and what is found between them."""

from __future__ import annotations

from dataclasses import dataclass

MISSING_IN_BOOKS = "missing_in_books"
"""The bank booked it; the books know nothing of it."""
MISSING_AT_BANK = "missing_at_bank"
"""The books have it; the bank has not booked it."""
AMOUNT = "amount"
"""Both have it, with another amount or in the other direction."""
DUPLICATE = "duplicate"
"""The bank booked it once more."""
DATE = "date"
"""The books had it on an earlier day than the bank."""
BALANCE = "balance"
"""Balances do not follow from one another, or not from the books."""

BREAK_KINDS = (MISSING_IN_BOOKS, MISSING_AT_BANK, AMOUNT, DUPLICATE, DATE, BALANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankEntry:
    """One booked entry of a statement. `key` is what both sides know it by.

    That is the bank's own reference of a credit, and our end-to-end id of a payout.
    """

    key: str
    amount_minor: int
    credit: bool
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """One day of the trust account as the bank states it; minor units, `day` is the last one."""

    day: str
    opening_minor: int
    closing_minor: int
    entries: tuple[BankEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookItem:
    """Money that came to or left the trust account, as the books have it."""

    key: str
    amount_minor: int
    credit: bool
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What the reconciliation before leaves: until when it went, and what it left over.

    `open`: keys that the books had and the bank did not. `ahead`: keys that the bank had booked and
    the books had only afterwards; they are matched and must not be matched again.
    """

    until_ms: int = 0
    closing_minor: int = 0
    book_minor: int = 0
    open: frozenset[str] = frozenset()
    ahead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One difference: which kind, what it is known by, how much, and in our words what is wrong."""

    kind: str
    key: str
    amount_minor: int
    what: str

    def plain(self) -> dict[str, str | int]:
        """Canonical JSON material."""
        return {
            "kind": self.kind,
            "key": self.key,
            "amount_minor": self.amount_minor,
            "what": self.what,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a comparison gave. `late` sums are what the bank booked up to the end of its day and the
    books only after it."""

    entries: int
    matched: int
    late_credit_minor: int
    late_debit_minor: int
    book_minor: int
    breaks: tuple[Break, ...]
    open: tuple[str, ...]
    ahead: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """How many breaks there are of each kind; every kind is named."""
        return {kind: sum(b.kind == kind for b in self.breaks) for kind in BREAK_KINDS}
