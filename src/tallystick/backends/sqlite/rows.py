"""Settlements as rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from tallystick.protect.enforcement import Settlement, TransferKind

Row = tuple[object, ...]


def account_rows(batch: Iterable[Settlement]) -> list[Row]:
    return [(a.id, a.owner, a.currency, a.floor, a.cap) for s in batch for a in s.accounts]


def outcome_rows(leaves: Sequence[Settlement], positions: Mapping[int, int]) -> list[Row]:
    return [
        (s.device or "", s.request, s.order, s.code, positions[id(s)], s.data)
        for s in leaves
        if s.request is not None
    ]


def transfer_rows(leaves: Sequence[Settlement], positions: Mapping[int, int]) -> list[Row]:
    return [
        (
            t.id,
            s.at_ms,
            str(t.kind),
            t.debit,
            t.credit,
            t.amount_minor,
            t.purpose,
            s.device or "",
            t.pending,
            positions[id(s)],
        )
        for s in leaves
        for t in s.transfers
    ]


def instruction_rows(leaves: Sequence[Settlement], positions: Mapping[int, int]) -> list[Row]:
    return [
        (positions[id(s)], s.instruction.digest, s.instruction.device, s.instruction.signed,
         s.instruction.signature)
        for s in leaves
        if s.instruction is not None
    ]  # fmt: skip


def balance_changes(batch: Iterable[Settlement]) -> list[Row]:
    """What each account gains in a batch: debits, credits, held debits, held credits, its id."""
    changes: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for settlement in batch:
        for t in settlement.transfers:
            posted = t.amount_minor if t.kind in (TransferKind.MOVE, TransferKind.POST) else 0
            held = {TransferKind.HOLD: 1, TransferKind.POST: -1, TransferKind.VOID: -1}
            hold = held.get(t.kind, 0) * t.amount_minor
            changes[t.debit][0] += posted
            changes[t.debit][2] += hold
            changes[t.credit][1] += posted
            changes[t.credit][3] += hold
    return [(*sums, account) for account, sums in changes.items()]


def register_rows(batch: Iterable[Settlement]) -> list[Row]:
    """The newest value of each record that the batch marks."""
    newest = {(m.register.name, m.key): m for s in batch for m in s.marks}
    return [(name, key, mark.octets()) for (name, key), mark in newest.items()]
