"""Small SQLite files beside the books: made or opened with a version, and held by one process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

from tallystick.ground.errors import Misconfigured


def open_small(
    path: Path, *, make: str, version: int, what: str, threads: bool = False
) -> sqlite3.Connection:
    """Open a file, or make it of mode 0600; a commit that returned survives a power cut.

    Takes:   `make`, the script of its tables, which sets `user_version`; `what`, as in "a vault";
             `threads`, whether several threads may share the connection.
    Refuses: Misconfigured for a file of another kind or version.
    """
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=10.0, check_same_thread=not threads
    )
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
        if found == 0 and tables == 0:
            os.chmod(path, 0o600)
            connection.executescript(make)
        elif found != version:
            raise Misconfigured(f"{what} of version {found}", where=str(path), allowed=str(version))
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise Misconfigured(f"cannot be read: {error}", where=str(path)) from None
    except BaseException:
        connection.close()
        raise
    return connection


def take_alone(path: Path, *, what: str) -> int:
    """Take a lock file for this process; the lock goes when the process does, or the descriptor.

    Refuses: Misconfigured when another process has it (`what` says what is open there), and where
             no lock can be made.
    """
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(f"cannot be opened: {error.strerror}", where=str(path.parent)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Misconfigured(
            f"another process has {what} open", where=str(path.parent), allowed="one at a time"
        ) from None
    return lock
