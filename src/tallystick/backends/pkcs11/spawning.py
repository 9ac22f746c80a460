"""One process of the worker, from its start to its end."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from tallystick.backends.pkcs11.frames import Answer, Question, read_keeper_answer
from tallystick.crypto.keys import DIRECTORY_VARIABLE
from tallystick.crypto.modules import (
    FrameRefused,
    ModuleUnavailable,
    end_process,
    frame_octets,
    receive_frame,
    start_process,
    wait_at_most,
)

_WORKER = "tallystick.backends.pkcs11.worker"
_START_SECONDS_MAX = 60
_ANSWER_SECONDS_MAX = 10


class WorkerProcess:
    """Spawned, never forked: a vendor's library does not survive a fork.

    Nothing of our environment reaches it but where our code is and where credentials are.
    """

    def __init__(self, path: Path) -> None:
        self.usable, self._owner = True, os.getpid()
        self._channel, self._process = start_process(
            _WORKER, str(path.absolute()), keep=(DIRECTORY_VARIABLE,), wait_s=_START_SECONDS_MAX
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_less(self) -> None:
        """Once it is started, it answers soon or counts as lost."""
        wait_at_most(self._channel, _ANSWER_SECONDS_MAX)

    def ask(self, question: Question) -> Answer:
        """One question, one answer. Raises: ModuleUnavailable, and is not usable from then on."""
        frame = frame_octets(question)
        if not self.usable or self._owner != os.getpid():
            raise ModuleUnavailable("the token's process is gone")
        self.usable = False  # until the answer is in: half an exchange cannot be continued
        try:
            self._channel.sendall(frame)
            answer = read_keeper_answer(receive_frame(self._channel))
        except (OSError, FrameRefused):
            raise ModuleUnavailable("the token does not answer") from None
        self.usable = True
        return answer

    def end(self) -> None:
        """End it by closing its channel, or the hard way. Doing it twice is harmless."""
        self.usable = False
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        self._channel.close()
        if self._owner != os.getpid():
            return
        end_process(self._process)
