"""Reconcile one day: the bank's statement, the books, and what the day before left over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tallystick.assembly import TrustAccount, open_evidence, read_trust_account
from tallystick.cli.bank.desk import Desk
from tallystick.cli.files import read_at_most
from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.errors import Misconfigured
from tallystick.ground.limits import BANK_FILE_MAX
from tallystick.protect.safeguarding import (
    BankEntry,
    BankStatement,
    Carried,
    Outcome,
    base_of,
    match_statement,
)
from tallystick.prove.reconciliation import DayDocument, make_document, read_document
from tallystick.serve.bank import BankFileRefused, Movement, Statement, Statements, read_message

FOLDER = "bank"
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day as it was compared: the report, and the summary that goes to the corridor."""

    report: dict[str, Any]
    outcome: Outcome
    summary: dict[str, object]


def read_statement(path: Path, account: str | None) -> tuple[Statement, str]:
    """The one statement of a camt.053, of this account when there are several; and the digest.

    Refuses: BankFileRefused, Misconfigured.
    """
    octets = read_at_most(path, BANK_FILE_MAX)
    message = read_message(octets)
    if not isinstance(message, Statements) or message.kind != "camt.053":
        raise BankFileRefused(f"is a {message.kind}", where=str(path), allowed="camt.053")
    found = [one for one in message.statements if account in (None, one.account)]
    if len(found) != 1:
        known = ", ".join(one.account for one in message.statements)
        raise Misconfigured(
            f"has {len(found)} statements of this account", where=str(path),
            allowed=f"one; --account of {known}",
        )  # fmt: skip
    return found[0], digest(octets)


def end_of_day(day: str, offset: str) -> int:
    """The instant (ms) at which a day ends where the bank is. Refuses: Misconfigured.

    >>> end_of_day("1970-01-01", "+00:00")
    86400000
    """
    read = _OFFSET.fullmatch(offset)
    if read is None:
        raise Misconfigured(f"{offset!r} is not an offset", allowed="such as +03:00")
    ahead = timedelta(hours=int(read[2]), minutes=int(read[3])) * (1 if read[1] == "+" else -1)
    ends = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1) - ahead
    return int(ends.timestamp() * 1000)


def compare(
    statement: Statement, statement_digest: str, *, home: Path, until_ms: int, service: str
) -> Day:
    """Compare a statement with the books of a home. Refuses: Misconfigured, when the document of
    the day before is not there; ReconciliationRefused for a day before the newest one."""
    trust = read_trust_account(home)
    carried, previous = _carried(home, trust, until_ms)
    stated = _stated(statement)
    outcome = match_statement(stated, trust.items, carried=carried, until_ms=until_ms)
    report = _report(
        statement, stated, outcome,
        digest_=statement_digest, until_ms=until_ms, service=service, previous=previous,
    )  # fmt: skip
    summary: dict[str, object] = {
        "statement": statement_digest,
        "report": digest_of(report),
        "day": stated.day,
        "until_ms": until_ms,
        "opening_minor": stated.opening_minor,
        "closing_minor": stated.closing_minor,
        "late_credit_minor": outcome.late_credit_minor,
        "late_debit_minor": outcome.late_debit_minor,
        "entries": outcome.entries,
        "matched": outcome.matched,
        "breaks": outcome.counts(),
    }
    return Day(report=report, outcome=outcome, summary=summary)


def record(day: Day, desk: Desk, *, home: Path) -> tuple[Path, DayDocument]:
    """Record a day through the corridor, and write its document beside the books."""
    before = read_trust_account(home).newest
    once = f"{day.summary['report']} after {before.report if before else ''}"
    answer = desk.order("books.reconcile", day.summary, once=once)
    with open_evidence(home) as evidence:
        document = make_document(day.report, evidence, index=answer.index)
    path = _place(home, str(day.report["day"]), digest_of(day.report))
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(document.octets)
    return path, document


def _carried(home: Path, trust: TrustAccount, until_ms: int) -> tuple[Carried, str]:
    base = base_of(trust.newest, until_ms=until_ms)
    if not base.base_report:
        return Carried(), ""
    for path in sorted((home / FOLDER).glob(f"*-{base.base_report[7:15]}.json")):
        report = read_document(path.read_bytes()).report
        if digest_of(report) == base.base_report:
            return Carried(
                until_ms=base.base_until_ms,
                closing_minor=base.base_closing_minor,
                book_minor=base.base_book_minor,
                open=frozenset(report["open"]),
                ahead=frozenset(report["ahead"]),
            ), base.base_report
    raise Misconfigured(
        "the document of the day before is not there",
        where=str(home / FOLDER),
        allowed=f"the document whose report is {base.base_report}",
    )


def _stated(statement: Statement) -> BankStatement:
    if statement.opening_minor is None or statement.closing_minor is None:
        raise BankFileRefused("has no balances", where=statement.id)
    return BankStatement(
        day=statement.day,
        opening_minor=statement.opening_minor,
        closing_minor=statement.closing_minor,
        entries=tuple(_entry(one) for one in statement.movements if one.status == "BOOK"),
    )


def _entry(one: Movement) -> BankEntry:
    key = one.reference if one.credit else one.end_to_end or one.reference
    return BankEntry(key=key, amount_minor=one.amount.minor, credit=one.credit, day=one.day)


def _report(
    statement: Statement,
    stated: BankStatement,
    outcome: Outcome,
    *,
    digest_: str,
    until_ms: int,
    service: str,
    previous: str,
) -> dict[str, Any]:
    return {
        "service": service,
        "day": stated.day,
        "until_ms": until_ms,
        "account": statement.account,
        "currency": statement.currency,
        "statement": digest_,
        "statement_id": statement.id,
        "opening_minor": stated.opening_minor,
        "closing_minor": stated.closing_minor,
        "book_minor": outcome.book_minor,
        "late_credit_minor": outcome.late_credit_minor,
        "late_debit_minor": outcome.late_debit_minor,
        "matched": outcome.matched,
        "entries": [
            {"key": e.key, "amount_minor": e.amount_minor, "credit": e.credit, "day": e.day}
            for e in stated.entries
        ],
        "breaks": [one.plain() for one in outcome.breaks],
        "open": list(outcome.open),
        "ahead": list(outcome.ahead),
        "previous": previous,
    }


def _place(home: Path, day: str, report: str) -> Path:
    return home / FOLDER / f"{day}-{report[7:15]}.json"
