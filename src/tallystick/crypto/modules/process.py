"""The process around a software module: `python -m tallystick.crypto.modules.process FD`.

It inherits one channel, a socket, and ends when the other end of it is closed. Over that channel it
is given others: whoever holds the far end of one may have messages opened and PINs compared, and
nothing signed. It dumps no core, cannot be traced by its own user, writes nothing and logs nothing.
What it does not do: lock its memory against swapping, or erase what Python has copied.
"""

from __future__ import annotations

import gc
import socket
import sys
from functools import partial
from pathlib import Path

from tallystick.crypto.keys import KeyRing, read_key_file
from tallystick.crypto.modules.answering import answer, answer_edge
from tallystick.crypto.modules.channels import serve_channels
from tallystick.crypto.modules.frames import (
    FrameRefused,
    Start,
    Started,
    Trouble,
    frame_octets,
    read_question,
    receive_frame,
)
from tallystick.crypto.modules.hardening import harden
from tallystick.crypto.modules.ports import CryptoModule, PublicKeys
from tallystick.crypto.modules.software import SoftwareModule
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret


def main() -> int:
    """Harden, start, serve until the client is gone."""
    harden()
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        try:
            module = start(channel)
            gc.freeze()
            gc.set_threshold(50_000, 20, 100)
            if module is not None:
                serve_channels(channel, partial(answer, module), partial(answer_edge, module))
        except (FrameRefused, OSError):
            return 1
    return 0


def start(channel: socket.socket) -> CryptoModule | None:
    """Open the key file that the client names, answer with the public keys, or say the trouble."""
    body = receive_frame(channel)
    if not body:
        return None
    question = read_question(body)
    if not isinstance(question, Start):
        raise FrameRefused("the module has not been started")
    try:
        module = SoftwareModule(_read_keys(question))
    except Misconfigured as error:
        trouble = _trouble("misconfigured", error.problem, error.where, error.allowed)
    except Defect as error:
        trouble = _trouble("defect", str(error), "", "")
    else:
        channel.sendall(frame_octets(_started(module.public())))
        return module
    channel.sendall(frame_octets(trouble))
    return None


def _read_keys(question: Start) -> KeyRing:
    return read_key_file(Path(question.path), Secret(question.passphrase))


def _started(public: PublicKeys) -> Started:
    return Started(
        message=public.message,
        pin=public.pin,
        qr=public.qr,
        checkpoint=public.checkpoint,
        certificate=public.certificate,
        level=public.level,
        module=public.module,
    )


def _trouble(kind: str, problem: str, where: str, allowed: str) -> Trouble:
    return Trouble(kind=kind, problem=problem, where=where, allowed=allowed)


if __name__ == "__main__":
    raise SystemExit(main())
