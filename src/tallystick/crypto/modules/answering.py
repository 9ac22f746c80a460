"""Questions of one channel put to a module: the owner may ask everything, an edge two things."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import assert_never

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules.frames import (
    Admit,
    Answer,
    Answers,
    Denied,
    Done,
    EstablishPin,
    FrameRefused,
    OpenMessage,
    Request,
    Sign,
    Start,
    Together,
    VerifyPin,
    frame_octets,
    read_question,
    receive_frame,
    trouble_of,
)
from tallystick.crypto.modules.ports import CryptoModule
from tallystick.crypto.modules.refusals import ModuleUnavailable, PinNotVerified, PurposeRefused
from tallystick.ground.errors import Defect


def answer(module: CryptoModule, body: bytes) -> Answer:
    """Do one thing that was asked. Refuses: FrameRefused for a question that is none."""
    question = read_question(body)
    if isinstance(question, Start | Admit):
        raise FrameRefused("the module was started already")
    try:
        if isinstance(question, Together):
            return Answers(answers=[_answer_one(module, one) for one in question.questions])
        return _answer_one(module, question)
    except Defect as error:
        return trouble_of(error)


def answer_edge(module: CryptoModule, body: bytes) -> Answer:
    """Do what an edge may ask: open messages, compare PINs. Refuses: FrameRefused."""
    question = read_question(body)
    if not isinstance(question, Together):
        raise FrameRefused("an edge asks several questions together, and no others")
    try:
        return Answers(answers=[_answer_one(module, one) for one in question.questions])
    except Defect as error:
        return trouble_of(error)


def _answer_one(module: CryptoModule, question: Request) -> Done | Denied:
    try:
        return Done(octets=_ask(module, question))
    except (EnvelopeRefused, PinNotVerified, PurposeRefused) as refusal:
        return Denied(code=refusal.code, reason=refusal.reason)
    except ModuleUnavailable as refusal:  # the token that has the key; the rest goes on
        return Denied(code=refusal.code, reason=str(refusal)[:256])


def _ask(module: CryptoModule, question: Request) -> bytes:
    match question:
        case OpenMessage(token=token, typ=typ):
            return module.open_message(token, typ=typ)
        case VerifyPin(sealed=sealed, binding=binding, customer=customer, reference=reference):
            module.verify_pin(
                sealed=sealed, binding=binding, customer=customer, reference=reference
            )
            return b""
        case EstablishPin(sealed=sealed, binding=binding, customer=customer, digits_min=least):
            return module.establish_pin(
                sealed=sealed, binding=binding, customer=customer, digits_min=least
            )
        case Sign(purpose=purpose, octets=octets):
            return module.sign(purpose=purpose, octets=octets)  # type: ignore[arg-type]
        case _:
            assert_never(question)


def admit_by_thread(module: CryptoModule) -> socket.socket:
    """A channel for an edge to a module of this process, served by a thread until it is closed."""
    ours, theirs = socket.socketpair()
    threading.Thread(target=_serve_edge, args=(module, theirs), daemon=True).start()
    return ours


def _serve_edge(module: CryptoModule, channel: socket.socket) -> None:
    with channel, contextlib.suppress(FrameRefused, OSError):
        while body := receive_frame(channel):
            channel.sendall(frame_octets(answer_edge(module, body)))
