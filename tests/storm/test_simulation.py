"""Simulated worlds hold, seed after seed; what is planted in them is found; a seed is a run.

A world that does not hold prints its seed, and `python -m tests.storm.replay SEED` runs it again.
"""

from __future__ import annotations

import itertools
import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tallystick.assembly.reservations import Reservations
from tallystick.backends.sqlite import SqliteBooks
from tallystick.protect import emoney
from tallystick.protect.corridor.corridor import Corridor
from tallystick.protect.emoney import Ledger
from tallystick.protect.enforcement import Committer, Registers
from tests.storm.bounds import WORLDS, WORLDS_S
from tests.storm.lives import ENVIRONMENT
from tests.storm.replay import ROOT, replay


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What the operator would be told of all these faults is not for here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.slow
def test_worlds_hold(seed: int) -> None:
    counts: Counter[str] = Counter()
    began = time.monotonic()
    for number in itertools.count():
        if number >= WORLDS and time.monotonic() - began >= WORLDS_S:
            break
        counts += replay(seed * 1000 + number).counts
    print(f"{number} worlds held: {dict(counts)}")
    assert min(counts[word] for word in ("died", "answered", "broken", "refused", "clock")) > 0


def test_a_seed_is_a_run() -> None:
    """The same events in another process; another seed gives others."""
    here = replay(7).trace.hexdigest()
    assert replay(7).trace.hexdigest() == here
    assert replay(8).trace.hexdigest() != here
    ran = subprocess.run(
        [sys.executable, "-m", "tests.storm.replay", "7"],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert here in ran.stdout, ran.stderr


# ---- what is planted is found -------------------------------------------------------------------


def nothing(*_: Any, **__: Any) -> None:
    """In the place of a check or of a duty."""


@contextmanager
def commits_every_second(self: SqliteBooks) -> Iterator[None]:
    """Two batches in one transaction: the first is answered before it is committed."""
    with self._writing:
        opened = not self._writer.in_transaction
        if opened:
            self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            if not opened:
                self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise


def settles_again(*, hold: Any, **order: Any) -> Any:
    """A hold counts as open for ever."""
    return settle_hold(hold=hold and replace(hold, resolved=""), **order)


def repeats_anything(self: Corridor, message: Any, order: str, first: Any, **more: Any) -> Any:
    """Whatever the body is, the first answer is given."""
    return repeat(self, message, message.order, first, **more)


def keeps_its_generation(self: Committer, batch: Any) -> Any:
    """A failed commit is nobody's concern."""
    before = self._generation
    promises = commit(self, batch)
    self._generation = before
    return promises


def gives_nothing_back(self: Reservations, due: Any, now_ms: int) -> dict[str, Any]:
    """What is over stays reserved."""
    return {}


settle_hold, repeat, commit = emoney.settle_hold, Corridor._repeat, Committer._commit
PLANTED: dict[str, tuple[object, str, object]] = {
    "a retry is a new order": (Corridor, "_earlier", nothing),
    "an answer before the commit": (SqliteBooks, "_transaction", commits_every_second),
    "a floor that memory does not check": (Ledger, "check", nothing),
    "balances that survive a failed commit": (Ledger, "forget", nothing),
    "records that survive a failed commit": (Registers, "forget", nothing),
    "a hold that is settled twice": (emoney, "settle_hold", settles_again),
    "a reservation that nobody gives back": (Reservations, "_give_back", gives_nothing_back),
    "another body under the same id": (Corridor, "_repeat", repeats_anything),
    "a failed commit that voids nothing": (Committer, "_commit", keeps_its_generation),
}


@pytest.mark.slow
@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTED[bug])
    assert found_in(range(WORLDS)), f"{WORLDS} worlds, and nobody noticed {bug}"


@pytest.mark.slow
def test_a_disk_that_is_not_asked_to_sync_is_found() -> None:
    assert found_in(range(WORLDS), pragmas=("synchronous=NORMAL",))


def found_in(seeds: range, **how: Any) -> bool:
    for seed in seeds:
        try:
            replay(seed, **how)
        except AssertionError:
            return True
    return False
