"""Verify the document of a day with the trust anchor alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.facts import BOOKS_RECONCILED, SAFEGUARDING_BROKEN, Fact
from tallystick.prove.evidence import (
    Entry,
    Malformed,
    open_entry,
    read_list,
    read_object,
    verify_inclusion,
    verify_note,
)
from tallystick.prove.reconciliation.document import DayDocument, DayRefused

_REPORT: dict[str, Any] = {
    "service": str, "day": str, "until_ms": int, "account": str, "currency": str,
    "statement": str, "statement_id": str, "opening_minor": int, "closing_minor": int,
    "book_minor": int, "late_credit_minor": int, "late_debit_minor": int, "matched": int,
    "entries": list, "breaks": list, "open": list, "ahead": list, "previous": str,
}  # fmt: skip
_ENTRY: dict[str, Any] = {"key": str, "amount_minor": int, "credit": bool, "day": str}
_BREAK: dict[str, Any] = {"kind": str, "key": str, "amount_minor": int, "what": str}
_SAID = ("day", "until_ms", "statement", "opening_minor", "closing_minor", "matched")
"""What report and fact both say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedDay:
    """What held, in order, and what the day was like."""

    steps: tuple[str, ...]
    report: Mapping[str, Any]
    fact: Fact

    @property
    def clean(self) -> bool:
        return self.fact.kind == BOOKS_RECONCILED


def verify_document(
    document: DayDocument, *, vkey: str, statement: bytes | None = None
) -> VerifiedDay:
    """Check a document against the log's verifier key, and the bank's file when it is there.

    Refuses: NoteRefused, ProofRefused, EntryRefused for the proof; DayRefused for a report that is
             not the one that the entry names, or that contradicts it or itself.
    """
    checkpoint = verify_note(document.checkpoint, vkey)
    verify_inclusion(
        leaf=document.leaf,
        index=document.index,
        size=checkpoint.size,
        path=document.path,
        root=checkpoint.root,
    )
    entry = Entry(index=document.index, leaf=document.leaf, tally=document.tally)
    fact = _fact_of(open_entry(entry).facts)
    _demand_same(document.report, fact)
    steps = [
        f"the checkpoint is signed by {checkpoint.origin}",
        f"{len(document.path)} hashes lead from entry {document.index} to its root",
        "the entry's tally is the one that its leaf names",
        f"the fact {fact.kind} names this report, and says the same",
        "the report's entries and balances agree with one another, or it says where not",
    ]
    if statement is not None:
        if digest(statement) != document.report["statement"]:
            raise DayRefused("the bank's file is not the one that was reconciled")
        steps.append("the bank's file is the one that was reconciled")
    return VerifiedDay(steps=tuple(steps), report=document.report, fact=fact)


def _fact_of(facts: tuple[Fact, ...]) -> Fact:
    found = [fact for fact in facts if fact.kind in (BOOKS_RECONCILED, SAFEGUARDING_BROKEN)]
    if len(found) != 1:
        raise DayRefused("the entry is not about a reconciliation")
    return found[0]


def _demand_same(report: dict[str, Any], fact: Fact) -> None:
    if digest_of(report) != fact.detail.get("report"):
        raise DayRefused("the report is not the one that the entry names")
    try:
        read_object(report, _REPORT)
        entries = [read_object(one, _ENTRY) for one in read_list(report["entries"], dict)]
        breaks = [read_object(one, _BREAK) for one in read_list(report["breaks"], dict)]
    except Malformed as wrong:
        raise DayRefused(f"not a report: {wrong}") from None
    said = {name: fact.detail.get(name) for name in _SAID}
    counts = Counter(one["kind"] for one in breaks)
    told = {
        name.removeprefix("break_"): count
        for name, count in fact.detail.items()
        if name.startswith("break_") and count
    }
    if said != {name: report[name] for name in _SAID} or counts != told:
        raise DayRefused("report and entry say different things")
    if len(entries) != fact.detail.get("entries") or bool(breaks) != (
        fact.kind == SAFEGUARDING_BROKEN
    ):
        raise DayRefused("report and entry count differently")
    moved = sum(e["amount_minor"] if e["credit"] else -e["amount_minor"] for e in entries)
    follows = report["opening_minor"] + moved == report["closing_minor"]
    if not follows and not any(one["kind"] == "balance" for one in breaks):
        raise DayRefused("entries and balances do not add up, and the report does not say so")
