"""A link between an edge and the sequencer on an event loop: items go out together, once a turn."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from tallystick.serve.edges.frames import FrameRefused, Splitter, frame_octets

log = logging.getLogger("tallystick.link")

In = TypeVar("In")


class Link(asyncio.Protocol, Generic[In]):
    """One end. What is sent in one turn of the loop goes out as one frame."""

    def __init__(
        self,
        *,
        read: Callable[[bytes], list[In]],
        take: Callable[[list[In]], None],
        lost: Callable[[], None],
    ) -> None:
        self._read, self._take, self._lost = read, take, lost
        self._loop = asyncio.get_running_loop()
        self._splitter = Splitter()
        self._transport: asyncio.WriteTransport | None = None
        self._outgoing: list[Any] = []

    async def over(self, channel: socket.socket) -> None:
        """Take a channel over; it is closed with the link."""
        await self._loop.create_unix_connection(lambda: self, sock=channel)

    @property
    def open(self) -> bool:
        return self._transport is not None

    def send(self, item: Any) -> None:
        """Send an item with whatever else is sent in this turn; lost when the link is."""
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(item)

    def close(self) -> None:
        if self._transport is not None:
            self._flush()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._lost()

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._splitter.feed(data):
                self._take(self._read(body))
        except FrameRefused as refusal:
            log.error("a link does not keep to its frames: %s", refusal)
            if self._transport is not None:
                self._transport.abort()

    def _flush(self) -> None:
        items, self._outgoing = self._outgoing, []
        if not items or self._transport is None:
            return
        try:
            self._transport.write(frame_octets(items))
        except (FrameRefused, ValueError, OverflowError, TypeError):
            log.exception("a frame could not be written")  # whoever waits is told by the loss
            self._transport.abort()
