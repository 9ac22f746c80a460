"""A module in a process of its own, from its start to its end.

It inherits one channel, a socket, and ends when the other end of it is closed. Over that channel it
is given others: whoever holds the far end of one may have messages opened and PINs compared, and
nothing signed. It dumps no core, cannot be traced by its own user, writes nothing and logs nothing.
What it does not do: lock its memory against swapping, or erase what Python has copied.
"""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tallystick.crypto.keys import AssuranceLevel, read_key_file
from tallystick.crypto.modules.answering import answer, answer_edge
from tallystick.crypto.modules.channels import serve_channels
from tallystick.crypto.modules.frames import (
    FrameRefused,
    Start,
    frame_octets,
    read_question,
    receive_frame,
    started_frame,
    trouble_of,
)
from tallystick.crypto.modules.hardening import harden
from tallystick.crypto.modules.kept import kept_in_file
from tallystick.crypto.modules.ports import CryptoModule
from tallystick.crypto.modules.software import SoftwareModule
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

Opening = Callable[[Start], CryptoModule]


def run_module_process(fd: int, opening: Opening) -> int:
    """Harden, start, serve until the client is gone.

    `opening` makes the module that the client asks for. Refuses: Misconfigured, Defect.
    """
    harden()
    with socket.socket(fileno=fd) as channel:
        try:
            module = start(channel, opening)
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            if module is not None:
                serve_channels(channel, partial(answer, module), partial(answer_edge, module))
        except (FrameRefused, OSError):
            return 1
    return 0


def open_key_file(question: Start) -> CryptoModule:
    """The module of a key file under a passphrase. Refuses: Misconfigured."""
    ring = read_key_file(Path(question.path), Secret(question.passphrase))
    return SoftwareModule(ring, kept=kept_in_file(ring, AssuranceLevel.S1))


def start(channel: socket.socket, opening: Opening = open_key_file) -> CryptoModule | None:
    """Open the key file that the client names, answer with the public keys, or say the trouble."""
    body = receive_frame(channel)
    if not body:
        return None
    question = read_question(body)
    if not isinstance(question, Start):
        raise FrameRefused("the module has not been started")
    try:
        module = opening(question)
    except (Misconfigured, Defect) as error:
        channel.sendall(frame_octets(trouble_of(error)))
        return None
    channel.sendall(frame_octets(started_frame(module.public())))
    return module
