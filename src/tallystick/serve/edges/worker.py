"""An edge worker: HTTP on a shared listener, everything else over its two channels."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable

import uvicorn

from tallystick.ground.clock import Clock
from tallystick.serve.api import edge_application
from tallystick.serve.edges.front import EdgeFront

log = logging.getLogger("tallystick.edge")

DRAIN_S = 5
PAUSE_S = 1.0
"""How long an edge that can open no more files leaves its listener alone."""
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Accepting:
    """Takes one connection at a time from a listener that several edges share.

    Whoever is busy comes back later to the listener, so that the load spreads by itself.
    """

    def __init__(self, listener: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        listener.setblocking(False)
        self._listener, self._make = listener, make
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()
        self._again: asyncio.TimerHandle | None = None
        self._look()

    def _look(self) -> None:
        self._again = None
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self._pause()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._take(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, connection: socket.socket) -> object:
        try:
            return await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:
            connection.close()
            return None

    def _pause(self) -> None:
        """Too many connections are open: leave the rest to the others, and look again later."""
        log.warning("no more connections can be taken")
        self._loop.remove_reader(self._listener.fileno())
        self._again = self._loop.call_later(PAUSE_S, self._look)

    def close(self) -> None:
        if self._again is not None:
            self._again.cancel()
        self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        """Nothing is left to wait for: connections are the server's."""


class EdgeServer(uvicorn.Server):
    """uvicorn on a listener that is shared with others."""

    def __init__(
        self, config: uvicorn.Config, *, listener: socket.socket, front: EdgeFront
    ) -> None:
        super().__init__(config)
        self._listener, self._front = listener, front

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.lifespan.startup()
        await self.on_tick(0)
        self.servers = [Accepting(self._listener, self._make)]  # type: ignore[list-item]
        self.started = True
        self._front.ready()

    def _make(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        return protocol


async def run_edge(
    listener: socket.socket, link: socket.socket, module: socket.socket, *, clock: Clock
) -> None:
    """Serve until told to stop, or until the sequencer is gone."""
    stopping = asyncio.Event()
    front = EdgeFront(clock=clock, lost=stopping.set)
    public_url = await front.open(link, module)
    config = uvicorn.Config(
        edge_application(front, public_url=public_url), loop="none", http="httptools",
        access_log=False, log_level="warning", server_header=False, lifespan="off",
        timeout_graceful_shutdown=DRAIN_S, proxy_headers=False, ws="none",
    )  # fmt: skip
    server = EdgeServer(config, listener=listener, front=front)

    async def stop() -> None:
        await stopping.wait()
        server.should_exit = True

    watching = asyncio.create_task(stop())
    try:
        await server.serve()
    finally:
        watching.cancel()
        front.close()
