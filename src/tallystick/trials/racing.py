"""Many attempts at one instant, and orders of one device that overtake one another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tallystick.handset import Handset, Order
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.seen import Attempt, Seen


def race(attempts: Sequence[Attempt]) -> list[Seen]:
    """Make all attempts at once, each in a thread of its own; what each saw, in their order."""
    start = threading.Barrier(len(attempts))

    def run(attempt: Attempt) -> Seen:
        start.wait()
        return attempt()

    with ThreadPoolExecutor(max_workers=len(attempts)) as threads:
        return list(threads.map(run, attempts))


def race_orders(bout: Bout, handset: Handset, orders: Sequence[Order]) -> list[Seen]:
    """Send orders of one device at once until each was decided; gives what each saw.

    A message that a later counter overtook is refused as a replay; the order is then sent again,
    as an honest handset would, so that in the end every order was judged on what it asks.
    """
    decided: dict[int, Seen] = {}
    for _ in orders:
        open_ = [place for place in range(len(orders)) if place not in decided]
        for _ in open_:
            bout.place.pace()
        prepared = [(place, handset.prepare_message(orders[place])) for place in open_]
        seen = race(
            [
                partial(forging.post, handset, orders[place], body, headers)
                for place, (headers, body) in prepared
            ]
        )
        for place, one in zip(open_, seen, strict=True):
            if one.answer is None and one.code == "message.refused":
                bout.overtaken(one)
            else:
                decided[place] = one
        if len(decided) == len(orders):
            break
    return [decided.get(place, Seen(code="undecided", status=0)) for place in range(len(orders))]
