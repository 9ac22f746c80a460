"""Sweeping: what was reserved and is over is given back, at its instant or within a second."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager

from tallystick.assembly import Platform
from tallystick.ground.errors import Refused
from tallystick.serve.turns import beside, kept

log = logging.getLogger("tallystick.sweeping")

IDLE_S = 0.5
RETRY_S, RETRY_MAX_S = 2.0, 60.0


def sweeping(platform: Platform) -> AbstractAsyncContextManager[None]:
    """Give back what is over, on this loop, as long as the context lasts."""
    return beside(_sweep(platform))


async def _sweep(platform: Platform) -> None:
    """Until cancelled. What fails is tried again, less and less often; nothing is given up."""
    retry_s = RETRY_S
    while True:
        try:
            promises = platform.reservations.turn()
            for promise in promises.values():
                await kept(promise)
        except Refused:
            log.warning("what was reserved and is over could not be given back; it is tried again")
        except Exception:  # the operator sees it; what is reserved stays so and is looked at again
            log.exception("reservations could not be looked at")
        else:
            retry_s = RETRY_S
            await asyncio.sleep(0 if promises else IDLE_S)
            continue
        await asyncio.sleep(retry_s)
        retry_s = min(2 * retry_s, RETRY_MAX_S)
