"""The checker of histories finds each anomaly that is planted, and nothing in a sound history."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from tests.storm.history import Call, Moved, Snapshot, anomalies

FLOORS = {"alice": 0, "bob": 0}


def sound() -> tuple[list[Call], list[Moved], list[Snapshot]]:
    """Alice is given 100, pays 60 to bob, is refused 60 more, holds 30; both look."""
    calls = [
        Call(request="issue", asked=0, answered=1, place=0, code="ok", wanted=("trust", 100)),
        Call(request="pay", asked=2, answered=5, place=1, code="ok", wanted=("alice", 60)),
        Call(request="look-1", asked=3, answered=6, place=2, code="ok", saw={"bob": (60, 0)}),
        Call(
            request="more", asked=6, answered=7, place=3, code="funds.insufficient",
            wanted=("alice", 60),
        ),
        Call(request="hold", asked=7, answered=8, place=4, code="ok", wanted=("alice", 30)),
        Call(request="look-2", asked=9, answered=10, place=5, code="ok", saw={"alice": (40, 30)}),
        Call(request="lost", asked=9, wanted=("bob", 5)),
    ]  # fmt: skip
    moved = [
        Moved(place=0, request="issue", kind="move", debit="trust", credit="alice", minor=100),
        Moved(place=1, request="pay", kind="move", debit="alice", credit="bob", minor=60),
        Moved(place=4, request="hold", kind="hold", debit="alice", credit="trust", minor=30),
        Moved(place=6, request="lost", kind="move", debit="bob", credit="alice", minor=5),
    ]
    shot = {"trust": (-100, 0), "alice": (40, 30), "bob": (60, 0)}
    return calls, moved, [Snapshot(place=6, balances=shot)]


def changed(calls: list[Call], request: str, **changes: object) -> list[Call]:
    return [replace(c, **changes) if c.request == request else c for c in calls]  # type: ignore[arg-type]


def test_a_sound_history_has_no_anomalies() -> None:
    calls, moved, shots = sound()
    assert anomalies(calls, moved, shots, floors=FLOORS) == []
    random.Random(1).shuffle(calls)
    assert anomalies(calls, moved[::-1], shots, floors=FLOORS) == []


PLANTED = {
    "was asked after": lambda c, m, s: (changed(c, "look-2", asked=0.1, answered=0.5), m, s),
    "saw (59, 0) on bob": lambda c, m, s: (changed(c, "look-1", saw={"bob": (59, 0)}), m, s),
    "saw (40, 0) on alice": lambda c, m, s: (changed(c, "look-2", saw={"alice": (40, 0)}), m, s),
    "is not in the books": lambda c, m, s: (c, [one for one in m if one.request != "hold"], s),
    "moved money 2 times": lambda c, m, s: (c, [*m, replace(m[1], place=7)], s),
    "answered with place 9": lambda c, m, s: (changed(c, "pay", place=9), m, s),
    "answered with place 2": lambda c, m, s: (changed(c, "more", place=2), m, s),
    "nobody asked": lambda c, m, s: ([one for one in c if one.request != "lost"], m, s),
    "and moved money": lambda c, m, s: (changed(c, "pay", code="tier.exceeded"), m, s),
    "was refused 40": lambda c, m, s: (changed(c, "more", wanted=("alice", 40)), m, s),
    "below its floor": lambda c, m, s: (c, [*m[:3], replace(m[3], minor=61)], s),
    "not nothing": lambda c, m, s: (
        c, m, [replace(s[0], balances={**s[0].balances, "bob": (61, 0)})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("found", PLANTED)
def test_each_planted_anomaly_is_found(found: str) -> None:
    calls, moved, shots = PLANTED[found](*sound())
    said = anomalies(calls, moved, shots, floors=FLOORS)
    assert any(found in one for one in said), said


def test_one_anomaly_is_found_in_a_long_history() -> None:
    count = 20_000
    calls = [
        Call(request=f"r{n}", asked=n, answered=n + 40, place=n, code="ok", wanted=("trust", 1))
        for n in range(count)
    ]
    moved = [
        Moved(place=n, request=f"r{n}", kind="move", debit="trust", credit=f"a{n % 100}", minor=1)
        for n in range(count)
    ]
    assert anomalies(calls, moved) == []
    late = replace(calls[count // 2], asked=math.inf, answered=math.inf)
    assert len(anomalies([*calls[: count // 2], late, *calls[count // 2 + 1 :]], moved)) == 1
