"""An HTTP client's way to an ASGI application in this process: no port, no server, no waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

ANSWER_S = 30
"""A test that waits longer for an answer has found a deadlock."""


class InProcess(httpx.BaseTransport):
    """Runs the application on an event loop in a thread of its own, lifespan included.

    Any number of threads may send through it at once. Close it before what it serves.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="asgi", daemon=True)
        self._thread.start()
        self._stopping: asyncio.Event | None = None
        self._run(self._start())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._run(self._answer(request, request.read()))

    def run(self, call: Callable[[], T]) -> T:
        """Call something on the loop's thread, where the application decides."""

        async def on_loop() -> T:
            return call()

        return self._run(on_loop())

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_S)

    async def _start(self) -> None:
        self._stopping, started = asyncio.Event(), asyncio.Event()
        opening = [{"type": "lifespan.startup"}]

        async def receive() -> Message:
            if opening:
                return opening.pop()
            assert self._stopping is not None
            await self._stopping.wait()
            return {"type": "lifespan.shutdown"}

        async def send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                started.set()

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._life = asyncio.ensure_future(self._application(scope, receive, send))
        await started.wait()

    async def _stop(self) -> None:
        assert self._stopping is not None
        self._stopping.set()
        await self._life

    async def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        chunks = [{"type": "http.request", "body": body, "more_body": False}]
        started: Message = {}
        sent: list[bytes] = []

        async def receive() -> Message:
            return chunks.pop() if chunks else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                sent.append(message.get("body", b""))

        await self._application(scope_of(request), receive, send)
        return httpx.Response(started["status"], headers=started["headers"], content=b"".join(sent))


def scope_of(request: httpx.Request) -> Message:
    """What a server tells an application about a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port or 80),
        "client": ("127.0.0.1", 0),
    }
