"""PaymentModuleProcess: the payment module in a process of its own; this one holds no key."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Self

from tallystick.crypto.keys import DIRECTORY_VARIABLE, AssuranceLevel
from tallystick.crypto.modules import (
    FrameRefused,
    ModuleUnavailable,
    Trouble,
    end_process,
    error_of,
    frame_octets,
    receive_frame,
    start_process,
    wait_at_most,
)
from tallystick.crypto.payment import Answer, Call, Denied, ModulePolicy, ModuleState
from tallystick.crypto.payment_process.frames import (
    Ask,
    Perform,
    Performed,
    Question,
    Reply,
    Start,
    State,
    read_reply,
)
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

_START_SECONDS_MAX = 60
_ANSWER_SECONDS_MAX = 30


class PaymentModuleClient:
    """Implements PaymentModule over one socket. One exchange at a time, from any thread.

    After one unanswered exchange the module counts as lost: ModuleUnavailable from then on.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel, self._lock = channel, threading.Lock()
        self._usable, self._owner = True, os.getpid()

    def state(self) -> ModuleState:
        return _inside(self.ask(Ask()))

    def perform(self, calls: Sequence[Call]) -> list[Answer | Denied]:
        try:
            reply = self.ask(Perform(calls=list(calls)))
        except FrameRefused:
            if len(calls) < 2:
                raise
            half = len(calls) // 2  # too long together, and nothing was sent
            return self.perform(calls[:half]) + self.perform(calls[half:])
        if not isinstance(reply, Performed) or len(reply.answers) != len(calls):
            raise Defect("the payment module gave the answer to another question")
        return reply.answers

    def ask(self, question: Question) -> Reply:
        """One question, its answer. Raises: ModuleUnavailable."""
        octets = frame_octets(question)
        with self._lock:
            if not self._usable or self._owner != os.getpid():
                raise ModuleUnavailable("the payment module is closed")
            self._usable = False  # until the answer is in: half an exchange cannot be continued
            try:
                self._channel.sendall(octets)
                reply = read_reply(receive_frame(self._channel))
            except (OSError, FrameRefused):
                raise ModuleUnavailable("the payment module does not answer") from None
            self._usable = True
            return reply

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for an answer
        with self._lock:
            self._usable = False
            self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise Defect("a crypto module is not serialised")


class PaymentModuleProcess(PaymentModuleClient):
    """Starts the process and owns it: the process ends when this is closed.

    Takes:   entrance, the module (for `python -m`) that runs the process.
    Refuses: Misconfigured as whatever opens the home there.
    """

    def __init__(
        self,
        home: Path,
        passphrase: Secret,
        policy: ModulePolicy | None,
        *,
        entrance: str,
        listen: Path | None = None,
    ) -> None:
        channel, self._process = start_process(
            entrance, keep=(DIRECTORY_VARIABLE,), wait_s=_START_SECONDS_MAX
        )
        super().__init__(channel)
        try:
            start = Start(
                home=str(home),
                passphrase=passphrase.reveal(),
                policy=policy,
                listen="" if listen is None else str(listen),
            )
            _inside(self.ask(start))
            wait_at_most(channel, _ANSWER_SECONDS_MAX)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        super().close()
        if self._owner != os.getpid():
            return
        end_process(self._process)


def connect(path: Path) -> PaymentModuleClient:
    """A channel to a module that listens. Raises: ModuleUnavailable when nobody does."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        wait_at_most(channel, _ANSWER_SECONDS_MAX)
        channel.connect(str(path))
    except OSError:
        channel.close()
        raise ModuleUnavailable("no payment module listens there") from None
    return PaymentModuleClient(channel)


def _inside(reply: Reply) -> ModuleState:
    match reply:
        case State():
            return ModuleState(
                level=AssuranceLevel(reply.level),
                master=reply.master,
                policy=reply.policy,
                sequence=reply.sequence,
                healthy=reply.healthy,
                statement=reply.statement,
            )
        case Trouble():
            raise error_of(reply)
        case _:
            raise Defect("the payment module gave the answer to another question")
