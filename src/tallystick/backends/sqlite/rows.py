"""Settlements as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tallystick.protect.enforcement import Settlement, Transfer

Row = tuple[object, ...]


def orders(
    leaves: Iterable[Settlement], positions: Mapping[int, int]
) -> Iterator[tuple[int, int, str, Sequence[Transfer]]]:
    """What is posted, leaf by leaf."""
    for s in leaves:
        if s.transfers:
            yield positions[id(s)], s.at_ms, s.device or "", s.transfers


def outcomes(
    leaves: Iterable[Settlement], positions: Mapping[int, int]
) -> Iterator[tuple[str, str, str, str, int, bytes | None]]:
    """What is answered, accepted or refused."""
    for s in leaves:
        if s.request is not None:
            yield s.request, s.device or "", s.order, s.code, positions[id(s)], s.data


def instruction_values(leaves: Sequence[Settlement], positions: Mapping[int, int]) -> list[object]:
    """What was signed: the values of each row, one behind the other."""
    values: list[object] = []
    for s in leaves:
        if s.instruction is not None:
            i = s.instruction
            values += (positions[id(s)], i.digest, i.device, i.signed, i.signature)
    return values


def register_rows(batch: Iterable[Settlement]) -> list[Row]:
    """The newest value of each record that the batch marks."""
    newest = {(m.register.name, m.key): m for s in batch for m in s.marks}
    return [(name, key, mark.octets()) for (name, key), mark in newest.items()]
