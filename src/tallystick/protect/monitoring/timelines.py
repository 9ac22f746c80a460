"""Events of one account on a time line: counts and sums over any window, exact and incremental.

Times are sorted, late arrivals are put in their place, and sums are kept as running totals of whole
numbers, so that a window's sum is one subtraction and has no rounding to drift.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort


class Timeline:
    """Amounts at times. A window is half-open: later than `after_ms`, not later than `until_ms`."""

    __slots__ = ("_amounts", "_times", "_totals")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._amounts: list[int] = []
        self._totals: list[int] = [0]

    def add(self, at_ms: int, amount_minor: int) -> None:
        if not self._times or at_ms >= self._times[-1]:
            self._times.append(at_ms)
            self._amounts.append(amount_minor)
            self._totals.append(self._totals[-1] + amount_minor)
            return
        place = bisect_right(self._times, at_ms)
        self._times.insert(place, at_ms)
        self._amounts.insert(place, amount_minor)
        self._totals.insert(place + 1, self._totals[place] + amount_minor)
        for later in range(place + 2, len(self._totals)):
            self._totals[later] += amount_minor

    def count(self, after_ms: int, until_ms: int) -> int:
        return bisect_right(self._times, until_ms) - bisect_right(self._times, after_ms)

    def sum(self, after_ms: int, until_ms: int) -> int:
        start = bisect_right(self._times, after_ms)
        return self._totals[bisect_right(self._times, until_ms)] - self._totals[start]

    def count_from(self, least_minor: int, after_ms: int, until_ms: int) -> int:
        """How many events of at least this amount."""
        start, end = bisect_right(self._times, after_ms), bisect_right(self._times, until_ms)
        return sum(map(least_minor.__le__, self._amounts[start:end]))

    def first(self, after_ms: int, until_ms: int) -> int | None:
        """The time of the earliest event, if there is one."""
        start = bisect_right(self._times, after_ms)
        if start < len(self._times) and self._times[start] <= until_ms:
            return self._times[start]
        return None

    def retire(self, before_ms: int) -> None:
        """Forget what happened before an instant."""
        start = bisect_left(self._times, before_ms)
        if start:
            base = self._totals[start]
            del self._times[:start]
            del self._amounts[:start]
            self._totals = [total - base for total in self._totals[start:]]

    def __len__(self) -> int:
        return len(self._times)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self.events() == other.events()

    __hash__ = None  # type: ignore[assignment]

    def events(self) -> list[tuple[int, int]]:
        return list(zip(self._times, self._amounts, strict=True))


class Visitors:
    """Who came when: counts the distinct visitors of a window.

    For a window that ends now or later than everything seen, those are the visitors whose latest
    visit is inside; the latest visits are kept sorted. Only for a late event is the window walked.
    """

    __slots__ = ("_latest", "_latest_times", "_names", "_times")

    def __init__(self) -> None:
        self._times: list[int] = []
        self._names: list[str] = []
        self._latest: dict[str, int] = {}
        self._latest_times: list[int] = []

    def add(self, at_ms: int, name: str) -> None:
        place = bisect_right(self._times, at_ms)
        self._times.insert(place, at_ms)
        self._names.insert(place, name)
        latest = self._latest.get(name)
        if latest is None or latest < at_ms:
            if latest is not None:
                del self._latest_times[bisect_left(self._latest_times, latest)]
            self._latest[name] = at_ms
            insort(self._latest_times, at_ms)

    def distinct(self, after_ms: int, until_ms: int, *, beside: str) -> int:
        """How many visitors came in a window, `beside` counted whether it was there or not."""
        if not self._times or until_ms >= self._times[-1]:
            inside = len(self._latest_times) - bisect_right(self._latest_times, after_ms)
            return inside + (self._latest.get(beside, after_ms) <= after_ms)
        start, end = bisect_right(self._times, after_ms), bisect_right(self._times, until_ms)
        return len({beside, *self._names[start:end]})

    def retire(self, before_ms: int) -> None:
        """Forget what happened before an instant."""
        start = bisect_left(self._times, before_ms)
        if start:
            gone = set(self._names[:start])
            del self._times[:start]
            del self._names[:start]
            for name in gone:
                if self._latest[name] < before_ms:
                    del self._latest[name]
            del self._latest_times[: bisect_left(self._latest_times, before_ms)]

    def __len__(self) -> int:
        return len(self._times)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visitors) and self.events() == other.events()

    __hash__ = None  # type: ignore[assignment]

    def events(self) -> list[tuple[int, str]]:
        return list(zip(self._times, self._names, strict=True))
