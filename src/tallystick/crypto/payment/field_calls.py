"""Fields at rest: sealed, opened, sealed anew and indexed under keys that stay in the module.

The id in an envelope is the handle of its key. A key that may open no more, or is suspended, closes
every field under it; one whose cryptoperiod is over still opens, and seals no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import msgspec

from tallystick.crypto.envelopes import (
    EnvelopeRefused,
    FieldIndex,
    FieldKey,
    FieldPlace,
    FieldRing,
    key_id_of,
)
from tallystick.crypto.key_blocks import KeyAction, KeyAlgorithm, KeyUsage
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed
from tallystick.crypto.payment.openings import demand_openings, key_for_many
from tallystick.crypto.payment.refusals import (
    CallMalformed,
    CiphertextRefused,
    KeyNotFound,
    KeyUnusable,
)

CELLS_MAX = 500
_USAGES = frozenset({KeyUsage.FIELD_SEALING})
_Place = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
_Value = Annotated[bytes, msgspec.Meta(max_length=8192)]


class FieldCell(msgspec.Struct, forbid_unknown_fields=True, frozen=True, array_like=True):
    """One field: the row that it lies in, and its clear or sealed octets."""

    row: _Place
    octets: _Value

    def __repr__(self) -> str:
        return "FieldCell(hidden)"


_Cells = Annotated[list[FieldCell], msgspec.Meta(min_length=1, max_length=CELLS_MAX)]


class SealFields(Call, tag="seal-fields", kw_only=True):
    """Seal values of one column under a field-sealing key, each to its row."""

    key: Handle
    table: _Place
    column: _Place
    cells: _Cells


class OpenFields(Call, tag="open-fields", kw_only=True):
    """Open fields of one column, whatever keys they are under; all of them or none.

    Refuses: CiphertextRefused, one text for a flipped bit, another place and an unknown key;
             KeyUnusable, BudgetSpent.
    """

    table: _Place
    column: _Place
    cells: _Cells


class ResealFields(Call, tag="reseal-fields", kw_only=True):
    """Bring fields under another key without giving them in clear. Refuses: as OpenFields."""

    key: Handle
    table: _Place
    column: _Place
    cells: _Cells


class IndexFields(Call, tag="index-fields", kw_only=True):
    """Keyed digests of values of a column, to find them by. Takes: a key for HMAC with SHA-256."""

    key: Handle
    table: _Place
    column: _Place
    values: Annotated[list[_Value], msgspec.Meta(min_length=1, max_length=CELLS_MAX)]


class FieldsSealed(Answer, tag="fields-sealed"):
    """Envelopes in the order of the cells."""

    sealed: list[bytes]
    used: KeyUsed


class FieldsOpened(Answer, tag="fields-opened"):
    """Values in the order of the cells."""

    values: list[bytes]


class FieldsIndexed(Answer, tag="fields-indexed"):
    """Digests of 32 octets in the order of the values."""

    digests: list[bytes]
    used: KeyUsed


def seal_fields(bench: Bench, call: SealFields) -> FieldsSealed:
    key = _sealing_key(bench, call)
    return FieldsSealed(sealed=_seal(bench, key, call, _values(call.cells)), used=key.used)


def open_fields(bench: Bench, call: OpenFields) -> FieldsOpened:
    keys = _keys_of(bench, call.cells)
    for key, count in Counter(keys).items():
        demand_openings(bench, key, count)
    return FieldsOpened(values=_open(keys, call))


def reseal_fields(bench: Bench, call: ResealFields) -> FieldsSealed:
    key = _sealing_key(bench, call)
    values = _open(_keys_of(bench, call.cells), call)
    return FieldsSealed(sealed=_seal(bench, key, call, values), used=key.used)


def index_fields(bench: Bench, call: IndexFields) -> FieldsIndexed:
    key = key_for_many(
        bench,
        call.key,
        len(call.values),
        usages={KeyUsage.MAC_HMAC},
        action=KeyAction.GENERATE,
    )
    if key.record.attributes.algorithm is not KeyAlgorithm.HMAC_SHA256:
        raise KeyUnusable("an index takes a key of HMAC_SHA256", where="key", reason="algorithm")
    index = key.memo.get("index")
    if not isinstance(index, FieldIndex):
        index = key.memo["index"] = FieldIndex(key.octets)
    _place(call.table, call.column, "-")
    digests = [index.of(table=call.table, column=call.column, value=v) for v in call.values]
    return FieldsIndexed(digests=digests, used=key.used)


def _sealing_key(bench: Bench, call: SealFields | ResealFields) -> OpenKey:
    count = len(call.cells)
    return key_for_many(bench, call.key, count, usages=_USAGES, action=KeyAction.ENCRYPT)


def _keys_of(bench: Bench, cells: Sequence[FieldCell]) -> list[OpenKey]:
    """The key that each envelope names; it must pass the gate."""
    found: dict[str, OpenKey] = {}
    keys = []
    for cell in cells:
        try:
            handle = key_id_of(cell.octets)
            if handle not in found:
                found[handle] = bench.key(handle, usages=_USAGES, action=KeyAction.DECRYPT)
        except (EnvelopeRefused, KeyNotFound):
            raise CiphertextRefused(reason="field.key") from None
        keys.append(found[handle])
    return keys


def _open(keys: Sequence[OpenKey], call: OpenFields | ResealFields) -> list[bytes]:
    try:
        return [
            _ring(key).open(_place(call.table, call.column, cell.row), cell.octets)
            for key, cell in zip(keys, call.cells, strict=True)
        ]
    except EnvelopeRefused as refused:
        raise CiphertextRefused(reason=refused.reason) from None


def _seal(
    bench: Bench, key: OpenKey, call: SealFields | ResealFields, values: Sequence[bytes]
) -> list[bytes]:
    ring = _ring(key)
    return [
        ring.seal(_place(call.table, call.column, cell.row), value, random=bench.random)
        for cell, value in zip(call.cells, values, strict=True)
    ]


def _ring(key: OpenKey) -> FieldRing:
    ring = key.memo.get("ring")
    if not isinstance(ring, FieldRing):
        ring = key.memo["ring"] = FieldRing(FieldKey(id=key.id, root=key.octets))
    return ring


def _values(cells: Sequence[FieldCell]) -> list[bytes]:
    return [cell.octets for cell in cells]


def _place(table: str, column: str, row: str) -> FieldPlace:
    if max(len(name.encode()) for name in (table, column, row)) > 255:
        raise CallMalformed("a name of a place is at most 255 octets", where="cells")
    return FieldPlace(table=table, column=column, row=row)
