"""Reading one entry of a data file: every key is asked for once, and none may be left over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from tallystick.ground.errors import Misconfigured
from tallystick.ground.shown import shown_text
from tallystick.standard.model import Interval

PPM = 1_000_000


class Entry:
    """A table of a data file that gives its values by name and refuses what nobody asked for."""

    def __init__(self, table: Any, where: str) -> None:
        if not isinstance(table, dict):
            raise Misconfigured(f"found {shown_value(table)}", where=where, allowed="a table")
        self.where = where
        self._left: dict[str, Any] = dict(table)

    def has(self, key: str) -> bool:
        return key in self._left

    def keys(self, allowed: Collection[str]) -> tuple[str, ...]:
        """The keys that are left, sorted, each of a closed list."""
        return tuple(self._allowed("a key", key, allowed) for key in sorted(self._left))

    def take(self, key: str) -> Any:
        """A value that must be there."""
        if key not in self._left:
            raise Misconfigured(f"{key} is missing", where=self.where)
        return self._left.pop(key)

    def text(self, key: str, default: str | None = None) -> str:
        """One line of text, without white space around it."""
        value = self.take(key) if default is None or self.has(key) else default
        return self._line(key, value)

    def word(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """A word of a closed list."""
        value = self.text(key, default)
        return self._allowed(key, value, allowed)

    def texts(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        """A list of lines, none of them twice."""
        values = self.take(key) if least or self.has(key) else []
        if not isinstance(values, list):
            raise self.wrong(key, values, "a list of strings")
        lines = tuple(self._line(key, value) for value in values)
        if len(set(lines)) != len(lines) or len(lines) < least:
            raise self.wrong(key, values, f"at least {least} strings, none of them twice")
        return lines

    def words(self, key: str, allowed: Collection[str], *, least: int = 0) -> tuple[str, ...]:
        return tuple(self._allowed(key, value, allowed) for value in self.texts(key, least=least))

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        """A whole number between low and high, both included."""
        value = self.take(key) if default is None or self.has(key) else default
        if type(value) is not int or not low <= value <= high:
            raise self.wrong(key, value, f"a whole number from {low} to {high}")
        return value

    def flag(self, key: str) -> bool:
        """True or false; false when it is not said."""
        value = self.take(key) if self.has(key) else False
        if type(value) is not bool:
            raise self.wrong(key, value, "true or false")
        return value

    def interval(self, key: str, *, above: float, most: float) -> Interval:
        """A pair low <= high, above `above`, at most `most`, exact in parts per million."""
        return self.as_interval(key, self.take(key), above=above, most=most)

    def as_interval(self, key: str, pair: Any, *, above: float, most: float) -> Interval:
        allowed = f"[low, high] with {above} < low <= high <= {most} and at most 6 decimals"
        if not isinstance(pair, list) or len(pair) != 2:
            raise self.wrong(key, pair, allowed)
        if any(type(number) not in (int, float) for number in pair):
            raise self.wrong(key, pair, allowed)
        low, high = float(pair[0]), float(pair[1])
        if not above < low <= high <= most or any(in_ppm(x) / PPM != x for x in (low, high)):
            raise self.wrong(key, pair, allowed)
        return Interval(low=low, high=high)

    def table(self, key: str) -> Mapping[str, Any]:
        """A table inside the entry; empty when it is not there."""
        value = self.take(key) if self.has(key) else {}
        if not isinstance(value, dict):
            raise self.wrong(key, value, "a table")
        for name in value:
            if not name.isprintable():
                raise self.wrong(f"a key of {key}", name, "no control characters")
        return value

    def entry(self, key: str) -> Entry:
        return Entry(self.table(key), f"{self.where}, {key}")

    def done(self) -> None:
        """Refuses: Misconfigured when a key is left that nobody asked for."""
        if self._left:
            raise Misconfigured(f"unknown key {shown_value(min(self._left))}", where=self.where)

    def wrong(self, key: str, value: object, allowed: str) -> Misconfigured:
        found = f"{shown_text(key)} is {shown_value(value)}"
        return Misconfigured(found, where=self.where, allowed=allowed)

    def _allowed(self, key: str, value: str, allowed: Collection[str]) -> str:
        if value not in allowed:
            raise self.wrong(key, value, ", ".join(sorted(allowed)))
        return value

    def _line(self, key: str, value: object) -> str:
        allowed = "one line of text without needless spaces or control characters"
        if not isinstance(value, str) or not value or value != " ".join(value.split()):
            raise self.wrong(key, value, allowed)
        if not value.isprintable():
            raise self.wrong(key, value, allowed)
        return value


def shown_value(value: object) -> str:
    """A value of a data file, in quotes when it is text, short and on one line."""
    return shown_text(repr(value))


def in_ppm(number: float) -> int:
    """A number in parts per million, rounded to the nearest."""
    return round(number * PPM)
