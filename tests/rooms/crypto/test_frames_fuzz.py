"""Frames: read exactly, or refused with the one refusal."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.modules import SoftwareModule
from tallystick.crypto.modules.frames import (
    FRAME_MAX,
    Denied,
    Done,
    EstablishPin,
    FrameRefused,
    OpenMessage,
    Question,
    Sign,
    Start,
    VerifyPin,
    frame_length,
    frame_octets,
    read_answer,
    read_question,
    receive_frame,
)
from tallystick.crypto.modules.running import answer, start
from tests.rooms.crypto.made import PASSPHRASE

QUESTIONS: list[Question] = [
    Start(path="keys", passphrase=b"hidden passphrase"),
    OpenMessage(token="a..b.c.d", typ="tallystick-message+jwe"),
    EstablishPin(sealed="x", binding=bytes(32), customer="c", digits_min=4),
    VerifyPin(sealed="x", binding=bytes(32), customer="c", reference=bytes(32)),
    Sign(purpose="qr", octets=b"octets"),
]


def _received(octets: bytes) -> bytes:
    """What is received when the other end writes these octets and goes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(octets)
        theirs.shutdown(socket.SHUT_WR)
        return receive_frame(ours)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_read_as_it_was_written(question: Question) -> None:
    assert read_question(_received(frame_octets(question))) == question


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_frame_shows_what_it_carries(question: Question) -> None:
    assert repr(question) == f"{type(question).__name__}(hidden)"


@given(st.binary(max_size=120))
def test_any_octets_are_only_ever_refused(octets: bytes) -> None:
    for read in (read_question, read_answer):
        with contextlib.suppress(FrameRefused):
            read(octets)
    try:
        assert _received(octets) == octets[4:]
    except FrameRefused:
        return


@given(question=st.sampled_from(QUESTIONS), place=st.integers(0, 10**6), octet=st.integers(0, 255))
def test_an_altered_question_is_read_or_refused(
    software: SoftwareModule, question: Question, place: int, octet: int
) -> None:
    body = bytearray(frame_octets(question)[4:])
    body[place % len(body)] = octet
    try:
        answer(software, bytes(body))
    except FrameRefused:
        return


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_frame_that_ends_early_is_refused(question: Question) -> None:
    octets = frame_octets(question)
    for end in range(1, len(octets)):
        with pytest.raises(FrameRefused):
            _received(octets[:end])


def test_the_end_of_the_channel_is_an_empty_frame() -> None:
    assert _received(b"") == b""


@pytest.mark.parametrize("length", [0, FRAME_MAX + 1, 2**31, 2**32 - 1])
def test_impossible_lengths_are_refused(length: int) -> None:
    with pytest.raises(FrameRefused):
        frame_length(length.to_bytes(4, "big"))
    with pytest.raises(FrameRefused):
        _received(length.to_bytes(4, "big") + b"x" * 8)


def test_octets_beyond_the_frame_are_refused() -> None:
    with pytest.raises(FrameRefused):
        _received(frame_octets(Done(octets=b"")) + b"\0")


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(FrameRefused):
        frame_octets(Done(octets=bytes(FRAME_MAX)))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"type": "sign", "purpose": "qr", "octets": b"", "extra": 1},
        {"type": "sign", "purpose": "qr"},
        {"type": "sign", "purpose": "q" * 257, "octets": b""},
        {"type": "sign", "purpose": "qr", "octets": bytes(64 * 1024 + 1)},
        {"type": "export", "purpose": "message"},
        {"type": "open-message", "token": "x" * 16_385, "typ": "t"},
        {
            "type": "establish-pin",
            "sealed": "",
            "binding": bytes(32),
            "customer": "",
            "digits_min": -1,
        },
        {"purpose": "qr", "octets": b""},
        ["sign", "qr", b""],
        7,
    ],
)
def test_questions_of_another_shape_are_refused(spoilt: object) -> None:
    with pytest.raises(FrameRefused):
        read_question(msgspec.msgpack.encode(spoilt))


def test_a_question_is_not_an_answer() -> None:
    with pytest.raises(FrameRefused):
        read_answer(frame_octets(QUESTIONS[1])[4:])
    with pytest.raises(FrameRefused):
        read_question(frame_octets(Denied(code="a", reason="b"))[4:])


def test_a_module_is_started_once_and_first(software: SoftwareModule, key_file: Path) -> None:
    again = frame_octets(Start(path=str(key_file), passphrase=PASSPHRASE.reveal()))
    with pytest.raises(FrameRefused):
        answer(software, again[4:])
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frame_octets(Sign(purpose="qr", octets=b"")))
        with pytest.raises(FrameRefused):
            start(ours)
        theirs.shutdown(socket.SHUT_WR)
        assert start(ours) is None
