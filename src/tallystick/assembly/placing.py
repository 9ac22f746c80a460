"""New files of a home take the place of old ones, all of them or none, whatever a crash does.

They are made in `next/`, which is then given the name `ready/`: from here on the move is done. The
old files go to `replaced-.../`, and the new ones come in through `placing/`. What a crash leaves is
finished by whoever opens the home next, before anything else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tallystick.crypto.keys import write_new_private

NEXT = "next"
_READY, _PLACING, _REPLACED = "ready", "placing", "replaced-"
PLACES = (_READY, _PLACING)
"""Where the new files are after a move that was cut off."""
_MARK = "to"
"""Names the folder that the old files go to."""


def begin_placing(home: Path) -> Path:
    """The empty folder for the new files; what a move that was cut off has left is gone."""
    directory = home / NEXT
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    return directory


def is_placing(home: Path) -> bool:
    """Whether a move was done and then cut off."""
    return (home / _READY).exists() or (home / _PLACING).exists()


def put_in_place(home: Path, files: Iterable[str]) -> None:
    """Put what is in `next/` in the place of `files`, as far as they are there."""
    directory, names = home / NEXT, tuple(files)
    write_new_private(directory / _MARK, f"{_REPLACED}{os.urandom(8).hex()}".encode("ascii"))
    _sync(directory)
    os.rename(directory, home / _READY)
    _sync(home)
    finish_placing(home, names)


def finish_placing(home: Path, files: Iterable[str]) -> None:
    """Do what is left of a move that is done; the caller alone has the home."""
    names = tuple(files)
    _take_away(home, names)
    _bring_in(home, names)


def _take_away(home: Path, names: tuple[str, ...]) -> None:
    """The old files leave; done twice, or begun twice, it comes to the same."""
    ready = home / _READY
    if not ready.exists():
        return
    place = home / (ready / _MARK).read_text("ascii")
    place.mkdir(mode=0o700, exist_ok=True)
    for name in names:
        if (home / name).exists():
            os.replace(home / name, place / name)
    _sync(place)
    _sync(home)
    os.rename(ready, home / _PLACING)
    _sync(home)


def _bring_in(home: Path, names: tuple[str, ...]) -> None:
    placing = home / _PLACING
    if not placing.exists():
        return
    for name in names:
        if (placing / name).exists():
            os.replace(placing / name, home / name)
    _sync(home)
    (placing / _MARK).unlink(missing_ok=True)
    placing.rmdir()
    _sync(home)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
