"""Key serial numbers in the module: used once, by what was right, and over a restart."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyUsage
from tallystick.crypto.keys import SoftwareMasterKey
from tallystick.crypto.payment import (
    Bench,
    ByTransaction,
    Denied,
    DukptKind,
    DukptUse,
    GeneratedMac,
    GenerateMac,
    MacAlgorithm,
    ModulePolicy,
    VerifiedMac,
    VerifyMac,
)
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore, local_bench, local_module
from tests.rooms.crypto.kept import code_of, keep_key, one

h = bytes.fromhex
TIME = b"Now is the time for all "
AES_BASE = h("fedcba9876543210f1f1f1f1f1f1f1f1")
AES_SERIAL = h("123456789012345600000001")
A128 = KeyAlgorithm.AES_128


def mac_of(module: Any, key: str, message: bytes, by: ByTransaction) -> bytes:
    answer = one(module, GenerateMac(key=key, message=message, by=by))
    assert isinstance(answer, GeneratedMac), answer
    return answer.mac


class Acquirer:
    """A bench that keeps windows, and a device's messages."""

    def __init__(self, **policy: Any) -> None:
        self.store = MemoryKeyStore()
        self.policy = ModulePolicy(**policy)
        self.start()
        self.key = keep_key(self.bench, KeyUsage.BASE_DERIVATION, AES_BASE, A128)

    def start(self) -> None:
        master = SoftwareMasterKey(Secret(bytes(32)), count=None)
        self.bench: Bench = local_bench(store=self.store, master=master, policy=self.policy)
        self.module = local_module(self.bench)

    def by(self, counter: int, device: bytes = AES_SERIAL[:8]) -> ByTransaction:
        serial = device + counter.to_bytes(4)
        return ByTransaction(MacAlgorithm.CMAC, DukptUse(serial=serial, kind=DukptKind.AES_128))

    def sends(self, counter: int, device: bytes = AES_SERIAL[:8]) -> str:
        by = self.by(counter, device)
        tag = mac_of(self.module, self.key, TIME, by)
        answer = one(self.module, VerifyMac(key=self.key, message=TIME, mac=tag, by=by))
        return answer.code if isinstance(answer, Denied) else "accepted"


def test_a_number_is_accepted_once_and_in_order() -> None:
    acquirer = Acquirer(serial_window=2)
    sent = (1, 2, 2, 6, 5, 4, 3, 6, 5, 7)
    answers = [acquirer.sends(counter) for counter in sent]
    accepted = [counter for counter, code in zip(sent, answers, strict=True) if code == "accepted"]
    assert accepted == [1, 2, 6, 5, 4, 7]
    assert set(answers) == {"accepted", "ksn.replayed"}
    assert acquirer.sends(1, device=bytes(8)) == "accepted"


def test_without_a_window_nothing_is_looked_at() -> None:
    acquirer = Acquirer()
    assert [acquirer.sends(1) for _ in range(3)] == ["accepted"] * 3


def test_a_restart_lets_no_number_in_again() -> None:
    acquirer = Acquirer(serial_window=0)
    assert acquirer.sends(5) == "accepted"
    acquirer.start()  # as after a crash: nothing was closed
    assert acquirer.sends(5) == "ksn.replayed"
    assert acquirer.sends(6) == "accepted"


def test_windows_written_together_are_written_at_the_latest_when_the_module_closes() -> None:
    acquirer = Acquirer(serial_window=0, serials_together=100)
    before = acquirer.bench.journal.sequence
    assert acquirer.sends(5) == "accepted"
    assert acquirer.sends(5) == "ksn.replayed"
    assert acquirer.bench.journal.sequence == before
    acquirer.module.close()
    acquirer.start()
    assert acquirer.sends(5) == "ksn.replayed"


def test_a_batch_is_written_once_and_before_its_answers_leave() -> None:
    acquirer = Acquirer(serial_window=0)
    counters = range(1, 20)
    tags = [mac_of(acquirer.module, acquirer.key, TIME, acquirer.by(n)) for n in counters]
    calls = [
        VerifyMac(key=acquirer.key, message=TIME, mac=tag, by=acquirer.by(n))
        for n, tag in zip(counters, tags, strict=True)
    ]
    before = acquirer.bench.journal.sequence
    answers = acquirer.module.perform([*calls, *calls])
    assert [isinstance(answer, VerifiedMac) for answer in answers] == [True] * 19 + [False] * 19
    assert acquirer.bench.journal.sequence == before + 1


def test_an_answer_whose_number_cannot_be_kept_does_not_leave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acquirer = Acquirer(serial_window=0)
    tag = mac_of(acquirer.module, acquirer.key, TIME, acquirer.by(1))

    def full(keys: object, entries: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(acquirer.store, "commit", full)
    call = VerifyMac(key=acquirer.key, message=TIME, mac=tag, by=acquirer.by(1))
    assert code_of(acquirer.module, call)[0] == "module.error"
    assert not acquirer.module.state().healthy


def test_a_wrong_mac_uses_no_number_up() -> None:
    acquirer = Acquirer(serial_window=0)
    forged = VerifyMac(key=acquirer.key, message=TIME, mac=bytes(8), by=acquirer.by(0xFFFF0000))
    assert code_of(acquirer.module, forged)[0] == "verification.failed"
    assert acquirer.sends(1) == "accepted"


def test_a_key_may_ask_for_a_window_by_itself() -> None:
    acquirer = Acquirer()
    acquirer.key = keep_key(
        acquirer.bench, KeyUsage.BASE_DERIVATION, AES_BASE, A128, serial_window="0"
    )
    assert [acquirer.sends(1), acquirer.sends(1)] == ["accepted", "ksn.replayed"]


def test_nothing_shows_a_device() -> None:
    acquirer = Acquirer(serial_window=0)
    acquirer.sends(1)
    written = b"".join(entry.body for entry in acquirer.store.entries)
    assert AES_SERIAL[:8] not in written
    assert AES_SERIAL[:8].hex().encode() not in written
