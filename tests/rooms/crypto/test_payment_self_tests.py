"""A payment module whose arithmetic or chance is wrong refuses everything."""

from __future__ import annotations

import os

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment import CreateKey, Denied, ListKeys, module
from tallystick.crypto.payment.self_tests import (
    KNOWN_ANSWERS,
    failed_self_test,
    first_failure,
    is_healthy,
)
from tallystick.ground.errors import Defect
from tallystick.testing import local_module

CREATE = CreateKey(usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH)


def test_all_answers_are_the_published_ones() -> None:
    assert failed_self_test() == ""
    assert len(KNOWN_ANSWERS) == len({name for name, _, _ in KNOWN_ANSWERS})


@pytest.mark.parametrize("place", range(len(KNOWN_ANSWERS)))
def test_each_wrong_answer_is_found_and_named(place: int) -> None:
    name, _, known = KNOWN_ANSWERS[place]
    wrong = (name, lambda: known[:-1], known)  # type: ignore[index]
    tests = (*KNOWN_ANSWERS[:place], wrong, *KNOWN_ANSWERS[place + 1 :])
    assert first_failure(tests, os.urandom) == name


@pytest.mark.parametrize("error", [KeyRefused("no"), Defect("no"), ValueError("no")])
def test_a_test_that_breaks_has_failed(error: Exception) -> None:
    def breaks() -> bytes:
        raise error

    assert first_failure((("one", breaks, b""),), os.urandom) == "one"


@pytest.mark.parametrize(
    "chance",
    [
        bytes,
        lambda count: b"\x00\x01" * (count // 2),
        lambda count: os.urandom(count - 1),
        lambda count: os.urandom(count // 2) + b"\x07" * 5 + os.urandom(count // 2 - 5),
        lambda count: (b"\x09" + os.urandom(9)) * (count // 10) + os.urandom(count % 10),
    ],
)
def test_broken_chance_is_found(chance) -> None:
    assert not is_healthy(chance)
    assert first_failure((), chance) == "chance"


def test_good_chance_is_healthy() -> None:
    """Wrong once in four million runs, as SP 800-90B's cut-off has it."""
    assert is_healthy(os.urandom)


def test_a_module_that_failed_refuses_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "failed_self_test", lambda: "TDEA")
    broken = local_module()
    assert not broken.state().healthy
    for answer in broken.perform([CREATE, ListKeys()]):
        assert isinstance(answer, Denied)
        assert (answer.code, answer.reason) == ("module.error", "self-test: TDEA")
    broken.close()
