"""Books copied out of a home as one moment left them, and copied into one that has none."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tallystick.backends.sqlite.connection import FILE, demand_schema, open_reader
from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.ground.errors import Misconfigured


def copy_out(home: Path, to: Path) -> tuple[Sequence[str], int, str]:
    """Copy the books of a home into a directory, even while a platform commits.

    Gives the files, and the size and newest checkpoint of the log in them. What is copied is one
    commit's state, in one file with no log beside it, and on the disk when this returns.
    Refuses: Misconfigured when the home holds no books.
    """
    source = open_reader(home)
    os.close(os.open(to / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    target = sqlite3.connect(to / FILE)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        evidence = SqliteEvidence(target)
        size, checkpoint = evidence.size(), evidence.checkpoint() or ""
    finally:
        target.close()
        source.close()
    sync(to / FILE)
    return (FILE,), size, checkpoint


def copy_in(source: Path, home: Path) -> None:
    """Put the books of a backup into a home that has none.

    Refuses: Misconfigured when the home has books, and when these are of another version.
    """
    if (home / FILE).exists():
        raise Misconfigured("there are books here already", where=str(home / FILE))
    shutil.copyfile(source / FILE, home / FILE)
    os.chmod(home / FILE, 0o600)
    sync(home / FILE)
    connection = sqlite3.connect(f"file:{home / FILE}?mode=ro", uri=True)
    try:
        demand_schema(connection, home)
    finally:
        connection.close()


def sync(file: Path) -> None:
    """Wait until a file, and its name, are on the disk."""
    for path in (file, file.parent):
        opened = os.open(path, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
