"""Records in memory, ahead of the disk: what was decided is seen by the next decision at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from tallystick.protect.enforcement.settlement import Mark, Register

T = TypeVar("T")


class Registers:
    """Reads a record from memory, else from the books; writes only through marks.

    Memory holds the newest decided value of each record it has seen, committed or about to be. When
    a commit fails, `forget` drops it all and the books are the truth again.
    """

    def __init__(self, read: Callable[[str, str], bytes | None]) -> None:
        self._read = read
        self._newest: dict[tuple[str, str], Any] = {}

    def get(self, register: Register[T], key: str) -> T | None:
        place = (register.name, key)
        if place in self._newest:
            value: T | None = self._newest[place]
            return value
        octets = self._read(register.name, key)
        if octets is None:
            return None
        value = register.decode(octets)
        self._newest[place] = value
        return value

    def apply(self, marks: Iterable[Mark[Any]]) -> None:
        for mark in marks:
            self._newest[mark.register.name, mark.key] = mark.value

    def forget(self) -> None:
        self._newest.clear()

    def __len__(self) -> int:
        """How many records are in memory."""
        return len(self._newest)
