"""Two modules carry a key from one to the other past a quantum computer."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.mechanisms import SignatureScheme
from tallystick.crypto.payment import (
    Bench,
    Call,
    CreateHybridPair,
    CreateKey,
    Denied,
    DrawNonce,
    ExportHybrid,
    ImportCryptogram,
    ImportHybrid,
    ImportHybridParty,
    KeyView,
    LocalModule,
    MakeRequest,
    Sign,
)
from tallystick.ground.clock import DAY_MS, ManualClock
from tallystick.testing import local_bench


class Side:
    """One of two modules."""

    def __init__(self, clock: ManualClock) -> None:
        self.bench: Bench = local_bench(clock=clock)
        self.module = LocalModule(self.bench)

    def ask(self, call: Call) -> Any:
        (answer,) = self.module.perform([call])
        assert not isinstance(answer, Denied), (answer.code, answer.text, answer.where)
        return answer

    def denied(self, call: Call) -> tuple[str, str]:
        (answer,) = self.module.perform([call])
        assert isinstance(answer, Denied), answer
        return answer.code, answer.where

    def pair(self, algorithm: str) -> KeyView:
        view = self.ask(CreateHybridPair(algorithm=algorithm))  # type: ignore[arg-type]
        assert isinstance(view, KeyView)
        return view

    def meet(self, other: KeyView) -> str:
        taken = ImportHybridParty(algorithm=str(other.algorithm), public=other.public)  # type: ignore[arg-type]
        handle: str = self.ask(taken).key
        return handle


class Way:
    """From a distributor to a recipient."""

    def __init__(self, suite: str = "MLKEM768-X25519") -> None:
        self.clock = ManualClock()
        self.host, self.device = Side(self.clock), Side(self.clock)
        self.signer, self.own = self.host.pair("ML-DSA-65-P384"), self.device.pair(suite)
        self.to = self.host.meet(self.own)
        self.by = self.device.meet(self.signer)

    def key(self, algorithm: KeyAlgorithm = KeyAlgorithm.AES_128, **more: Any) -> KeyView:
        wanted: dict[str, Any] = {"exportability": Exportability.EXPORTABLE} | more
        view = self.host.ask(
            CreateKey(
                usage=KeyUsage.KEY_ENCRYPTION, algorithm=algorithm, mode=KeyMode.BOTH, **wanted
            )
        )
        assert isinstance(view, KeyView)
        return view

    def send(self, key: KeyView, nonce: bytes) -> ExportHybrid:
        return ExportHybrid(key=key.key, signer=self.signer.key, recipient=self.to, nonce=nonce)

    def take(self, block: bytes, nonce: bytes) -> ImportHybrid:
        return ImportHybrid(block=block, recipient=self.own.key, signer=self.by, nonce=nonce)


@pytest.mark.parametrize(
    ("suite", "algorithm"),
    [("MLKEM768-X25519", KeyAlgorithm.AES_192), ("MLKEM1024-P384", KeyAlgorithm.AES_256)],
)
def test_a_key_travels(suite: str, algorithm: KeyAlgorithm) -> None:
    way = Way(suite)
    key, nonce = way.key(algorithm), way.device.ask(DrawNonce()).nonce
    sent = way.host.ask(way.send(key, nonce))
    view = way.device.ask(way.take(sent.block, nonce))
    assert (view.check_value, view.algorithm) == (key.check_value, algorithm)
    octets = [
        side.bench.key(one.key, usages={one.usage}, action=KeyAction.WRAP).octets
        for side, one in ((way.host, key), (way.device, view))
    ]
    assert octets[0] == octets[1]


def test_a_nonce_is_for_one_key_within_a_day() -> None:
    way = Way()
    nonce = way.device.ask(DrawNonce()).nonce
    sent = way.host.ask(way.send(way.key(), nonce))
    assert way.device.denied(way.take(sent.block, bytes(16))) == ("key.conflict", "nonce")
    way.device.ask(way.take(sent.block, nonce))
    assert way.device.denied(way.take(sent.block, nonce)) == ("key.conflict", "nonce")
    late = way.device.ask(DrawNonce()).nonce
    sent = way.host.ask(way.send(way.key(), late))
    way.clock.advance(ms=DAY_MS)
    assert way.device.denied(way.take(sent.block, late)) == ("key.conflict", "nonce")


def test_whatever_is_wrong_looks_the_same() -> None:
    way = Way()
    nonce, other = (way.device.ask(DrawNonce()).nonce for _ in range(2))
    block = way.host.ask(way.send(way.key(), nonce)).block
    for wrong, drawn in ((block[:-1], nonce), (block, other), (b"no DER", nonce)):
        assert way.device.denied(way.take(wrong, drawn)) == ("ciphertext.refused", "")
    way.device.ask(way.take(block, nonce))


def test_what_does_not_leave_does_not_leave() -> None:
    way = Way()
    stays = way.key(exportability=Exportability.NOT_EXPORTABLE)
    assert way.host.denied(way.send(stays, bytes(16))) == ("key.unusable", "key")
    strong = way.key(KeyAlgorithm.AES_256)
    assert way.host.denied(way.send(strong, bytes(16))) == ("call.malformed", "strength")


def test_a_hybrid_key_has_no_other_use() -> None:
    way = Way()
    sign = Sign(key=way.signer.key, octets=b"x", scheme=SignatureScheme.ECDSA)
    assert way.host.denied(sign) == ("key.unusable", "key")
    request = MakeRequest(key=way.signer.key, common_name="x")
    assert way.host.denied(request) == ("key.unusable", "key")
    cryptogram = ImportCryptogram(
        cryptogram=b"x", token=way.own.key, usage=KeyUsage.DATA_ENCRYPTION,
        algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH,
    )  # fmt: skip
    assert way.device.denied(cryptogram) == ("key.unusable", "token")


@pytest.mark.parametrize("algorithm", ["MLKEM768-X25519", "MLKEM1024-P384", "ML-DSA-65-P384"])
def test_strangers_keys_are_refused(algorithm: str) -> None:
    side = Side(ManualClock())
    for octets in (b"x", b"\xff" * 1216, b"\xff" * 1665, b"\xff" * 2072):
        call = ImportHybridParty(algorithm=algorithm, public=octets)  # type: ignore[arg-type]
        assert side.denied(call) == ("call.malformed", "public")
    call = ImportHybridParty(algorithm=algorithm, public=b"x", domain="production")  # type: ignore[arg-type]
    assert side.denied(call)[0] == "call.malformed"
