"""Waiting on an event loop for a promise that another thread keeps."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import Future

from tallystick.protect.enforcement import Committed


async def kept(promise: Future[Committed | None]) -> Committed | None:
    """Wait for a promise; whoever stops waiting takes nothing back from the one who keeps it."""
    if not promise.done():
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake(_: Future[Committed | None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(woken.set)

        promise.add_done_callback(wake)
        await woken.wait()
    return promise.result()
