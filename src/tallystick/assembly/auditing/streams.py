"""Rows that come in the order of their leaves, given out leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Row = tuple[Any, ...]


class ByLeaf:
    """Walks beside the evidence log: no table is held in memory."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)
        self._strays: list[Row] = []

    def take(self, position: int) -> list[Row]:
        """The rows of this leaf, without their leaf. Ask in rising order of positions."""
        found: list[Row] = []
        while self._next is not None:
            leaf = self._next[0]
            if isinstance(leaf, int) and leaf > position:
                break
            if leaf == position:
                found.append(self._next[1:])
            else:
                self._strays.append(self._next[1:])
            self._next = next(self._rows, None)
        return found

    def strays(self) -> list[Row]:
        """After the last leaf: the rows that belong to none."""
        if self._next is not None:
            self._strays.append(self._next[1:])
        self._strays += [row[1:] for row in self._rows]
        self._next = None
        return self._strays
