"""Time as a parameter: milliseconds since 1970-01-01 UTC, always an int."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

DAY_MS = 86_400_000


class Clock(Protocol):
    """Whoever needs the time is given one of these; nothing else reads the wall clock."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock that stands still until it is told to move; for tests, simulation and replay."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, *, ms: int) -> None:
        self._now_ms += ms


def iso_instant(at_ms: int) -> str:
    """Write an instant as RFC 3339 UTC with whole seconds.

    >>> iso_instant(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(at_ms // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_of(at_ms: int) -> str:
    """The UTC calendar day of an instant, `YYYY-MM-DD`; limits count by it."""
    return _date(at_ms // DAY_MS)


def month_of(at_ms: int) -> str:
    """The UTC calendar month of an instant, `YYYY-MM`."""
    return _date(at_ms // DAY_MS)[:7]


@lru_cache(maxsize=64)
def _date(day: int) -> str:
    """The date of a day counted from 1970-01-01; every payment asks for the same few."""
    return iso_instant(day * DAY_MS)[:10]
