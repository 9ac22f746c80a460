"""Lives of a server that is killed, people who go on paying, and what they were told, on disk."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tallystick.assembly import check_home
from tallystick.assembly.readers import open_reading
from tallystick.decide import SecurityPolicy
from tallystick.ground.canonical import digest
from tallystick.ground.clock import SystemClock
from tallystick.handset import Answer, Order
from tallystick.prove.certificate import TrustAnchor
from tallystick.trials import enrol_staff
from tallystick.trials.cast import Cast
from tests.storm.people import Chronicle, Holder, act
from tests.storm.replay import ROOT

WAIT_S = 60
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


class Server:
    """One home, served by one process after another on one port."""

    def __init__(self, command: list[str], *, again: bool, log: Path) -> None:
        self._command, self._again, self._log = command, again, log
        self._process: subprocess.Popen[str] | None = None
        self._life = 0
        self.up = threading.Event()

    def start(self) -> None:
        """Start a life and wait until it is open."""
        if self._process is None:
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=ROOT,
                    env=ENVIRONMENT,
                    text=True,
                )
            self._life = self._process.pid
        assert self._process.stdin is not None
        if self._again:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
            self._life = int(self._await("pid").split()[1])
        self._await("open")
        self.up.set()

    def kill(self) -> None:
        """kill -9; returns when it is dead."""
        self.up.clear()
        os.kill(self._life, signal.SIGKILL)
        assert self._process is not None
        if self._again:
            self._await("dead")
        else:
            self._process.communicate(timeout=WAIT_S)
            self._process = None

    def close(self) -> None:
        if self._process is not None:
            if self.up.is_set():
                self.kill()
            if self._process is not None:
                self._process.communicate()

    def _await(self, word: str) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if word in line.split():
                return line
        raise AssertionError(f"the server ended before it said {word}")


def forked(home: Path, port: int, *books: str) -> Server:
    """A server that forks its lives: they begin quickly."""
    command = [sys.executable, "-m", "tests.storm.server", str(home), str(port), *books]
    return Server(command, again=True, log=home.parent / "server.log")


def from_the_command_line(home: Path, port: int, *options: str) -> Server:
    """`tallystick serve`, as an operator starts it."""
    examples = ROOT / "examples"
    command = [sys.executable, "-m", "tallystick", "serve", str(examples / "wallet.toml"),
               "--home", str(home), "--names", str(examples / "lists" / "example-list.jsonl"),
               "--port", str(port), *options]  # fmt: skip
    return Server(command, again=False, log=home.parent / "server.log")


class Ledger:
    """What was acknowledged, written where no crash of the server can reach it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_SYNC, 0o600)
        self.path = path
        self.count = threading.Semaphore(0)

    def told(self, device: str, order: Order, answer: Answer) -> None:
        line = [device, order.request, answer.index, digest(answer.receipt), answer.code]
        os.write(self._file, json.dumps(line).encode() + b"\n")
        self.count.release()

    def lines(self) -> list[tuple[str, str, int, str, str]]:
        return [tuple(json.loads(line)) for line in self.path.read_text().splitlines()]

    def await_more(self, count: int) -> None:
        """Until so many more were acknowledged."""
        for _ in range(count):
            if not self.count.acquire(timeout=WAIT_S):
                raise AssertionError("nobody is answered any more")


class Crowd:
    """People who pay each other until they are told to stop."""

    def __init__(
        self, holders: list[Holder], ledger: Ledger, *, await_up: Callable[[], object]
    ) -> None:
        self.holders, self.chronicle = holders, Chronicle(told=ledger.told)
        self._await_up, self._enough = await_up, threading.Event()
        self._troubles: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def start(self, chance: random.Random) -> None:
        for holder in self.holders:
            mine = random.Random(chance.random())
            self._threads.append(threading.Thread(target=self._run, args=(holder, mine)))
            self._threads[-1].start()

    def stop(self) -> None:
        """Everybody is answered a last time."""
        self._enough.set()
        for thread in self._threads:
            thread.join()
        if self._troubles:
            raise self._troubles[0]

    def again(self) -> None:
        """What somebody does whose call failed: wait for the server, and a moment."""
        self._await_up()
        self._enough.wait(0.02)

    def _run(self, holder: Holder, chance: random.Random) -> None:
        try:
            while not self._enough.is_set():
                act(holder, self.holders, chance, self.chronicle, orders=3, again=self.again)
        except BaseException as trouble:  # told by the thread that stops
            self._troubles.append(trouble)


def enrol_holders(url: str, home: Path, *, policy: SecurityPolicy) -> list[Holder]:
    """Staff, and four customers with money, through HTTP."""
    key = TrustAnchor.read(home / "trust.txt").checkpoint
    codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
    clock = SystemClock()
    staff = enrol_staff(url, key, codes=codes, clock=clock)
    cast = Cast(staff, policy, clock=clock)
    players = [cast.payer(minor=200_000) for _ in range(4)]
    for handset in (staff.treasury, staff.backoffice, staff.laboratory):
        handset.close()
    return [Holder(player.handset, player.name, player.pin) for player in players]


def demand_kept(home: Path, ledger: Ledger) -> None:
    """Every acknowledged receipt stands where it was said to stand, and the home is sound."""
    with open_reading(home) as reading:
        leaves = [entry.leaf for entry in reading.evidence.leaves(0, reading.evidence.size())]
    for device, request, place, receipt, _ in ledger.lines():
        assert place < len(leaves), f"{device}.{request} was acknowledged and is gone"
        assert digest(leaves[place]) == receipt, f"{device}.{request} reads otherwise"
    assert [f"{one.where}: {one.what}" for one in check_home(home)] == []
