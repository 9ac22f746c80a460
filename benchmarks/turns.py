"""How many a second, for what is compared: works take turns, and the best turn of each counts.

A shared machine is now faster and now slower. Whatever else it does weighs on yardstick and work
alike when they take turns of a few hundredths of a second, and the best of many turns is the one
that was disturbed least. CPU seconds of this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

ROUNDS = 20
TURN_S = 0.025
_TOGETHER_S = 0.001


def rates(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Calls a second of each."""
    together = {name: _worth(work) for name, work in works.items()}
    best = dict.fromkeys(works, 0.0)
    for _ in range(ROUNDS):
        for name, work in works.items():
            best[name] = max(best[name], _turn(work, together[name]))
    return best


def _worth(work: Callable[[], object]) -> int:
    """How many calls are worth one look at the clock, once the work is warm."""
    work()
    start = time.process_time()
    work()
    return max(1, int(_TOGETHER_S / (time.process_time() - start)))


def _turn(work: Callable[[], object], together: int) -> float:
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < TURN_S:
        for _ in range(together):
            work()
        done += together
    return done / spent
