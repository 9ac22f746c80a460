"""Opening a home directory's database: one writer, durable commits, a schema that we know."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from tallystick.backends.sqlite.migration import OLDER, migrate
from tallystick.backends.sqlite.schema import SCHEMA_VERSION, TABLES
from tallystick.backends.sqlite.small_files import take_alone
from tallystick.ground.errors import Misconfigured

SQLITE_VERSION = sqlite3.sqlite_version
SQLITE_GOOD = sqlite3.sqlite_version_info >= (3, 37) and sqlite3.threadsafety >= 1
"""Whether this SQLite has what the schema needs, and may be shared by threads."""
FILE = "books.sqlite"
LOCK = "books.lock"
CACHE_KIB = 65_536
"""The writer's cache: what a batch changes must fit, or pages are written twice."""


def open_writer(home: Path) -> sqlite3.Connection:
    """The one connection that writes. Creates the tables in a fresh home.

    `synchronous=FULL`: a commit that returned survives a power cut. Books of an older version are
    migrated first, and the old file is kept. A file of another kind is not touched.
    Refuses: Misconfigured, also for books of a newer version.
    """
    connection = _connect(home / FILE)
    older = _older(connection)
    if older is not None:
        connection.close()
        migrate(home / FILE, older)
        connection = _connect(home / FILE)
    try:
        if _is_empty(connection, home):
            os.chmod(home / FILE, 0o600)
            connection.executescript(_MAKE)
        demand_schema(connection, home)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA wal_autocheckpoint=4000")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(home: Path) -> sqlite3.Connection:
    """A connection that cannot write. Refuses: Misconfigured when the home holds no books."""
    if not (home / FILE).exists():
        raise Misconfigured("no books here", where=str(home), allowed="a home made by serve")
    connection = _connect(home / FILE)
    try:
        connection.execute("PRAGMA query_only=ON")
        demand_schema(connection, home)
    except BaseException:
        connection.close()
        raise
    return connection


def demand_schema(connection: sqlite3.Connection, home: Path) -> None:
    """Refuses: Misconfigured when the tables are of another version or not ours."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.DatabaseError as error:
        raise Misconfigured(f"cannot be read: {error}", where=str(home / FILE)) from None
    version = row[0] if row else None
    if version in OLDER:
        raise Misconfigured(
            f"books of schema version {version}",
            where=str(home / FILE),
            allowed=f"{SCHEMA_VERSION}: serve migrates them when it opens this home",
        )
    if version != SCHEMA_VERSION:
        newer = isinstance(version, int) and version > SCHEMA_VERSION
        raise Misconfigured(
            f"books of schema version {version}" + (", made by a newer Tallystick" * newer),
            where=str(home / FILE),
            allowed=f"{SCHEMA_VERSION} and, to migrate, {', '.join(map(str, OLDER))}",
        )


def lock_home(home: Path) -> int:
    """Take the home for this process; the lock goes when the process does.

    Refuses: Misconfigured when another process has it.
    """
    return take_alone(home / LOCK, what="this home")


_MAKE = f"BEGIN;{TABLES}INSERT INTO meta VALUES ('schema', {SCHEMA_VERSION});COMMIT;"
"""All or nothing: making that a power cut interrupted is begun anew."""


def _is_empty(connection: sqlite3.Connection, home: Path) -> bool:
    try:
        (tables,) = connection.execute("SELECT COUNT(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        raise Misconfigured(f"cannot be read: {error}", where=str(home / FILE)) from None
    return int(tables) == 0


def _older(connection: sqlite3.Connection) -> int | None:
    """The version of books that must be migrated; None for everything else."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.DatabaseError:
        return None
    return int(row[0]) if row and row[0] in OLDER else None


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=256, timeout=10.0
    )
