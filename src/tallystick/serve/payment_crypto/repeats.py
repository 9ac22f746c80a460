"""Repetitions: a client that heard no answer sends its request again, and gets the first answer.

Clients of the service name a request and its repetitions alike (`amz-sdk-invocation-id`). What
changes something is done once for each name, access key and body, while the name is remembered.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable

REMEMBERED_MAX = 4096
_Name = tuple[str, str, str, bytes]


class Repeats:
    """The answers to the last requests that changed something."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Name, asyncio.Future[bytes]] = OrderedDict()

    async def once(
        self,
        caller: str,
        operation: str,
        invocation: str,
        body: bytes,
        work: Callable[[], Awaitable[bytes]],
    ) -> bytes:
        """Do the work, or give the answer to the same request of before.

        A request without a name is done each time; one that was refused is not remembered.
        """
        if not invocation:
            return await work()
        name = (caller, operation, invocation, hashlib.sha256(body).digest())
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = asyncio.ensure_future(work())
            if len(self._known) > REMEMBERED_MAX:
                self._known.popitem(last=False)
        try:
            return await asyncio.shield(known)
        except BaseException:
            if known.done():
                self._known.pop(name, None)
            raise
