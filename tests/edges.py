"""Edges in threads of the test's process: the real ones, on real sockets, with the test's clock."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx

from tallystick.assembly import Platform
from tallystick.ground.clock import Clock
from tallystick.serve.api import deliver_to
from tallystick.serve.edges import Station, run_edge
from tallystick.serve.turns import Turns

T = TypeVar("T")
WAIT_S = 30


class Edges:
    """A sequencer on a loop of its own and so many edges, each on a listener of its own as well."""

    def __init__(self, platform: Platform, *, clock: Clock) -> None:
        self._platform, self._clock = platform, clock
        self._loop = asyncio.new_event_loop()
        self._hub = threading.Thread(target=self._loop.run_forever, name="hub", daemon=True)
        self._hub.start()
        self.run(lambda: platform.deliver_with(deliver_to(self._loop)))
        self.turns = self.run(lambda: Turns(platform.arrivals.sequencer))
        self.stations: list[Station] = []
        self._threads: list[threading.Thread] = []
        self.urls: list[str] = []

    def run(self, call: Callable[[], T]) -> T:
        """Call something where orders are decided."""

        async def on_loop() -> T:
            return call()

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(WAIT_S)

    def add(self, *, public_url: str | None = None, listener: socket.socket | None = None) -> str:
        """Start one more edge; gives where it answers."""
        listener = listener or socket.create_server(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ours, theirs = socket.socketpair()
        module = self._platform.admit_edge()

        def serve() -> None:
            asyncio.run(run_edge(listener, theirs, module, clock=self._clock))
            listener.close()

        thread = threading.Thread(target=serve, name="edge", daemon=True)
        thread.start()
        self._threads.append(thread)
        asyncio.run_coroutine_threadsafe(self._station(ours, public_url or url), self._loop).result(
            WAIT_S
        )
        self.urls.append(url)
        return url

    async def _station(self, channel: socket.socket, public_url: str) -> None:
        station = Station(self._platform, turns=self.turns, public_url=public_url)
        self.stations.append(station)
        await station.open(channel)
        await station.ready.wait()

    def close(self) -> None:
        for station in self.stations:
            self.run(station.close)
        for thread in self._threads:
            thread.join(WAIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._hub.join(WAIT_S)
        self._loop.close()


class Through(httpx.BaseTransport):
    """A front proxy: sends what is meant for the public address to edges, one after another."""

    def __init__(self, *urls: str) -> None:
        self.urls, self._real, self._next = urls, httpx.HTTPTransport(), 0

    @property
    def url(self) -> str:
        self._next += 1
        return self.urls[self._next % len(self.urls)]

    @url.setter
    def url(self, url: str) -> None:
        self.urls = (url,)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        to = httpx.URL(self.url).copy_with(raw_path=request.url.raw_path)
        sent = httpx.Request(request.method, to, headers=request.headers, content=request.read())
        response = self._real.handle_request(sent)
        response.read()
        return response

    def close(self) -> None:
        self._real.close()


@contextmanager
def edges(platform: Platform, *, clock: Clock) -> Iterator[Edges]:
    """Edges for as long as the context lasts."""
    started = Edges(platform, clock=clock)
    try:
        yield started
    finally:
        started.close()


@contextmanager
def two_edges(platform: Platform) -> Iterator[str]:
    """Two edges on one listener, as `serve --workers 2` has them; gives the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    with edges(platform, clock=platform._clock) as started:
        started.add(listener=listener.dup())
        url = started.add(listener=listener)
        yield url
