"""The channels of the module's process: the owner's, and one for every edge that it admits.

Each channel is served in its turn, one question at a time. An edge that sends half a question, or
does not read its answer, keeps nobody waiting but itself; one that does not keep to the frames
loses its channel.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
from collections.abc import Callable

from tallystick.crypto.modules.frames import (
    Admit,
    Answer,
    Done,
    FrameRefused,
    frame_length,
    frame_octets,
    read_question,
)

CHANNELS_MAX = 256
_LENGTH_OCTETS = 4
_CHUNK = 256 * 1024
Reply = Callable[[bytes], Answer]


class Channel:
    """One socket, what came in of a question, and what has to go out of an answer."""

    __slots__ = ("incoming", "outgoing", "reply", "sock")

    def __init__(self, sock: socket.socket, reply: Reply) -> None:
        sock.setblocking(False)
        self.sock, self.reply = sock, reply
        self.incoming, self.outgoing = bytearray(), b""

    def receive(self, data: bytes) -> bytes | None:
        """Take octets in; gives the body of a question that is whole. Refuses: FrameRefused."""
        if self.outgoing:
            raise FrameRefused("nobody speaks before having been answered")
        self.incoming += data
        if len(self.incoming) < _LENGTH_OCTETS:
            return None
        end = _LENGTH_OCTETS + frame_length(bytes(self.incoming[:_LENGTH_OCTETS]))
        if len(self.incoming) > end:
            raise FrameRefused("octets beyond the frame")
        if len(self.incoming) < end:
            return None
        body = bytes(self.incoming[_LENGTH_OCTETS:])
        self.incoming.clear()
        return body

    def send(self, octets: bytes) -> bool:
        """Send what goes out now; says whether all of it went."""
        self.outgoing += octets
        with contextlib.suppress(BlockingIOError):
            self.outgoing = self.outgoing[self.sock.send(self.outgoing) :]
        return not self.outgoing


def serve_channels(owner: socket.socket, reply: Reply, reply_edge: Reply) -> None:
    """Answer on all channels until the owner's is closed.

    Refuses: FrameRefused when the owner does not keep to the frames. Raises: OSError on its end.
    """
    with selectors.DefaultSelector() as selector:
        first = Channel(owner, reply)
        selector.register(owner, selectors.EVENT_READ, first)
        while True:
            for key, mask in selector.select():
                channel: Channel = key.data
                if channel is first:
                    if not _serve_owner(selector, first, mask, reply_edge):
                        return
                elif not _serve_edge(selector, channel, mask):
                    selector.unregister(channel.sock)
                    channel.sock.close()


def _serve_owner(
    selector: selectors.BaseSelector, channel: Channel, mask: int, reply_edge: Reply
) -> bool:
    if mask & selectors.EVENT_WRITE:
        _write(selector, channel, b"")
        return True
    data, given, _, _ = socket.recv_fds(channel.sock, _CHUNK, 1)
    edges = [socket.socket(fileno=number) for number in given]
    body = channel.receive(data) if data else None
    if body is not None and edges:
        if not isinstance(read_question(body), Admit) or len(selector.get_map()) > CHANNELS_MAX:
            raise FrameRefused("no edge can be admitted")
        for sock in edges:
            selector.register(sock, selectors.EVENT_READ, Channel(sock, reply_edge))
        _write(selector, channel, frame_octets(Done(octets=b"")))
    elif edges:
        raise FrameRefused("a channel comes with a whole question")
    elif body is not None:
        _write(selector, channel, frame_octets(channel.reply(body)))
    return bool(data)


def _serve_edge(selector: selectors.BaseSelector, channel: Channel, mask: int) -> bool:
    """Says whether the edge is still there and keeps to the frames."""
    try:
        if mask & selectors.EVENT_WRITE:
            _write(selector, channel, b"")
            return True
        data = channel.sock.recv(_CHUNK)
        body = channel.receive(data) if data else None
        if body is not None:
            _write(selector, channel, frame_octets(channel.reply(body)))
        return bool(data)
    except (FrameRefused, OSError):
        return False


def _write(selector: selectors.BaseSelector, channel: Channel, octets: bytes) -> None:
    whole = channel.send(octets)
    wanted = selectors.EVENT_READ if whole else selectors.EVENT_WRITE
    if selector.get_key(channel.sock).events != wanted:
        selector.modify(channel.sock, wanted, channel)
