"""Settlements as rows for COPY: one list per table, columns in the order that COPIES states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from tallystick.backends.postgres.places import Place
from tallystick.backends.postgres.schema import KINDS
from tallystick.protect.enforcement import Settlement, TransferKind

Row = tuple[object, ...]

_CODES = {kind: KINDS.index(kind.value) for kind in TransferKind}
_POSTED = (KINDS.index("move"), KINDS.index("post"))
_TEXT, _INT, _OCTETS = "text", "int8", "bytea"

COPIES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        # table: columns and their types; accounts open empty, so their sums are not ours to say
        "account": (
            ("no", _INT), ("id", _TEXT), ("owner", _TEXT), ("floor", _INT), ("cap", _INT),
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
            ("seq", _INT), ("leaf", _INT), ("at_ms", _INT), ("debit", _INT), ("credit", _INT),
            ("amount_minor", _INT), ("debit_prev", _INT), ("credit_prev", _INT),
            ("debit_after", _INT), ("credit_after", _INT), ("kind", "int2"), ("id", _TEXT),
            ("purpose", _TEXT), ("device", _TEXT), ("pending", _TEXT), ("reserved_minor", _INT),
            ("expires_ms", _INT),
        ),
    }
)  # fmt: skip


def copy_statement(table: str) -> str:
    """How the rows of a table are sent."""
    columns = ", ".join(name for name, _ in COPIES[table])
    return f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)"


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
    leaves: Sequence[Settlement], first: int, *, seq: int, places: Mapping[str, Place]
) -> list[Row]:
    """Transfers from number `seq` on; each moves the places of its two accounts."""
    rows: list[Row] = []
    for position, s in enumerate(leaves, first):
        device, at_ms = s.device or "", s.at_ms
        for t in s.transfers:
            debit, credit, minor = places[t.debit], places[t.credit], t.amount_minor
            kind = _CODES[t.kind]
            before = (debit.last, credit.last)
            if kind in _POSTED:
                debit.value -= minor
                credit.value += minor
            debit.last = credit.last = seq
            reserved = None if t.reserved_minor == minor else t.reserved_minor
            rows.append(
                (seq, position, at_ms, debit.no, credit.no, minor, *before, debit.value,
                 credit.value, kind, t.id, t.purpose, device, t.pending, reserved, t.expires_ms)
            )  # fmt: skip
            seq += 1
    return rows


def register_columns(batch: Iterable[Settlement]) -> tuple[list[str], list[str], list[bytes]]:
    """The newest value of each record that the batch marks: names, keys, values."""
    newest = {(m.register.name, m.key): m for s in batch for m in s.marks}
    names = [name for name, _ in newest]
    keys = [key for _, key in newest]
    return names, keys, [mark.octets() for mark in newest.values()]
