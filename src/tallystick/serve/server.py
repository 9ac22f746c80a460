"""Run one platform behind uvicorn on one address."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing, contextmanager

import uvicorn
import uvloop

from tallystick.assembly import Platform
from tallystick.serve.api import application, deliver_to
from tallystick.serve.connections import ConnectionsFile
from tallystick.serve.edges import Workers
from tallystick.serve.gates import open_gates
from tallystick.serve.listening import bound

LISTEN_BACKLOG = 1024


def default_workers() -> int:
    """One edge for each core that this process may use; one process on a single core."""
    return len(os.sched_getaffinity(0))


def run_server(
    platform: Platform,
    *,
    host: str,
    port: int,
    ready: Callable[[str], None],
    public_url: str | None = None,
    workers: int = 1,
    connections: ConnectionsFile | None = None,
) -> None:
    """Serve until told to stop. `ready` is given the base URL once connections are taken.

    `workers` above one: so many processes open and verify, and this one decides.
    `public_url` is where handsets find the service when a front proxy stands before it.
    `connections` are the interfaces of other providers, on listeners of their own.
    TLS ends at a front proxy (docs/limitations.md): this address must not face the internet.
    Refuses: Misconfigured when the address cannot be bound.
    """
    listener = bound(host, port)
    url = public_url or _url(host, listener)
    if workers > 1:
        with closing(listener):
            listener.listen(LISTEN_BACKLOG)
            others = open_gates(platform, connections)
            uvloop.run(_run_workers(platform, listener, url, ready, workers, others))
        return
    server = _server(platform, url)
    with closing(listener), _stopping(server):
        listener.listen()
        uvloop.run(_serve_all(platform, server, listener, connections, lambda: ready(url)))


async def _serve_all(
    platform: Platform,
    server: uvicorn.Server,
    listener: socket.socket,
    connections: ConnectionsFile | None,
    ready: Callable[[], None],
) -> None:
    """Handsets and partners on one loop: whoever decides does it on one thread."""
    platform.deliver_with(deliver_to(asyncio.get_running_loop()))
    async with open_gates(platform, connections):
        ready()
        await server.serve(sockets=[listener])


async def _run_workers(
    platform: Platform,
    listener: socket.socket,
    url: str,
    ready: Callable[[str], None],
    count: int,
    gates: AbstractAsyncContextManager[object],
) -> None:
    """Decide in this process what edges in processes of their own have verified."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    platform.deliver_with(deliver_to(loop))
    workers = Workers(platform, listener=listener, public_url=url, count=count)
    try:
        told = asyncio.create_task(stopping.wait())
        started = asyncio.create_task(workers.start())
        await asyncio.wait({told, started}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            await started
            async with gates:
                ready(url)
                await told
        started.cancel()
    finally:
        await workers.stop()


@contextmanager
def serving(platform: Platform, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread of this process, by default on a free port; gives the base URL.

    Refuses: Misconfigured when the address cannot be bound.
    """
    listener = bound(host, port)
    listener.listen()
    server = _server(platform, _url(host, listener))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield _url(host, listener)
    finally:
        server.should_exit = True
        thread.join()


def _server(platform: Platform, url: str) -> uvicorn.Server:
    config = uvicorn.Config(
        application(platform, public_url=url), loop="uvloop", http="httptools", access_log=False,
        log_level="warning", server_header=False, proxy_headers=False, ws="none",
    )  # fmt: skip
    return uvicorn.Server(config)


def _url(host: str, listener: socket.socket) -> str:
    return f"http://{host}:{listener.getsockname()[1]}"


@contextmanager
def _stopping(server: uvicorn.Server) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the server at any moment, and go on behind it.

    The server takes the signals over while it runs and gives them back, once more, when it ends:
    books and keys must be closed after that, so here they only set a flag.
    """

    def stop(*_: object) -> None:
        server.should_exit = True

    numbers = (signal.SIGTERM, signal.SIGINT)
    here = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, stop) for number in numbers} if here else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
