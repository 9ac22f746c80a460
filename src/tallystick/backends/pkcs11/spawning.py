"""One process of the worker, from its start to its end."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tallystick.backends.pkcs11.frames import Answer, Question, keeper_frame, read_keeper_answer
from tallystick.crypto.keys import DIRECTORY_VARIABLE
from tallystick.crypto.modules import FrameRefused, ModuleUnavailable, receive_frame

_SOURCE = Path(__file__).parents[3]
_WORKER = "tallystick.backends.pkcs11.worker"
_START_SECONDS_MAX = 60
_ANSWER_SECONDS_MAX = 10
_CLOSE_SECONDS_MAX = 5


class WorkerProcess:
    """Spawned, never forked: a vendor's library does not survive a fork.

    Nothing of our environment reaches it but where our code is and where credentials are.
    """

    def __init__(self, path: Path) -> None:
        self.usable, self._owner = True, os.getpid()
        self._channel, theirs = socket.socketpair()
        self._wait_at_most(_START_SECONDS_MAX)
        environment = {"PYTHONPATH": str(_SOURCE)}
        if DIRECTORY_VARIABLE in os.environ:
            environment[DIRECTORY_VARIABLE] = os.environ[DIRECTORY_VARIABLE]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                [
                    sys.executable, "-P", "-s", "-B", "-m", _WORKER,
                    str(theirs.fileno()), str(path.absolute()),
                ],
                env=environment,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_less(self) -> None:
        """Once it is started, it answers soon or counts as lost."""
        self._wait_at_most(_ANSWER_SECONDS_MAX)

    def ask(self, question: Question) -> Answer:
        """One question, one answer. Raises: ModuleUnavailable, and is not usable from then on."""
        frame = keeper_frame(question)
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
        try:
            self._process.wait(_CLOSE_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_at_most(self, seconds: int) -> None:
        limit = struct.pack("@ll", seconds, 0)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
