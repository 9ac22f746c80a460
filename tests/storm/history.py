"""Is a history strictly serializable? Checked against the one total order that the books give it.

Every answered order, reads included, stands at a place of the evidence log. So nothing has to be
searched: the order is given, and it is enough to look whether it agrees with real time (what was
answered before another was asked stands before it), whether each call saw exactly what stands before
it, and whether in every snapshot the money adds up. Sorting is the dearest part: O(n log n).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

Balance = tuple[int, int]
"""What is on an account, and what of it is held back; minor units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one client saw of one order. Without `answered` nobody knows how it ended.

    `place` is where its receipt stands in the log; `saw` are balances that its answer told, and
    `wanted` what it asked to take from which account.
    """

    request: str
    asked: float
    answered: float = math.inf
    place: int | None = None
    code: str = ""
    saw: Mapping[str, Balance] = field(default_factory=dict)
    wanted: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One transfer of the books, and the place of the order that caused it.

    `reserved` is what the hold was that it resolves, where that is more than `minor`.
    """

    place: int
    request: str
    kind: str
    debit: str
    credit: str
    minor: int
    reserved: int | None = None

    @property
    def posted(self) -> int:
        return self.minor if self.kind in ("move", "post") else 0

    @property
    def held(self) -> int:
        """What is held after it that was not held before; less than nothing when it resolves."""
        if self.kind == "move":
            return 0
        return self.minor if self.kind == "hold" else -(self.reserved or self.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Balances that were read at once, and how many orders stood before."""

    place: int
    balances: Mapping[str, Balance]


def anomalies(
    calls: Sequence[Call],
    moved: Sequence[Moved],
    snapshots: Sequence[Snapshot] = (),
    *,
    floors: Mapping[str, int] | None = None,
) -> list[str]:
    """Everything in a history that no serial order in real time explains; empty when it is sound.

    `calls` has each request once, as it was finally answered. `floors` bounds accounts from below,
    holds included; accounts without one have none.
    """
    return [
        *_misplaced(calls, moved),
        *_out_of_time(calls),
        *_wrong_reads(calls, moved, snapshots, floors or {}),
        *_created(snapshots),
    ]


def _misplaced(calls: Sequence[Call], moved: Sequence[Moved]) -> Iterator[str]:
    """One request, one place; one place, one request; accepted payments are there."""
    asked = {call.request: call for call in calls}
    places = {one.request: one.place for one in moved}
    taken = Counter(call.place for call in calls if call.place is not None)
    for place, times in taken.items():
        if times > 1:
            yield f"{times} requests were answered with place {place}"
    for call in calls:
        there = places.get(call.request)
        if call.code == "ok" and call.wanted and there is None:
            yield f"{call.request} was acknowledged and is not in the books"
        if there is not None and call.place not in (None, there):
            yield f"{call.request} was answered with place {call.place} and stands at {there}"
        if there is not None and call.code not in ("", "ok"):
            yield f"{call.request} was refused ({call.code}) and moved money"
    for request, times in Counter(
        (one.request, one.kind, one.debit, one.credit) for one in moved
    ).items():
        if times > 1:
            yield f"{request[0]} moved money {times} times"
    for one in moved:
        if one.request not in asked and one.kind != "expire":  # that is the platform's own doing
            yield f"{one.request} moved money and nobody asked for it"


def _out_of_time(calls: Sequence[Call]) -> Iterator[str]:
    """From the end of the log backwards: nothing may have been asked after a later one's answer."""
    earliest: Call | None = None
    placed = [call for call in calls if call.place is not None]
    for call in sorted(placed, key=lambda call: call.place or 0, reverse=True):
        if earliest is not None and call.asked > earliest.answered:
            yield (
                f"{call.request} was asked after {earliest.request} was answered,"
                f" and stands before it ({call.place} < {earliest.place})"
            )
        if earliest is None or call.answered < earliest.answered:
            earliest = call


def _wrong_reads(
    calls: Sequence[Call],
    moved: Sequence[Moved],
    snapshots: Sequence[Snapshot],
    floors: Mapping[str, int],
) -> Iterator[str]:
    """Play the log and compare what was told at each place with what stands before it."""
    state: dict[str, Balance] = {}
    looks: list[tuple[int, str, Mapping[str, Balance], Call | None]] = [
        *((call.place, call.request, call.saw, call) for call in calls if call.place is not None),
        *((shot.place, f"snapshot at {shot.place}", shot.balances, None) for shot in snapshots),
    ]
    rest = iter(sorted(moved, key=lambda one: one.place))
    upcoming = next(rest, None)
    for place, who, saw, call in sorted(looks, key=lambda look: look[0]):
        while upcoming is not None and upcoming.place < place:
            yield from _play(state, upcoming, floors)
            upcoming = next(rest, None)
        for account, told in saw.items():
            if told != state.get(account, (0, 0)):
                yield f"{who} saw {told} on {account}; before it stands {state.get(account, (0, 0))}"
        if call is not None and call.code == "funds.insufficient" and call.wanted is not None:
            account, minor = call.wanted
            balance, held = state.get(account, (0, 0))
            if minor <= balance - held - floors.get(account, 0):
                yield f"{who} was refused {minor} from {account}, which has {balance - held}"
    while upcoming is not None:
        yield from _play(state, upcoming, floors)
        upcoming = next(rest, None)


def _play(state: dict[str, Balance], one: Moved, floors: Mapping[str, int]) -> Iterator[str]:
    posted, hold = one.posted, one.held
    balance, held = state.get(one.debit, (0, 0))
    state[one.debit] = (balance - posted, held + hold)
    gained, kept = state.get(one.credit, (0, 0))
    state[one.credit] = (gained + posted, kept)
    balance, held = state[one.debit]
    if one.debit in floors and balance - held < floors[one.debit]:
        yield f"{one.request} took {one.debit} to {balance - held}, below its floor"


def _created(snapshots: Iterable[Snapshot]) -> Iterator[str]:
    """The bank's own test: over all accounts nothing comes from nowhere and nothing goes."""
    for shot in snapshots:
        total = sum(balance for balance, _ in shot.balances.values())
        if total:
            yield f"snapshot at {shot.place}: all accounts together have {total}, not nothing"
