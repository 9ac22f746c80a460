"""A writer is killed in the middle of its work, again and again: what it said is durable is there.

A killed process keeps what the operating system holds; that a commit reaches the disk itself is
`synchronous=FULL`, which tests/conformance demands.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.assembly.auditing import audit_books
from tallystick.backends.sqlite import SqliteBooks, SqliteReader, open_reader
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.emoney import TRUST
from tallystick.prove.evidence import audit_log, verify_inclusion, verify_note
from tallystick.testing import Notary
from tests.storm.writer import FUNDS, HOLDERS, SEED

ROUNDS = 8
ROOT = Path(__file__).parents[2]


class Writers:
    """Lives of a writer, one after another, over one home."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.storm.writer", str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            text=True,
        )

    def live(self, number: int, *, commits: int) -> list[str]:
        """Let a writer live until it has said so many commits durable; everything it said so of."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        durable: list[str] = []
        life, said = 0, 0
        for line in self._process.stdout:
            word, *rest = line.split()
            if word == "pid":
                life = int(rest[0])
            elif word == "durable":
                durable += rest
                said += 1
            elif word == "dead":
                return durable
            if life and said >= commits:
                os.kill(life, signal.SIGKILL)
                commits = 2**31  # once; what it still says until it is dead counts too
        raise AssertionError("the writer ended by itself")

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    made = Writers(tmp_path)
    yield made
    made.close()


def test_what_was_said_to_be_durable_is_there(writers: Writers, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    notary = Notary(seed=SEED)
    durable: list[str] = []
    for number in range(ROUNDS):
        durable += writers.live(number, commits=chance.randint(0, 6))
        demand_sound(tmp_path, notary, durable)
    assert len(durable) > ROUNDS


def demand_sound(home: Path, notary: Notary, durable: list[str]) -> None:
    if not (home / "books.sqlite").exists():
        assert durable == []
        return
    books = SqliteBooks(home, sign_checkpoint=notary.sign)
    reader = open_reader(home)
    try:
        assert list(audit_books(SqliteReader(reader), SqliteReader(reader).evidence)) == []
        assert audit_log(books.evidence, vkey=notary.verifier_key) == []
        for request in durable[-30:]:
            (recorded,) = books.recorded([(DeviceId("dev-0"), RequestId(request))])
            assert recorded is not None, f"{request} was acknowledged and is gone"
            proof = recorded.committed
            head = verify_note(proof.checkpoint, notary.verifier_key)
            verify_inclusion(
                leaf=proof.leaf, index=proof.index, size=proof.size, path=proof.path, root=head.root
            )
        kept = [row.id.removeprefix("dev-0.") for row in books.transfers()]
        moved = [request for request in durable if not request.startswith("register-")]
        assert [request for request in kept if request in set(moved)] == moved, "and in its order"
        rows = [books.account(AccountId(name)) for name in HOLDERS]
        if durable:
            assert sum(row.credits - row.debits for row in rows if row) == 3 * 500_000
            trust = books.account(TRUST)
            assert trust is not None
            assert trust.debits == FUNDS
    finally:
        reader.close()
        books.close()
