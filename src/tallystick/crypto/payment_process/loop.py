"""The loop of a payment module's process: one owner, others who may connect, one thread.

The owner's channel is inherited; the process ends when its other end is closed. Others connect to
a socket file of mode 0600 and must be the same user (SO_PEERCRED). Each channel is served in its
turn; one that does not keep to the frames loses its channel.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from tallystick.crypto.modules import (
    CHANNELS_MAX,
    Channel,
    FrameRefused,
    frame_octets,
    harden,
    receive_frame,
    trouble_of,
)
from tallystick.crypto.payment import Answer, Denied, PaymentModule
from tallystick.crypto.payment_process.frames import (
    Ask,
    Batch,
    Perform,
    Performed,
    Reply,
    Start,
    State,
    read_question,
)
from tallystick.ground.errors import Defect, Misconfigured

_CHUNK = 256 * 1024
_TOO_LONG = Denied(code="module.defect", text="the answers are too long together")
Opening = Callable[[Start], PaymentModule]


def run(descriptor: int, opening: Opening) -> int:
    """Harden, start as the owner says, serve until the owner is gone. Gives the exit status."""
    harden()
    with socket.socket(fileno=descriptor) as owner:
        try:
            started = _start(owner, opening)
            if started is not None:
                module, path = started
                with contextlib.closing(module), _listening(path) as others:
                    _serve(owner, others, module)
        except (FrameRefused, OSError):
            return 1
    return 0


def _start(owner: socket.socket, opening: Opening) -> tuple[PaymentModule, str] | None:
    body = receive_frame(owner)
    if not body:
        return None
    question = read_question(body)
    if not isinstance(question, Start):
        raise FrameRefused("the module has not been started")
    try:
        module = opening(question)
    except (Misconfigured, Defect) as error:
        owner.sendall(frame_octets(trouble_of(error)))
        return None
    owner.sendall(frame_octets(_state(module)))
    return module, question.listen


@contextlib.contextmanager
def _listening(path: str):  # type: ignore[no-untyped-def]
    """A socket file that the same user may connect to, or None."""
    if not path:
        yield None
        return
    file = Path(path)
    file.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        mask = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(mask)
        listener.listen(16)
        listener.setblocking(False)
        try:
            yield listener
        finally:
            file.unlink(missing_ok=True)


def _serve(owner: socket.socket, listener: socket.socket | None, module: PaymentModule) -> None:
    first = Channel(owner, lambda body: None)  # type: ignore[arg-type,return-value]
    with selectors.DefaultSelector() as selector:
        selector.register(owner, selectors.EVENT_READ, first)
        if listener is not None:
            selector.register(listener, selectors.EVENT_READ)
        while True:
            for key, mask in selector.select():
                if key.data is None:
                    _admit(selector, listener)
                elif not _exchange(selector, key.data, mask, module):
                    if key.data is first:
                        return
                    selector.unregister(key.data.sock)
                    key.data.sock.close()


def _admit(selector: selectors.BaseSelector, listener: socket.socket | None) -> None:
    if listener is None:
        return
    with contextlib.suppress(OSError):
        sock, _ = listener.accept()
        told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", told)[1] != os.geteuid() or len(selector.get_map()) > CHANNELS_MAX:
            sock.close()
            return
        channel = Channel(sock, lambda body: None)  # type: ignore[arg-type,return-value]
        selector.register(sock, selectors.EVENT_READ, channel)


def _exchange(
    selector: selectors.BaseSelector, channel: Channel, mask: int, module: PaymentModule
) -> bool:
    """Says whether the other end is still there and keeps to the frames."""
    try:
        if mask & selectors.EVENT_WRITE:
            _write(selector, channel, b"")
            return True
        data = channel.sock.recv(_CHUNK)
        body = channel.receive(data) if data else None
        if body is not None:
            _write(selector, channel, _framed(_reply(module, body)))
        return bool(data)
    except (FrameRefused, OSError):
        return False


def _reply(module: PaymentModule, body: bytes) -> Reply:
    match read_question(body):
        case Perform(calls=calls):
            return Performed(answers=module.perform(calls))
        case Batch() as batch:
            return Performed(answers=_each(module, batch))
        case Ask():
            return _state(module)
        case _:
            raise FrameRefused("the module was started already")


def _each(module: PaymentModule, batch: Batch) -> list[Answer | Denied]:
    """The answers to calls of which some are none, each in its place."""
    found = batch.each()
    answers = iter(module.perform([one for one in found if not isinstance(one, Denied)]))
    return [one if isinstance(one, Denied) else next(answers) for one in found]


def _framed(reply: Reply) -> bytes:
    """A frame; refusals where all answers together are too long for one."""
    try:
        return frame_octets(reply)
    except FrameRefused:
        if not isinstance(reply, Performed):
            raise
        return frame_octets(Performed(answers=[_TOO_LONG] * len(reply.answers)))


def _state(module: PaymentModule) -> State:
    now = module.state()
    return State(
        level=now.level,
        master=now.master,
        policy=now.policy,
        sequence=now.sequence,
        healthy=now.healthy,
        statement=now.statement,
    )


def _write(selector: selectors.BaseSelector, channel: Channel, octets: bytes) -> None:
    whole = channel.send(octets)
    wanted = selectors.EVENT_READ if whole else selectors.EVENT_WRITE
    if selector.get_key(channel.sock).events != wanted:
        selector.modify(channel.sock, wanted, channel)
