"""Counting: what is given in clear, by key and ahead of time, and each operation of a batch."""

from __future__ import annotations

from collections.abc import Collection

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.keys import TALLY
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.refusals import BudgetSpent

RESERVED = 100
"""Counted at once; a crash loses the rest of them."""
_MEMO = "openings"


def key_for_many(
    bench: Bench,
    handle: str,
    count: int,
    *,
    usages: Collection[KeyUsage],
    action: KeyAction,
    where: str = "key",
) -> OpenKey:
    """Open a key for so many operations of one call; each counts toward its cryptoperiod.

    Refuses: as `Bench.key`; a key whose operations end within the batch does none of it.
    """
    key = bench.key(handle, usages=usages, action=action, where=where)
    if key.record.uses_max is not None:
        for _ in range(count - 1):
            bench.key(handle, usages=usages, action=action, where=where)
    return key


def demand_openings(bench: Bench, key: OpenKey, count: int, *, where: str = "key") -> None:
    """Count values that are about to be given in clear under a key.

    Refuses: BudgetSpent, and counts nothing, when the policy's `opens_max` would be passed within
             the window.
    """
    limit = bench.policy.opens_max
    if not limit:
        return
    now_ms = bench.clock.now_ms()
    left, until_ms = key.memo.get(_MEMO, (0, 0))
    if now_ms >= until_ms:
        left = 0
    if left < count:
        name = f"opened:{key.id}"
        taken, until_ms = bench.journal.tallies.get(name, (0, 0))
        if now_ms >= until_ms:
            taken, until_ms = 0, now_ms + 1000 * bench.policy.failures_window_s
        more = min(max(RESERVED, count - left), limit - taken)
        if left + more < count:
            raise BudgetSpent("too much was opened; wait", where=where, reason=name)
        bench.journal.commit(notes=[(TALLY, (name, taken + more, until_ms))])
        left += more
    key.memo[_MEMO] = (left - count, until_ms)
