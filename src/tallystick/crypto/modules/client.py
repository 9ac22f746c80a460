"""ModuleProcess: the crypto module in a process of its own; this one holds no private key."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Self

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.keys import DIRECTORY_VARIABLE
from tallystick.crypto.modules.frames import (
    Admit,
    Answer,
    Answers,
    Denied,
    Done,
    EstablishPin,
    FrameRefused,
    OpenMessage,
    Question,
    Request,
    Sign,
    Start,
    Started,
    Together,
    Trouble,
    VerifyPin,
    error_of,
    frame_octets,
    read_answer,
    read_started,
    receive_frame,
)
from tallystick.crypto.modules.pin import check_pin_call
from tallystick.crypto.modules.ports import PinCall, PublicKeys
from tallystick.crypto.modules.purposes import SIGNED_OCTETS_MAX, SigningPurpose
from tallystick.crypto.modules.refusals import ModuleUnavailable, PinNotVerified, PurposeRefused
from tallystick.crypto.modules.starting import end_process, start_process, wait_at_most
from tallystick.ground.errors import Defect, Refused
from tallystick.ground.limits import MESSAGE_MAX
from tallystick.ground.secret import Secret

ENTRANCE = "tallystick.crypto.modules.process"
_START_SECONDS_MAX = 90
_ANSWER_SECONDS_MAX = 5
_REFUSALS: dict[str, Callable[[str], Refused]] = {
    refusal.code: refusal
    for refusal in (EnvelopeRefused, PinNotVerified, PurposeRefused, ModuleUnavailable)
}


def open_module(
    path: Path, passphrase: Secret, *, token: Path | None = None, entrance: str = ENTRANCE
) -> ModuleProcess:
    """Start the crypto module over a key file, in a process of its own.

    Takes:   token, the file that names the token that the key file is under: then there is no
             passphrase, and `entrance` is the program that can ask a token.
    Refuses: Misconfigured for a wrong passphrase or token, an altered file, or one that others may
             read.
    Raises:  Defect when a self-test of the module fails.
    """
    return ModuleProcess(path, passphrase, token=token, entrance=entrance)


class ModuleProcess:
    """A crypto module in a process of its own; implements CryptoModule.

    One call at a time, from any thread. After one unanswered call the module counts as lost:
    everything is ModuleUnavailable until it is started anew. Close it, or use it in a `with`.
    """

    def __init__(
        self,
        path: Path,
        passphrase: Secret,
        *,
        token: Path | None = None,
        entrance: str = ENTRANCE,
    ) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._usable = True
        self._channel, self._process = start_process(
            entrance, keep=() if token is None else (DIRECTORY_VARIABLE,), wait_s=_START_SECONDS_MAX
        )
        try:
            named = "" if token is None else str(token)
            question = Start(path=str(path), passphrase=passphrase.reveal(), token=named)
            self._public = _read_public(self._ask(question))
            wait_at_most(self._channel, _ANSWER_SECONDS_MAX)
        except BaseException:
            self.close()
            raise

    def public(self) -> PublicKeys:
        return self._public

    def open_message(self, token: str, *, typ: str) -> bytes:
        if not _fits(token):
            raise EnvelopeRefused("size")
        return self._do(OpenMessage(token=token, typ=typ))

    def open_messages(self, tokens: Sequence[str], *, typ: str) -> list[bytes | EnvelopeRefused]:
        asked = [token if _fits(token) else "" for token in tokens]
        answers = self._do_together([OpenMessage(token=token, typ=typ) for token in asked])
        return [
            answer.octets if isinstance(answer, Done) else EnvelopeRefused(answer.reason)
            for answer in answers
        ]

    def verify_pins(self, calls: Sequence[PinCall]) -> list[PinNotVerified | None]:
        answers = self._do_together([_verify_question(call) for call in calls])
        return [
            None if isinstance(answer, Done) else PinNotVerified(answer.reason)
            for answer in answers
        ]

    def establish_pin(
        self, *, sealed: str, binding: bytes, customer: str, digits_min: int
    ) -> bytes:
        check_pin_call(sealed=sealed, binding=binding, customer=customer)
        return self._do(
            EstablishPin(sealed=sealed, binding=binding, customer=customer, digits_min=digits_min)
        )

    def verify_pin(self, *, sealed: str, binding: bytes, customer: str, reference: bytes) -> None:
        check_pin_call(sealed=sealed, binding=binding, customer=customer)
        self._do(VerifyPin(sealed=sealed, binding=binding, customer=customer, reference=reference))

    def sign(self, *, purpose: SigningPurpose, octets: bytes) -> bytes:
        if len(octets) > SIGNED_OCTETS_MAX:
            raise PurposeRefused(purpose)
        return self._do(Sign(purpose=purpose, octets=octets))

    def admit(self) -> socket.socket:
        """A channel of its own for an edge: it opens messages and compares PINs, and signs nothing.

        Refuses: ModuleUnavailable.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                answer = self._ask(Admit(), with_channel=theirs)
            except ModuleUnavailable:
                ours.close()
                raise
        if not isinstance(answer, Done):
            ours.close()
            raise Defect("the crypto module gave the answer to another question")
        return ours

    def close(self) -> None:
        """End the process by closing its channel; end it the hard way when it does not listen."""
        if self._owner != os.getpid():
            self._channel.close()
            return
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for an answer
        with self._lock:
            self._usable = False
            self._channel.close()
        end_process(self._process)

    def _do(self, question: Request) -> bytes:
        match self._ask(question):
            case Done(octets=octets):
                return octets
            case Denied(code=code, reason=reason) if code in _REFUSALS:
                raise _REFUSALS[code](reason)
            case Trouble(problem=problem):
                raise Defect(problem)
            case _:
                raise Defect("the crypto module gave the answer to another question")

    def _do_together(self, questions: Sequence[OpenMessage | VerifyPin]) -> list[Done | Denied]:
        match self._ask(Together(questions=list(questions))):
            case Answers(answers=answers) if len(answers) == len(questions):
                return answers
            case Trouble(problem=problem):
                raise Defect(problem)
            case _:
                raise Defect("the crypto module gave the answer to another question")

    def _ask(self, question: Question, *, with_channel: socket.socket | None = None) -> Answer:
        frame = frame_octets(question)
        with self._lock:
            if not self._usable or self._owner != os.getpid():
                raise ModuleUnavailable("the crypto module is closed")
            self._usable = False  # until the answer is in: half an exchange cannot be continued
            try:
                if with_channel is not None:
                    socket.send_fds(self._channel, [frame], [with_channel.fileno()])
                else:
                    self._channel.sendall(frame)
                answer = read_answer(receive_frame(self._channel))
            except (OSError, FrameRefused):
                raise ModuleUnavailable("the crypto module does not answer") from None
            self._usable = True
            return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ModuleProcess({self._public.module})"

    def __reduce__(self) -> NoReturn:
        raise Defect("a crypto module is not serialised")


def _read_public(answer: Answer) -> PublicKeys:
    match answer:
        case Started():
            return read_started(answer)
        case Trouble():
            raise error_of(answer)
        case _:
            raise Defect("the crypto module gave the answer to another question")


def _fits(token: str) -> bool:
    return len(token) <= MESSAGE_MAX and token.isascii()


def _verify_question(call: PinCall) -> VerifyPin:
    """One call as a question; what can be no sealed PIN is asked as nothing, and refused there."""
    sealed = call.sealed
    try:
        check_pin_call(sealed=sealed, binding=call.binding, customer=call.customer)
    except PinNotVerified:
        sealed = ""
    return VerifyPin(
        sealed=sealed,
        binding=call.binding,
        customer=call.customer,
        reference=call.reference,
    )
