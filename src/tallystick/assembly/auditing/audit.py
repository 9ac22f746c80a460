"""Check a set of books whole: structure, balances, conservation, the evidence behind each row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tallystick.assembly.auditing.agreement import audit_agreement
from tallystick.assembly.auditing.findings import BooksFinding
from tallystick.protect.enforcement import BooksReader
from tallystick.prove.evidence import EvidenceStore

_SIGNS = {"move": (1, 0), "hold": (0, 1), "post": (1, -1), "void": (0, -1), "expire": (0, -1)}
"""What a transfer of each kind adds to what is posted and to what is held."""


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
    sums = _sums(reader)
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


def _sums(reader: BooksReader) -> dict[str, list[int]]:
    """What the transfers of each account come to."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for _, _, _, _, kind, debit, credit, _, minor, _, _, _, reserved, _ in reader.rows("transfer"):
        kept = minor if reserved is None else reserved
        if not isinstance(minor, int) or not isinstance(kept, int):
            continue  # then the accounts do not fit either
        posted, held = _SIGNS.get(kind, (0, 0))
        sums[debit][0] += posted * minor
        sums[debit][2] += held * kept
        sums[credit][1] += posted * minor
        sums[credit][3] += held * kept
    return sums
