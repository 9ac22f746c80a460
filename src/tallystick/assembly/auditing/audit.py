"""Check a set of books whole: structure, balances, conservation, the evidence behind each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tallystick.assembly.auditing.agreement import audit_agreement
from tallystick.assembly.auditing.findings import BooksFinding
from tallystick.assembly.auditing.sums import fold_transfers
from tallystick.protect.enforcement import BooksReader
from tallystick.prove.evidence import EvidenceStore


def audit_books(reader: BooksReader, evidence: EvidenceStore) -> Iterator[BooksFinding]:
    """Name every row that does not fit.

    Reads only. What a consistent edit of all tables would still hide is caught by the checkpoint
    that handsets and witnesses hold.
    """
    for where, what in reader.structure():
        yield BooksFinding(where=where, what=what)
    yield from _balances(reader)
    yield from audit_agreement(reader, evidence)


def _balances(reader: BooksReader) -> Iterator[BooksFinding]:
    """Every account is the sum of its transfers, within its bounds, and each currency balances."""
    sums, _ = fold_transfers(reader)
    differences: dict[str, int] = defaultdict(int)
    for account, _, currency, floor, cap, *stated in reader.rows("account"):
        where, given = f"account {account}", sums.get(account, [0, 0, 0, 0])
        if stated != given:
            what = f"states {stated} (debits, credits, held), its transfers give {given}"
            yield BooksFinding(where=where, what=what)
        if not all(isinstance(number, int) for number in (floor, cap, *stated)):
            yield BooksFinding(where=where, what="has a sum or bound that is no whole number")
            continue
        debits, credited, debits_held, credits_held = stated
        value = credited - debits
        differences[currency] += value
        if value - debits_held < floor or value + credits_held > cap:
            yield BooksFinding(where=where, what=f"{value} is outside {floor} to {cap}")
    for currency, difference in differences.items():
        if difference:
            what = f"debits and credits differ by {difference}"
            yield BooksFinding(where=f"ledger {currency}", what=what)
