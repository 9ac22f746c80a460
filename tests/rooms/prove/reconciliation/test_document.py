"""The document of a day: bound to the log by inclusion, and to its report by digest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.ground.canonical import digest_of
from tallystick.prove.evidence import NoteRefused, ProofRefused
from tallystick.prove.reconciliation import (
    DayDocument,
    DayRefused,
    make_document,
    read_document,
    verify_document,
)
from tests.rooms.prove.logs import CERTIFICATE_VKEY, LOG_VKEY, POLICY, MemoryLog, make_fact

REPORT: dict[str, Any] = {
    "service": "kijani-wallet",
    "day": "2026-03-04",
    "until_ms": 1_772_668_800_000,
    "account": "FR1420041010050500013M02606",
    "currency": "KES",
    "statement": "sha256:" + "1" * 64,
    "statement_id": "ST1",
    "opening_minor": 0,
    "closing_minor": 500,
    "book_minor": 500,
    "late_credit_minor": 0,
    "late_debit_minor": 0,
    "matched": 1,
    "entries": [{"key": "CR1", "amount_minor": 500, "credit": True, "day": "2026-03-04"}],
    "breaks": [],
    "open": [],
    "ahead": [],
    "previous": "",
}
BREAK = {"kind": "missing_at_bank", "key": "CR2", "amount_minor": 5, "what": "not booked"}


def document(
    report: dict[str, Any] | None = None, /, *, kind: str = "books.reconciled", **said: Any
) -> DayDocument:
    """A log with some entries, one of which is about this report."""
    report = REPORT if report is None else report
    names = ("day", "until_ms", "statement", "opening_minor", "closing_minor", "matched")
    counts = {f"break_{one['kind']}": 1 for one in report["breaks"]}
    detail = {name: report[name] for name in names} | counts
    detail |= {"report": digest_of(report), "entries": len(report["entries"])} | said
    log = MemoryLog()
    for at in range(5):
        fact = make_fact(kind, detail=detail) if at == 2 else make_fact("message.fresh")
        log.record(fact, policy=POLICY, operation="books.reconcile")
    return make_document(report, log, index=2)


def test_a_document_is_read_back_and_verified() -> None:
    made = document()
    read = read_document(made.octets)
    assert read == made
    verified = verify_document(read, vkey=LOG_VKEY)
    assert verified.clean
    assert len(verified.steps) == 5


def test_a_broken_day_verifies_as_broken() -> None:
    made = document({**REPORT, "breaks": [BREAK]}, kind="safeguarding.broken")
    assert not verify_document(made, vkey=LOG_VKEY).clean


@pytest.mark.parametrize(
    ("report", "said", "kind"),
    [
        (REPORT, {"closing_minor": 501}, "books.reconciled"),
        (REPORT, {"entries": 2}, "books.reconciled"),
        (REPORT, {"break_date": 1}, "safeguarding.broken"),
        (REPORT, {}, "safeguarding.broken"),
        ({**REPORT, "breaks": [BREAK]}, {}, "books.reconciled"),
        ({**REPORT, "closing_minor": 499}, {}, "books.reconciled"),
        ({**REPORT, "more": 1}, {}, "books.reconciled"),
        ({**REPORT, "entries": [{"key": "CR1"}]}, {}, "books.reconciled"),
        (REPORT, {"report": "sha256:" + "0" * 64}, "books.reconciled"),
        (REPORT, {}, "books.balanced"),
    ],
)
def test_a_report_that_says_otherwise_is_refused(
    report: dict[str, Any], said: dict[str, Any], kind: str
) -> None:
    with pytest.raises(DayRefused):
        verify_document(document(report, kind=kind, **said), vkey=LOG_VKEY)


def test_another_key_place_or_path_is_refused() -> None:
    made = document()
    with pytest.raises(NoteRefused):
        verify_document(made, vkey=CERTIFICATE_VKEY)
    for wrong in (replace(made, index=3), replace(made, path=made.path[:-1])):
        with pytest.raises(ProofRefused):
            verify_document(wrong, vkey=LOG_VKEY)


def test_an_entry_that_is_not_there_makes_no_document() -> None:
    with pytest.raises(DayRefused):
        make_document(REPORT, MemoryLog(), index=0)
