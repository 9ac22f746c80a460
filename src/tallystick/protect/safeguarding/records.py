"""What a reconciliation leaves in the books, and when its summary cannot be true."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

from tallystick.ground.errors import Refused
from tallystick.protect.enforcement import Register, decode_record, encode_record

NEWEST = "newest"
"""The key of the one record: the reconciliation in force."""


class ReconciliationRefused(Refused):
    """The summary of a reconciliation that the books contradict, or that comes out of turn."""

    code, clause = "reconciliation.refused", "13"

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class SafeguardingBroken(Refused):
    """Bank and books differ, and the policy issues nothing as long as they do."""

    code: ClassVar[str] = "safeguarding.broken"
    clause: ClassVar[str] = "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The newest reconciliation, and where the one of the day before left the books.

    All sums in minor units. `book_minor` is the trust account by the books at `until_ms`.
    """

    day: str
    until_ms: int
    statement: str
    report: str
    closing_minor: int
    book_minor: int
    breaks: int
    shortfall_minor: int
    base_until_ms: int = 0
    base_closing_minor: int = 0
    base_book_minor: int = 0
    base_report: str = ""


RECONCILIATIONS: Register[Reconciliation] = Register(
    "reconciliation",
    lambda record: encode_record(asdict(record)),
    lambda octets: Reconciliation(**decode_record(octets)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The summary that the treasury signed. `breaks` are counts by kind."""

    day: str
    until_ms: int
    statement: str
    report: str
    opening_minor: int
    closing_minor: int
    late_credit_minor: int
    late_debit_minor: int
    entries: int
    matched: int
    breaks: dict[str, int]

    @property
    def broken(self) -> int:
        return sum(self.breaks.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState:
    """The trust account by the books: moved from the base to the day's end, then until now.

    `outstanding_minor` is the e-money that is out now, holds included.
    """

    moved_minor: int
    since_credit_minor: int
    since_debit_minor: int
    outstanding_minor: int


def base_of(newest: Reconciliation | None, *, until_ms: int) -> Reconciliation:
    """Where the day before left the books; a day that is done again starts from there again.

    Refuses: ReconciliationRefused for a day before the newest one.
    """
    if newest is None:
        return _from(0, 0, 0, "")
    if until_ms < newest.until_ms:
        raise ReconciliationRefused("a later day was reconciled already", reason="order")
    if until_ms == newest.until_ms:
        return _from(
            newest.base_until_ms,
            newest.base_closing_minor,
            newest.base_book_minor,
            newest.base_report,
        )
    return _from(newest.until_ms, newest.closing_minor, newest.book_minor, newest.report)


def judge_claim(
    claim: Claim, base: Reconciliation, state: TrustState, *, now_ms: int
) -> Reconciliation:
    """Hold a summary against the books; what they cannot know is the treasury's word.

    Refuses: ReconciliationRefused when the day is not over, when counts do not fit, and when no
    break is told where the books show one.
    """
    if now_ms < claim.until_ms:
        raise ReconciliationRefused("this day is not over", reason="early")
    at_bank = claim.broken - claim.breaks["missing_at_bank"] - claim.breaks["balance"]
    if claim.matched + at_bank != claim.entries:
        raise ReconciliationRefused("entries, matches and breaks do not add up", reason="counts")
    late_fits = (
        claim.late_credit_minor <= state.since_credit_minor
        and claim.late_debit_minor <= state.since_debit_minor
    )
    book = base.base_book_minor + state.moved_minor
    expected = book + claim.late_credit_minor - claim.late_debit_minor
    follows = (claim.opening_minor, claim.closing_minor) == (base.base_closing_minor, expected)
    if not late_fits or (claim.broken == 0 and not follows):
        raise ReconciliationRefused("the books say otherwise", reason="contradicted")
    return Reconciliation(
        day=claim.day,
        until_ms=claim.until_ms,
        statement=claim.statement,
        report=claim.report,
        closing_minor=claim.closing_minor,
        book_minor=book,
        breaks=claim.broken,
        shortfall_minor=max(0, state.outstanding_minor - _money_now(claim, state)),
        base_until_ms=base.base_until_ms,
        base_closing_minor=base.base_closing_minor,
        base_book_minor=base.base_book_minor,
        base_report=base.base_report,
    )


def demand_no_open_break(newest: Reconciliation | None, *, breaks_max: int | None) -> None:
    """Refuses: SafeguardingBroken when more differences are open than the policy bears."""
    if newest is None or breaks_max is None:
        return
    if newest.breaks > breaks_max:
        raise SafeguardingBroken(f"{newest.breaks} difference(s) with the bank are open")


def _money_now(claim: Claim, state: TrustState) -> int:
    """The bank's closing balance, carried on by what the books moved after it."""
    moved = state.since_credit_minor - state.since_debit_minor
    return claim.closing_minor + moved - claim.late_credit_minor + claim.late_debit_minor


def _from(until_ms: int, closing: int, book: int, report: str) -> Reconciliation:
    return Reconciliation(
        day="",
        until_ms=0,
        statement="",
        report="",
        closing_minor=0,
        book_minor=0,
        breaks=0,
        shortfall_minor=0,
        base_until_ms=until_ms,
        base_closing_minor=closing,
        base_book_minor=book,
        base_report=report,
    )
