"""A disk in memory that loses power: what was synced stays, of the rest whatever chance keeps.

`Disk` notes what SQLite asks for through `DiskVfs`. `Replay` walks through those notes and can say at
each step what a machine finds on its disk when the power goes there: synced octets whole; of every
other write each 512-octet sector by itself, written, not written, or written up to an octet in its
middle; files that appeared and went since their folder was synced up to some moment. A folder is
synced when SQLite asks for it, and, as its own VFS for Unix does, when a new journal is synced first.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512
_POWERSAFE_OVERWRITE = 0x1000
_PAGE = 4096
_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened: create or delete of a name, write, truncate or sync of a file by its
    number, a sync of the folder, or what was said to the outside."""

    kind: str
    file: int = 0
    offset: int = 0
    octets: bytes = b""
    name: str = ""


class DiskFull(apsw.FullError):
    """No room for one more sector."""


class SyncFailed(apsw.IOError):
    """The disk did not confirm that it wrote."""


@dataclass(slots=True)
class Disk:
    """What programs see, and the notes of how it came to be. `failing` holds kinds that fail."""

    names: dict[str, int] = field(default_factory=dict)
    files: dict[int, bytearray] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    failing: dict[str, type[Exception]] = field(default_factory=dict)
    served_by: list[object] = field(default_factory=list)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Disk:
        """A disk that holds these files, synced."""
        names = {name: number for number, name in enumerate(files, 1)}
        return cls(names, {names[name]: bytearray(octets) for name, octets in files.items()})

    def note(self, note: Note) -> None:
        if note.kind in self.failing:
            if note.kind == "sync":  # the system takes these pages for written from now on
                self.notes.append(Note("forgotten", note.file))
            raise self.failing[note.kind](f"{note.kind} failed on purpose")
        self.notes.append(note)

    def say(self, what: str) -> None:
        """Note what the outside was told at this moment."""
        self.notes.append(Note("said", name=what))

    def create(self, name: str) -> int:
        number = max(self.files, default=0) + 1
        self.note(Note("create", number, name=name))
        self.names[name], self.files[number] = number, bytearray()
        return number

    def delete(self, name: str, *, synced: bool) -> None:
        self.note(Note("delete", self.names[name], name=name))
        del self.names[name]
        if synced:
            self.note(Note("folder"))


class DiskFile:
    """An open file of a Disk; what apsw asks of a VFSFile."""

    def __init__(self, disk: Disk, number: int, *, new_journal: bool = False) -> None:
        self._disk, self._number, self._new_journal = disk, number, new_journal
        self._octets = disk.files[number]

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._octets[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.note(Note("write", self._number, offset, bytes(data)))
        put(self._octets, offset, data)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.note(Note("truncate", self._number, size))
        del self._octets[size:]

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.note(Note("sync", self._number))
        if self._new_journal:
            self._disk.note(Note("folder"))
            self._new_journal = False

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._octets)

    def xSectorSize(self) -> int:  # noqa: N802
        return _PAGE

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return _POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, pointer: int) -> bool:  # noqa: N802
        return False

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xLock(self, level: int) -> None:  # noqa: N802
        """Nobody else has this disk."""

    def xUnlock(self, level: int) -> None:  # noqa: N802
        """Nobody else has this disk."""

    def xClose(self) -> None:  # noqa: N802
        """What was written stays."""


class DiskVfs(apsw.VFS):
    """Registers a Disk with SQLite under a name, for as long as it is referred to."""

    def __init__(self, disk: Disk) -> None:
        self._disk, self.name = disk, f"disk-{next(_numbers)}"
        super().__init__(self.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> DiskFile:  # noqa: N802
        if name is None:  # a temporary file: gone with the power in any case
            aside = Disk()
            return DiskFile(aside, aside.create("temporary"))
        path = last_name(name if isinstance(name, str) else name.filename())
        flags[1] = flags[0]
        number = self._disk.names.get(path)
        if number is not None:
            return DiskFile(self._disk, number)
        if not flags[0] & apsw.SQLITE_OPEN_CREATE:
            raise apsw.CantOpenError("no such file")
        journal = bool(flags[0] & _JOURNALS)
        return DiskFile(self._disk, self._disk.create(path), new_journal=journal)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        if last_name(name) not in self._disk.names:
            raise apsw.IOError("no such file")
        self._disk.delete(last_name(name), synced=syncdir)

    def xAccess(self, name: str, flags: int) -> bool:  # noqa: N802
        return last_name(name) in self._disk.names

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name


_numbers = itertools.count()


@dataclass(slots=True)
class Replay:
    """Walks through the notes of a disk; at each step `cut` gives what a power cut leaves."""

    names: dict[str, int] = field(default_factory=dict)
    synced: dict[int, bytearray] = field(default_factory=dict)
    in_folder: list[Note] = field(default_factory=list)
    loose: list[Note] = field(default_factory=list)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Replay:
        """From a disk that holds these files, synced."""
        disk = Disk.of(files)
        return cls(disk.names, disk.files)

    def take(self, note: Note) -> None:
        """One more thing happened."""
        if note.kind in ("create", "delete"):
            self.in_folder.append(note)
        elif note.kind == "folder":
            _in_order(self.names, self.in_folder)
            self.in_folder = []
        elif note.kind == "sync":
            octets = self.synced.setdefault(note.file, bytearray())
            for one in self.loose:
                if one.file == note.file:
                    _surely(octets, one)
            self.loose = [one for one in self.loose if one.file != note.file]
        elif note.kind == "forgotten":
            self.loose = [one for one in self.loose if one.file != note.file]
        elif note.kind != "said":
            self.loose.append(note)

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """The files that are found after the power has gone now."""
        names = dict(self.names)
        _in_order(names, self.in_folder[: chance.randint(0, len(self.in_folder))])
        kept = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        files = {number: bytearray(self.synced.get(number, b"")) for number in names.values()}
        for note in self.loose:
            if note.file in files:
                _perhaps(files[note.file], note, kept, chance)
        return {name: bytes(files[number]) for name, number in names.items()}


def put(octets: bytearray, offset: int, data: bytes) -> None:
    """Write at an offset; a gap before it reads as zeros."""
    if len(octets) < offset:
        octets.extend(bytes(offset - len(octets)))
    octets[offset : offset + len(data)] = data


def last_name(path: str) -> str:
    """A disk of ours has one folder."""
    return path.rpartition("/")[2]


def lay_out(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a cut into a folder."""
    for name, octets in files.items():
        (folder / name).write_bytes(octets)


def _in_order(names: dict[str, int], notes: Sequence[Note]) -> None:
    for note in notes:
        if note.kind == "create":
            names[note.name] = note.file
        else:
            names.pop(note.name, None)


def _surely(octets: bytearray, note: Note) -> None:
    if note.kind == "truncate":
        del octets[note.offset :]
    else:
        put(octets, note.offset, note.octets)


def _perhaps(octets: bytearray, note: Note, kept: float, chance: random.Random) -> None:
    if note.kind == "truncate":
        if chance.random() < kept:
            _surely(octets, note)
        return
    for offset, sector in _sectors(note):
        if chance.random() < kept:
            torn = chance.random() < 0.05
            put(octets, offset, sector[: chance.randrange(len(sector))] if torn else sector)


def _sectors(note: Note) -> Sequence[tuple[int, bytes]]:
    """A write cut at the borders of sectors."""
    found, start, end = [], note.offset, note.offset + len(note.octets)
    while start < end:
        border = min(end, (start // SECTOR + 1) * SECTOR)
        found.append((start, note.octets[start - note.offset : border - note.offset]))
        start = border
    return found
