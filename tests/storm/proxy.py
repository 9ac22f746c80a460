"""A network between client and server that loses, cuts, repeats and holds back what it carries.

It stands on a port of its own, reads one HTTP exchange after another and lets `choose` say what
happens to each. It knows of HTTP only where one message ends.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from enum import Enum


class Trouble(Enum):
    """What may happen to one exchange."""

    NONE = "it arrives, and so does its answer"
    REQUEST_LOST = "the connection goes before anything is passed on"
    REQUEST_CUT = "half of the request arrives, then the sending side is closed"
    ANSWER_LOST = "the request arrives, the connection goes before the answer"
    ANSWER_CUT = "half of the answer comes back, then the sending side is closed"
    TWICE = "the request arrives twice at the same time"
    LATE = "a copy of the request arrives once more, ahead of the next one"


class Proxy:
    """Use it in a `with`. `seen` counts what happened."""

    def __init__(self, choose: Callable[[], Trouble]) -> None:
        self._choose = choose
        self._kept: list[bytes] = []
        self._target = 0
        self.seen: dict[Trouble, int] = dict.fromkeys(Trouble, 0)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def lead_to(self, port: int) -> None:
        """From now on it leads to this port of this machine."""
        self._target = port

    def close(self) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def _do(self, work):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        self._server.close()
        mine = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not mine]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(await read_message(reader), writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one of the two ends is gone; so is this connection
        finally:
            writer.close()

    async def _exchange(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays."""
        trouble = self._choose()
        self.seen[trouble] += 1
        while self._kept:
            await self._pass_on(self._kept.pop())
        if trouble is Trouble.REQUEST_LOST:
            return False
        if trouble is Trouble.REQUEST_CUT:
            await self._pass_on(request[: len(request) // 2], whole=False)
            return False
        if trouble is Trouble.LATE:
            self._kept.append(request)
        copies = 2 if trouble is Trouble.TWICE else 1
        answer, *_ = await asyncio.gather(*(self._pass_on(request) for _ in range(copies)))
        if trouble is Trouble.ANSWER_LOST or not answer:
            return False
        cut = trouble is Trouble.ANSWER_CUT
        writer.write(answer[: len(answer) // 2] if cut else answer)
        await writer.drain()
        if cut:
            writer.write_eof()
        return not cut

    async def _pass_on(self, request: bytes, *, whole: bool = True) -> bytes:
        """The answer of the server, or nothing."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return b""
        try:
            writer.write(request)
            if not whole:
                writer.write_eof()
            return await read_message(reader)
        except (OSError, asyncio.IncompleteReadError):
            return b""
        finally:
            writer.close()


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with its body. IncompleteReadError when it does not end."""
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.partition(b":")[2]))
    return head
