"""Channels of the module's process: an edge has its own, may ask two things, and blocks nobody."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.crypto.envelopes import EnvelopeRefused, seal
from tallystick.crypto.mechanisms import public_key_from_jwk
from tallystick.crypto.modules import (
    ModuleLink,
    ModuleProcess,
    ModuleUnavailable,
    PinCall,
    create_key_file,
    open_module,
)
from tallystick.crypto.modules.frames import (
    Admit,
    Answers,
    Done,
    EstablishPin,
    OpenMessage,
    Sign,
    Start,
    Together,
    VerifyPin,
    frame_octets,
    read_answer,
    receive_frame,
)
from tallystick.ground.secret import Secret

TYP = "tallystick-message+jwe"


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleProcess]:
    path: Path = tmp_path_factory.mktemp("keys") / "module.keys"
    create_key_file(path, Secret(b"a passphrase"))
    with open_module(path, Secret(b"a passphrase")) as made:
        yield made


@pytest.fixture
def edge(module: ModuleProcess) -> Iterator[socket.socket]:
    with module.admit() as channel:
        channel.settimeout(20)
        yield channel


def sealed(module: ModuleProcess, octets: bytes) -> str:
    to = public_key_from_jwk(module.public().message)
    return seal(octets, to=to, kid=to.thumbprint, typ=TYP, cty="JWT")


def opened(channel: socket.socket, *tokens: str) -> list[object]:
    questions = [OpenMessage(token=token, typ=TYP) for token in tokens]
    channel.sendall(frame_octets(Together(questions=list(questions))))
    answer = read_answer(receive_frame(channel))
    assert isinstance(answer, Answers)
    return [one.octets if isinstance(one, Done) else one.reason for one in answer.answers]


def test_an_edge_has_messages_opened(module: ModuleProcess, edge: socket.socket) -> None:
    assert opened(edge, sealed(module, b"one"), "....", sealed(module, b"two")) == [
        b"one",
        "header.size",
        b"two",
    ]


@pytest.mark.parametrize(
    "question",
    [
        Sign(purpose="checkpoint", octets=b"origin\n1\n" + b"A" * 43 + b"=\n"),
        EstablishPin(sealed="", binding=bytes(32), customer="c", digits_min=4),
        OpenMessage(token="", typ=TYP),
        VerifyPin(sealed="", binding=bytes(32), customer="c", reference=bytes(32)),
        Start(path="/etc/passwd", passphrase=b""),
        Admit(),
    ],
    ids=lambda question: type(question).__name__,
)
def test_an_edge_that_asks_for_more_loses_its_channel(
    module: ModuleProcess, edge: socket.socket, question: object
) -> None:
    edge.sendall(frame_octets(question))  # type: ignore[arg-type]
    assert edge.recv(1) == b""
    assert module.sign(purpose="qr", octets=b"others go on")


@pytest.mark.parametrize(
    "octets", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x01x", b"\0\0\0\2xyz"]
)
def test_an_edge_that_speaks_otherwise_loses_its_channel(
    module: ModuleProcess, edge: socket.socket, octets: bytes
) -> None:
    edge.sendall(octets)
    assert edge.recv(1) == b""
    assert module.sign(purpose="qr", octets=b"others go on")


def test_half_a_question_keeps_nobody_waiting(module: ModuleProcess, edge: socket.socket) -> None:
    frame = frame_octets(Together(questions=[OpenMessage(token=sealed(module, b"x"), typ=TYP)]))
    edge.sendall(frame[:50])
    with module.admit() as other:
        other.settimeout(20)
        assert opened(other, sealed(module, b"another's")) == [b"another's"]
    edge.sendall(frame[50:])
    assert isinstance(read_answer(receive_frame(edge)), Answers)


def test_an_edge_that_reads_nothing_keeps_nobody_waiting(
    module: ModuleProcess, edge: socket.socket
) -> None:
    large = sealed(module, b"x" * 9_000)
    frame = frame_octets(Together(questions=[OpenMessage(token=large, typ=TYP)] * 32))
    edge.sendall(frame)
    assert module.sign(purpose="qr", octets=b"others go on")
    assert isinstance(read_answer(receive_frame(edge)), Answers)


def test_a_link_asks_together_and_each_is_answered(module: ModuleProcess) -> None:
    async def ask() -> None:
        link = await ModuleLink.over(module.admit())
        call = PinCall(sealed="x", binding=bytes(32), customer="c", reference=bytes(32))
        tokens = [sealed(module, b"%d" % number) for number in range(40)]
        results = await asyncio.gather(
            *(link.open_message(token, typ=TYP) for token in tokens),
            link.verify_pin(call),
            link.open_message("x", typ=TYP),
            return_exceptions=True,
        )
        assert results[:40] == [b"%d" % number for number in range(40)]
        assert getattr(results[40], "reason", None) == "envelope"
        assert isinstance(results[41], EnvelopeRefused)
        link.close()
        with pytest.raises(ModuleUnavailable):
            await link.open_message(tokens[0], typ=TYP)

    asyncio.run(ask())


def test_a_module_that_hangs_is_lost_in_time() -> None:
    async def ask() -> None:
        ours, theirs = socket.socketpair()
        lost: list[bool] = []
        link = await ModuleLink.over(ours, answer_s_max=0.02, lost=lambda: lost.append(True))
        asked = [link.open_message("x", typ=TYP) for _ in range(3)]
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(one, ModuleUnavailable) for one in results)
        assert (lost, link.usable) == ([True], False)
        theirs.close()

    asyncio.run(ask())
