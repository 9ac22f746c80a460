"""The machine that a simulated service runs on: it dies in the middle of anything and starts again.

The platform is the one of production, put together by `open_platform`, on the books of production.
Three things are ours: the disk, the clock, and the moment at which the committer takes its next batch
(it has no thread here).
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from enum import Enum
from pathlib import Path
from typing import Any
from unittest import mock

from tallystick.assembly import Platform, open_platform
from tallystick.assembly import platform as assembling
from tallystick.protect.enforcement import Committed, Committer, Settlement
from tallystick.testing import PowerLost, example_names
from tests.storm import cast
from tests.storm.disk import Disk, DiskFull, Replay, SyncFailed
from tests.storm.engine import connecting_to

Steps = Sequence[Callable[[], None]]


class Died(BaseException):
    """The machine lost its power; no program on it hears of that."""


class Trouble(Enum):
    """What happens to one commit."""

    NONE = "nothing"
    BEFORE = "it fails before anything is written"
    AFTER = "it is durable, and fails all the same"
    SYNC = "the disk does not confirm, and forgets what it was to write"
    FULL = "there is no room"
    DIES = "the power goes in the middle of it"


class SteppedCommitter(Committer):
    """The committer, without its thread."""

    def _run(self) -> None:
        """Nothing happens by itself."""

    @property
    def running(self) -> bool:
        return self._open

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def step(self, most: int) -> Steps:
        """Commit what waits, as the thread would; gives the promises to be kept."""
        batch, self._waiting = self._waiting[:most], self._waiting[most:]
        return self._commit(batch)


class TroubledBooks:
    """The books as the committer sees them: before each commit is said what happens to it."""

    def __init__(self, books: Any, disk: Disk, choose: Callable[[], Trouble]) -> None:
        self._books, self._disk, self._choose = books, disk, choose
        self.unexplained: Exception | None = None

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        trouble = self._choose()
        if trouble is Trouble.BEFORE:
            raise PowerLost(trouble.value)
        failing = {Trouble.SYNC: {"sync": SyncFailed}, Trouble.FULL: {"write": DiskFull}}
        self._disk.failing = dict(failing.get(trouble, {}))
        try:
            proofs = self._books.commit(batch)
        except Exception as error:
            if trouble not in failing:
                self.unexplained = error
            raise
        finally:
            self._disk.failing = {}
        if trouble is Trouble.DIES:
            raise Died
        if trouble is Trouble.AFTER:
            raise PowerLost(trouble.value)
        return proofs


class Machine:
    """One disk, and at most one platform on it."""

    def __init__(
        self,
        files: dict[str, bytes],
        *,
        clock: Any,
        module: Any,
        chance: random.Random,
        choose: Callable[[], Trouble],
        committer: type[SteppedCommitter] = SteppedCommitter,
    ) -> None:
        self.files = files
        self._clock, self._module, self._chance, self._choose = clock, module, chance, choose
        self._kind = committer
        self.platform: Platform | None = None

    def start(self) -> None:
        """Open the platform on what the disk holds."""
        self.disk, self._replay, self._taken = Disk.of(self.files), Replay.of(self.files), 0
        self._home = Path(tempfile.mkdtemp(prefix="tallystick-machine-"))
        with ExitStack() as ours:
            ours.enter_context(connecting_to(self.disk))
            ours.enter_context(mock.patch.object(assembling, "Committer", self._kind))
            ours.enter_context(mock.patch.object(os, "fsync"))  # the home's own small files
            self.platform = open_platform(
                cast.policy(),
                home=self._home,
                names=example_names(),
                clock=self._clock,
                module=self._module,
                chance=self._chance.randbytes,
            )
        self.platform._books._writer.execute("PRAGMA wal_autocheckpoint=30")
        self.books = TroubledBooks(self.platform._books, self.disk, self._choose)
        self.committer._books = self.books

    @property
    def committer(self) -> SteppedCommitter:
        assert self.platform is not None
        committer = self.platform._committer
        assert isinstance(committer, SteppedCommitter)
        return committer

    def note(self) -> None:
        """Everything so far happened before whatever comes next."""
        for note in self.disk.notes[self._taken :]:
            self._replay.take(note)
        self._taken = len(self.disk.notes)

    def die(self) -> None:
        """Lose the power at a moment since the last `note`; what is left becomes the disk."""
        for note in self.disk.notes[
            self._taken : self._chance.randint(self._taken, len(self.disk.notes))
        ]:
            self._replay.take(note)
        self.files = self._replay.cut(self._chance)
        self.stop()

    def stop(self) -> None:
        """Let go of what this process holds; the machine itself is gone already."""
        assert self.platform is not None
        with suppress(Exception):
            self.platform._books.close()
        self.platform = None
        shutil.rmtree(self._home)
