"""The vault's side of a crypto module: keys in this process, or in a module of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from tallystick.crypto.envelopes import (
    EnvelopeRefused,
    FieldIndex,
    FieldPlace,
    FieldRing,
    key_id_of,
)
from tallystick.crypto.payment import (
    Call,
    Denied,
    FieldCell,
    FieldsIndexed,
    FieldsOpened,
    FieldsSealed,
    IndexFields,
    OpenFields,
    PaymentModule,
    ResealFields,
    SealFields,
)
from tallystick.ground.errors import Defect
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens.ports import Cell
from tallystick.protect.tokens.records import COLUMN, TABLE

A = TypeVar("A", FieldsSealed, FieldsOpened, FieldsIndexed)


class LocalVaultKeys:
    """Keys in this process: for tests and small installations. Facts about them say software."""

    def __init__(self, ring: FieldRing, index: FieldIndex) -> None:
        self._ring, self._index = ring, index

    def seal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        return [self._ring.seal(_place(cell), cell.octets) for cell in cells]

    def open(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        return [self._ring.open(_place(cell), cell.octets) for cell in cells]

    def reseal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        opened = self.open(cells)
        return [self._ring.seal(_place(cell), pan) for cell, pan in zip(cells, opened, strict=True)]

    def index(self, domain: str, pans: Sequence[bytes]) -> Sequence[bytes]:
        return [self._index.of(table=TABLE, column=domain, value=pan) for pan in pans]

    def is_newest(self, sealed: bytes) -> bool:
        return self._ring.is_newest(sealed)


class ModuleVaultKeys:
    """Keys in a payment module: `sealing` seals, every field-sealing key there opens.

    A rotation begins with another `sealing` key; the old one need only be kept able to open.
    """

    def __init__(self, module: PaymentModule, *, sealing: str, index: str) -> None:
        self._module, self._sealing, self._index = module, sealing, index

    def seal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        call = SealFields(key=self._sealing, table=TABLE, column=COLUMN, cells=_cells(cells))
        return self._ask(call, FieldsSealed).sealed

    def open(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        call = OpenFields(table=TABLE, column=COLUMN, cells=_cells(cells))
        return self._ask(call, FieldsOpened).values

    def reseal(self, cells: Sequence[Cell]) -> Sequence[bytes]:
        call = ResealFields(key=self._sealing, table=TABLE, column=COLUMN, cells=_cells(cells))
        return self._ask(call, FieldsSealed).sealed

    def index(self, domain: str, pans: Sequence[bytes]) -> Sequence[bytes]:
        call = IndexFields(key=self._index, table=TABLE, column=domain, values=list(pans))
        return self._ask(call, FieldsIndexed).digests

    def is_newest(self, sealed: bytes) -> bool:
        return key_id_of(sealed) == self._sealing

    def _ask(self, call: Call, expected: type[A]) -> A:
        (answer,) = self._module.perform([call])
        if isinstance(answer, expected):
            return answer
        if not isinstance(answer, Denied):
            raise Defect("the module answered something else")
        if answer.code == "ciphertext.refused":
            raise EnvelopeRefused(answer.reason or "field")
        raise ServiceClosed(f"the crypto module refused: {answer.code}")


def _cells(cells: Sequence[Cell]) -> list[FieldCell]:
    return [FieldCell(cell.bound, cell.octets) for cell in cells]


def _place(cell: Cell) -> FieldPlace:
    return FieldPlace(table=TABLE, column=COLUMN, row=cell.bound)
