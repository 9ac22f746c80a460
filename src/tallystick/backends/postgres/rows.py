"""Settlements as the octets that COPY takes: rows in PostgreSQL's binary form, one table at a time.

Each value is its length and its octets, NULL is the length -1; whole numbers are big-endian.
Packing a whole table at once costs less than a general writer of rows.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from tallystick.backends.postgres.places import Place, Row
from tallystick.backends.postgres.schema import KINDS
from tallystick.protect.enforcement import Settlement, TransferKind

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        # accounts open empty: their sums are not ours to say
        "account": "no, id, owner, floor, cap",
        "evidence": "position, leaf, tally",
        "outcome": "device, request, ordered, code, leaf, data",
        "instruction": "leaf, digest, device, signed, signature",
        "transfer": "seq, leaf, at_ms, debit, credit, amount_minor, debit_prev, credit_prev,"
        " debit_after, credit_after, kind, id, purpose, device, pending, reserved_minor,"
        " expires_ms",
    }
)

_CODES = {kind: KINDS.index(kind.value) for kind in TransferKind}
_MOVE = TransferKind.MOVE
_MOVED = _CODES[_MOVE]
_POSTED = (_MOVED, _CODES[TransferKind.POST])

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_PLAIN = _NULL * 3
_length = struct.Struct("!i").pack
_whole = struct.Struct("!iq").pack
_count = struct.Struct("!h").pack
_transfer = struct.Struct("!h" + "iq" * 10 + "ihi").pack
_outcome_start = _count(6)


def copy_statement(table: str) -> str:
    """How the rows of a table are sent."""
    return f"COPY {table} ({COLUMNS[table]}) FROM STDIN (FORMAT BINARY)"


def framed(rows: Iterable[bytes]) -> bytes:
    """Packed rows as one message; nothing when there are none."""
    packed = b"".join(rows)
    return _HEADER + packed + _TRAILER if packed else b""


def account_rows(rows: Sequence[Row]) -> bytes:
    return framed(
        _count(5) + _whole(8, no) + _text(name) + _text(owner) + _whole(8, floor) + _whole(8, cap)
        for no, name, owner, floor, cap in rows
    )


def evidence_rows(leaves: Sequence[Settlement], first: int) -> bytes:
    start = _count(3)
    return framed(
        start + _whole(8, position) + _octets(s.leaf) + _octets(s.tally)
        for position, s in enumerate(leaves, first)
    )


def outcome_rows(leaves: Sequence[Settlement], first: int) -> bytes:
    return framed(
        b"".join(
            (_outcome_start, _text(s.device or ""), _text(s.request), _text(s.order),
             _text(s.code), _whole(8, position), _octets(s.data))
        )
        for position, s in enumerate(leaves, first)
        if s.request is not None
    )  # fmt: skip


def instruction_rows(leaves: Sequence[Settlement], first: int) -> bytes:
    return framed(
        _count(5) + _whole(8, position) + _text(s.instruction.digest) + _text(s.instruction.device)
        + _octets(s.instruction.signed) + _text(s.instruction.signature)
        for position, s in enumerate(leaves, first)
        if s.instruction is not None
    )  # fmt: skip


def transfer_rows(
    leaves: Sequence[Settlement], first: int, *, seq: int, places: Mapping[str, Place]
) -> bytes:
    """Transfers from number `seq` on; each moves the places of its two accounts."""
    parts: list[bytes] = []
    packed: dict[str, bytes] = {}
    for position, s in enumerate(leaves, first):
        device, at_ms = _text(s.device or ""), s.at_ms
        for t in s.transfers:
            debit, credit, minor = places[t.debit], places[t.credit], t.amount_minor
            debit_prev, credit_prev = debit.last, credit.last
            kind = _MOVED if t.kind is _MOVE else _CODES[t.kind]
            if kind in _POSTED:
                debit.value -= minor
                credit.value += minor
            debit.last = credit.last = seq
            purpose = packed.get(t.purpose) or packed.setdefault(t.purpose, _text(t.purpose))
            name = t.id.encode()
            parts += (
                _transfer(17, 8, seq, 8, position, 8, at_ms, 8, debit.no, 8, credit.no, 8, minor,
                          8, debit_prev, 8, credit_prev, 8, debit.value, 8, credit.value, 2, kind,
                          len(name)),
                name, purpose, device,
                _PLAIN if t.pending is None and t.reserved_minor is None and t.expires_ms is None
                else _rest(t.pending, t.reserved_minor, t.expires_ms),
            )  # fmt: skip
            seq += 1
    return framed(parts)


def register_columns(batch: Iterable[Settlement]) -> tuple[list[str], list[str], list[bytes]]:
    """The newest value of each record that the batch marks: names, keys, values."""
    newest = {(m.register.name, m.key): m for s in batch for m in s.marks}
    names = [name for name, _ in newest]
    keys = [key for _, key in newest]
    return names, keys, [mark.octets() for mark in newest.values()]


def _rest(pending: str | None, reserved: int | None, expires: int | None) -> bytes:
    return (
        (_NULL if pending is None else _text(pending))
        + (_NULL if reserved is None else _whole(8, reserved))
        + (_NULL if expires is None else _whole(8, expires))
    )


def _text(value: str) -> bytes:
    octets = value.encode()
    return _length(len(octets)) + octets


def _octets(value: bytes | None) -> bytes:
    return _NULL if value is None else _length(len(value)) + value
