"""Settlements as rows for COPY: one list per table, columns in the order that COPIES states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from tallystick.protect.enforcement import Settlement, Transfer

Row = tuple[object, ...]

_TEXT, _INT, _OCTETS = "text", "int8", "bytea"

COPIES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        # table: columns and their types; accounts open empty, so their sums are not ours to say
        "account": (
            ("id", _TEXT), ("owner", _TEXT), ("currency", _TEXT), ("floor", _INT), ("cap", _INT),
        ),
        "evidence": (("position", _INT), ("leaf", _OCTETS), ("tally", _OCTETS)),
        "outcome": (
            ("device", _TEXT), ("request", _TEXT), ("ordered", _TEXT), ("code", _TEXT),
            ("leaf", _INT), ("data", _OCTETS),
        ),
        "instruction": (
            ("leaf", _INT), ("digest", _TEXT), ("device", _TEXT), ("signed", _OCTETS),
            ("signature", _TEXT),
        ),
        "transfer": (
            ("seq", _INT), ("id", _TEXT), ("at_ms", _INT), ("kind", _TEXT), ("debit", _TEXT),
            ("credit", _TEXT), ("currency", _TEXT), ("amount_minor", _INT), ("purpose", _TEXT),
            ("device", _TEXT), ("pending", _TEXT), ("leaf", _INT), ("reserved_minor", _INT),
            ("expires_ms", _INT),
        ),
    }
)  # fmt: skip


def copy_statement(table: str) -> str:
    """How the rows of a table are sent."""
    columns = ", ".join(name for name, _ in COPIES[table])
    return f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"


def account_rows(batch: Iterable[Settlement]) -> list[Row]:
    return [(a.id, a.owner, a.currency, a.floor, a.cap) for s in batch for a in s.accounts]


def evidence_rows(leaves: Sequence[Settlement], first: int) -> list[Row]:
    return [(position, s.leaf, s.tally) for position, s in enumerate(leaves, first)]


def outcome_rows(leaves: Sequence[Settlement], first: int) -> list[Row]:
    return [
        (s.device or "", s.request, s.order, s.code, position, s.data)
        for position, s in enumerate(leaves, first)
        if s.request is not None
    ]


def instruction_rows(leaves: Sequence[Settlement], first: int) -> list[Row]:
    return [
        (position, s.instruction.digest, s.instruction.device, s.instruction.signed,
         s.instruction.signature)
        for position, s in enumerate(leaves, first)
        if s.instruction is not None
    ]  # fmt: skip


def transfer_rows(
    leaves: Sequence[Settlement], first: int, *, seq: int, currency_of: Callable[[str], str]
) -> list[Row]:
    """Transfers from number `seq` on, each in the currency of the account that it debits."""
    posted = ((position, s, t) for position, s in enumerate(leaves, first) for t in s.transfers)
    return [
        (number, t.id, s.at_ms, t.kind.value, t.debit, t.credit, currency_of(t.debit),
         t.amount_minor, t.purpose, s.device or "", t.pending, position,
         _reserved(t), t.expires_ms)
        for number, (position, s, t) in enumerate(posted, seq)
    ]  # fmt: skip


def _reserved(transfer: Transfer) -> int | None:
    """What the hold had reserved that this transfer resolves."""
    if transfer.pending is None:
        return None
    return transfer.amount_minor if transfer.reserved_minor is None else transfer.reserved_minor


def register_columns(batch: Iterable[Settlement]) -> tuple[list[str], list[str], list[bytes]]:
    """The newest value of each record that the batch marks: names, keys, values."""
    newest = {(m.register.name, m.key): m for s in batch for m in s.marks}
    names = [name for name, _ in newest]
    keys = [key for _, key in newest]
    return names, keys, [mark.octets() for mark in newest.values()]
