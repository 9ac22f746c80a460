"""A server gives back what was reserved and is over, whatever a commit does meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from tallystick.serve import open_gates
from tallystick.serve import sweeping as room
from tallystick.testing import Fault
from tests.stage import Person, Stage, alice, kes, secret, stage

__all__ = ["alice", "stage"]

HOUR_MS = 3_600_000
LOOKS_MAX = 2_000


def test_a_server_gives_back_what_is_over(
    stage: Stage, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "IDLE_S", 0.001)
    monkeypatch.setattr(room, "RETRY_S", 0.001)
    hotel = stage.person("Lake Hotel", role="merchant")
    until_ms = stage.clock.now_ms() + HOUR_MS
    for minor in (100, 200):
        answer = alice.handset.reserve(hotel.account, hotel.name, kes(minor), until_ms, secret())
        assert answer.accepted, answer.code
    books = stage.faulty_books()

    async def served() -> bool:
        async with open_gates(stage.platform, None):
            await asyncio.sleep(0.01)
            assert stage.balance(alice)[1] == 300
            books.fail(Fault.BEFORE)
            stage.clock.advance(ms=HOUR_MS)
            for _ in range(LOOKS_MAX):
                if stage.balance(alice)[1] == 0:
                    return True
                await asyncio.sleep(0.005)
            return False

    assert asyncio.run(served()), "nothing was given back"
    assert stage.findings() == []
