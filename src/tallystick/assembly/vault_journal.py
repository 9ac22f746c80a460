"""What a vault of tokens did, in files of its own: one for each day, its lines chained.

    facts/2026-03-01.jsonl     a first line that says where the chain stood, then fact by fact

A fact is on the disk before what it tells of is given away, whoever has the vault open. The service
carries it into its evidence (vault_facts.py), and what is there cannot be taken back.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.backends.sqlite import take_alone
from tallystick.crypto.keys import write_new_private
from tallystick.ground.canonical import canonical_json
from tallystick.ground.clock import day_of
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import Fact

FACTS, LOCK = "facts", "facts.lock"
_FORMAT = "tallystick-vault-facts 1"
_DAY_GLOB = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9].jsonl"


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of the journal: its number from 1, and the head of the chain with it."""

    sequence: int
    head: str
    fact: Fact


class VaultJournal:
    """The journal of one vault, held by one process.

    Refuses: Misconfigured while another process has it, and for files that were altered. A last
             line that is not whole was never acknowledged: it goes.
    """

    def __init__(self, folder: Path, vault: str) -> None:
        self._folder, self.vault = folder / FACTS, vault
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = take_alone(folder / LOCK, what="this vault")
        self._file, self._length = -1, 0
        self.sequence, self.head = 0, hashlib.sha256(f"{_FORMAT}.{vault}".encode()).hexdigest()
        self._day, self._newest, self._kept = "", list[Told](), list[Told]()
        try:
            self._open_newest()
            self._base = self.sequence, self.head
        except BaseException:
            self.close()
            raise

    def append(self, fact: Fact) -> None:
        """Keep a fact; when this returns, it survives a power cut.

        Refuses: Misconfigured when it cannot be written. Then nothing of it is there.
        """
        day = max(day_of(fact.at_ms), self._day)
        try:
            if day != self._day:
                self._begin(day)
            line = _line(self.sequence + 1, fact)
            told = _chained(self.sequence + 1, self.head, line, fact)
            self._write(line)
        except OSError as error:
            problem = f"a fact cannot be written: {error.strerror}"
            raise Misconfigured(problem, where=str(self._folder)) from None
        self.sequence, self.head = told.sequence, told.head
        self._kept.append(told)

    def newest_day(self, day: str) -> Sequence[Fact]:
        """The facts that were there of this day when the journal was opened."""
        return [told.fact for told in self._newest if day_of(told.fact.at_ms) == day]

    def after(self, sequence: int) -> Iterator[Told]:
        """What came after an entry, oldest first; with 0 everything that is still here.

        Refuses: Misconfigured when files that are needed are gone, or do not fit together.
        """
        if sequence < self._base[0]:
            yield from self._read_after(sequence)
        else:
            yield from [told for told in self._kept if told.sequence > sequence]

    def head_at(self, sequence: int) -> str:
        """The head of the chain at an entry. Refuses: Misconfigured, as `after`."""
        known = {self._base[0]: self._base[1]}
        known |= {told.sequence: told.head for told in self._kept}
        if sequence not in known:
            known |= dict(_start_of(path, self.vault) for path in self._days())
        if sequence in known:
            return known[sequence]
        return next(told.head for told in self._read_after(sequence - 1))

    def let_go(self, sequence: int) -> None:
        """Keep entries up to this one in their files alone, and not in memory."""
        for told in self._kept:
            if told.sequence <= sequence:
                self._base = told.sequence, told.head
        self._kept = [told for told in self._kept if told.sequence > sequence]

    def close(self) -> None:
        """Let go of files and lock. Closing twice is harmless."""
        for descriptor in (self._file, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._lock = -1

    # ---- inside --------------------------------------------------------------------------------

    def _days(self) -> list[Path]:
        return sorted(self._folder.glob(_DAY_GLOB))

    def _open_newest(self) -> None:
        days = self._days()
        if not days:
            return
        newest = days[-1]
        _cut_torn_line(newest)
        start, self._newest = _read_day(newest, self.vault)
        self.sequence, self.head = start
        if self._newest:
            self.sequence, self.head = self._newest[-1].sequence, self._newest[-1].head
        self._take(newest)

    def _begin(self, day: str) -> None:
        """The file of a new day; a crash leaves it without a fact, which is as good."""
        start = {"format": _FORMAT, "vault": self.vault, "sequence": self.sequence,
                 "head": self.head}  # fmt: skip
        path = self._folder / f"{day}.jsonl"
        write_new_private(path, canonical_json(start) + b"\n")
        self._take(path)

    def _take(self, path: Path) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        self._length, self._day = os.fstat(self._file).st_size, path.stem

    def _write(self, line: bytes) -> None:
        """A line, whole and durable, or nothing of it."""
        try:
            if os.write(self._file, line) != len(line):
                raise OSError(0, "the disk is full")
            os.fsync(self._file)
        except OSError:
            self._undo()
            raise
        self._length += len(line)

    def _undo(self) -> None:
        """Where not even that can be done nothing more is written; the next opening cuts it off."""
        try:
            os.ftruncate(self._file, self._length)
        except OSError:
            os.close(self._file)
            self._file = -1
            raise

    def _read_after(self, sequence: int) -> Iterator[Told]:
        """Days are read whole, since only a whole one can be checked."""
        expected: tuple[int, str] | None = None
        days = self._days()
        starts = [_start_of(path, self.vault) for path in days]
        first = max((n for n, start in enumerate(starts) if start[0] <= sequence), default=None)
        if first is None and days:
            problem = f"the facts after {sequence} are not here any more"
            raise Misconfigured(problem, where=str(self._folder), allowed="put their files back")
        for path in days[first or 0 :]:
            start, told = _read_day(path, self.vault)
            if expected not in (None, start):
                raise Misconfigured("a day is missing before this one", where=str(path))
            expected = (told[-1].sequence, told[-1].head) if told else start
            yield from (one for one in told if one.sequence > sequence)


def _line(sequence: int, fact: Fact) -> bytes:
    return canonical_json({"sequence": sequence, **fact.plain()}) + b"\n"


def _chained(sequence: int, head: str, line: bytes, fact: Fact) -> Told:
    return Told(sequence, hashlib.sha256(head.encode("ascii") + line).hexdigest(), fact)


def _cut_torn_line(path: Path) -> None:
    """What a crash left of a line without its end."""
    octets = path.read_bytes()
    whole = octets.rfind(b"\n") + 1
    if 0 < whole < len(octets):
        os.truncate(path, whole)


def _start_of(path: Path, vault: str) -> tuple[int, str]:
    with path.open("rb") as file:
        return _start(file.readline(), path, vault)


def _start(line: bytes, path: Path, vault: str) -> tuple[int, str]:
    try:
        told = json.loads(line)
        if (told["format"], told["vault"]) == (_FORMAT, vault):
            return int(told["sequence"]), str(told["head"])
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise Misconfigured("not a day of this vault", where=str(path))


def _read_day(path: Path, vault: str) -> tuple[tuple[int, str], list[Told]]:
    """Where the chain stood before a day, and its facts. Refuses: Misconfigured."""
    first, *lines = path.read_bytes().splitlines(keepends=True) or [b""]
    start = sequence, head = _start(first, path, vault)
    found = []
    for line in lines:
        told = _chained(sequence + 1, head, line, _fact(line, sequence + 1, path))
        found.append(told)
        sequence, head = told.sequence, told.head
    return start, found


def _fact(line: bytes, sequence: int, path: Path) -> Fact:
    try:
        plain: dict[str, Any] = json.loads(line)
        if plain.pop("sequence") == sequence and line == _line(sequence, fact := Fact(**plain)):
            return fact
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass
    raise Misconfigured(f"entry {sequence} was altered", where=str(path))
