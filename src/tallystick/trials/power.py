"""The power fails in the middle of a commit: as far as one machine can be made to feel it.

A process that settles is killed without warning, again and again on the same home. What the disk
had not been told to keep is taken away too: the shared memory file, and a random part of the
write-ahead log behind the last acknowledged commit.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

import tallystick
from tallystick.assembly import check_home, open_scratch_books, prepare_scratch
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import DeviceId, RequestId
from tallystick.prove.certificate import TrustAnchor
from tallystick.testing import Notary
from tallystick.trials.bout import Bout
from tallystick.trials.result import CannotRun

KEPT, HALF = "nothing.half_done", "half.done"
COMMITS_MAX = 400
ACKNOWLEDGED_MAX = 60
"""The power fails after at most so many acknowledged orders."""
STRIDE = 10_000
DEVICE = DeviceId("dev-0")
BOOKS = "books.sqlite"


@dataclass(slots=True)
class _Settler:
    """The other process: its two ends, and what it has acknowledged so far."""

    tell: IO[str]
    hear: IO[str]
    acknowledged: list[RequestId] = field(default_factory=list)
    log_size: int = 0

    def start(self, home: Path, *, first: int, count: int) -> int:
        """Let it settle. Gives: the process id to kill."""
        self.tell.write(f"{home} {first} {count}\n")
        self.tell.flush()
        word, _, process = self.hear.readline().partition(" ")
        if word != "settling":
            raise CannotRun("the process that settles did not start")
        return int(process)

    def listen(self, most: int | None = None) -> None:
        """Take in acknowledgements until it ends, or until there are so many."""
        heard = 0
        while most is None or heard < most:
            word, *rest = self.hear.readline().split() or ["ended"]
            if word == "ended":
                return
            self.acknowledged.append(RequestId(rest[0]))
            self.log_size = int(rest[1])
            heard += 1


def cut_power(bout: Bout) -> None:
    """What was acknowledged is there, what is there is whole, and no money came or went."""
    with tempfile.TemporaryDirectory(prefix="tallystick-") as folder, _settler() as (settler, key):
        home = Path(folder) / "home"
        other = Notary("tallystick/testing/certificate")
        prepare_scratch(home, trust=TrustAnchor(checkpoint=key, certificate=other.verifier_key))
        settler.start(home, first=0, count=3)
        settler.listen()
        if _examine(home, settler) != KEPT or not settler.acknowledged:
            raise CannotRun("books without a power cut are not in order")
        for round_ in range(1, bout.place.rounds + 1):
            process = settler.start(home, first=round_ * STRIDE, count=COMMITS_MAX)
            settler.listen(1 + secrets.randbelow(ACKNOWLEDGED_MAX))
            time.sleep(secrets.randbelow(3_000) / 1e6)  # anywhere in the next commit
            os.kill(process, signal.SIGKILL)
            settler.listen()
            lost = _lose_power(home, settler.log_size)
            what = (
                f"power cut {round_} after {len(settler.acknowledged)} orders, {lost} octets lost"
            )
            bout.found(what, expected=KEPT, seen=_examine(home, settler))


def _lose_power(home: Path, kept: int) -> int:
    """Take away what nobody had promised to keep. Gives: octets cut off the write-ahead log."""
    (home / f"{BOOKS}-shm").unlink(missing_ok=True)
    log = home / f"{BOOKS}-wal"
    size = log.stat().st_size if log.exists() else 0
    if size <= kept:
        return 0
    left = kept + secrets.randbelow(size - kept)
    os.truncate(log, left)
    return size - left


def _examine(home: Path, settler: _Settler) -> str:
    """Open the books again and look for whatever is missing, half done or out of balance."""
    with open_scratch_books(home, sign=_never_sign) as books:
        asked = [(DEVICE, request) for request in settler.acknowledged]
        missing = sum(recorded is None for recorded in books.recorded(asked))
    if missing:
        return f"{HALF}: {missing} acknowledged orders are missing"
    found = check_home(home)
    return f"{HALF}: {found[0].where}: {found[0].what}" if found else KEPT


@contextmanager
def _settler() -> Iterator[tuple[_Settler, str]]:
    """Start the process that settles. Gives: it, and the verifier key of its checkpoints."""
    source = Path(tallystick.__file__).parents[1]
    command = [sys.executable, "-P", "-s", "-B", "-m", "tallystick.trials.settling"]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
        command,
        env={"PYTHONPATH": str(source)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise Defect("a process without its ends")
        try:
            yield _Settler(process.stdin, process.stdout), process.stdout.readline().strip()
        finally:
            process.stdin.close()


def _never_sign(size: int, root: bytes) -> NoReturn:
    raise Defect("books that are only read sign nothing")
