"""Books copied out of a database as one moment left them, and copied into an empty one.

One file per table, in PostgreSQL's binary form of COPY, all from one snapshot. Copying in goes
through the guards: accounts open empty and the transfers post them again, so what comes back is
what the transfers say, and it is compared with what the accounts said.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import psycopg

from tallystick.backends.postgres.address import without_password
from tallystick.backends.postgres.connection import Connection, ask, connect, transaction
from tallystick.backends.postgres.evidence import log_size
from tallystick.backends.postgres.migrating import demand_schema, migrate
from tallystick.backends.postgres.reader import open_snapshot
from tallystick.backends.postgres.schema import SCHEMA_VERSION
from tallystick.ground.errors import Misconfigured

ORDERED = {
    # table: in which order its rows are copied
    "currency": "no",
    "account": "no",
    "evidence": "position",
    "node": "first",
    "checkpoint": "size",
    "outcome": "leaf, device, request",
    "instruction": "leaf",
    "register": "name, key",
    "transfer": "seq",
}
VERSION_FILE = "schema.version"
_OPENED = "no, id, owner, floor, cap"
_SUMS = "debits, credits, debits_held, credits_held, last_seq"


def copy_out(address: str, to: Path) -> tuple[Sequence[str], int, str]:
    """Write the books as files into a directory; works while a platform commits.

    Gives the files, and the size and newest checkpoint of the log in them; they are on the disk.
    Refuses: Misconfigured when there are no books.
    """
    connection = open_snapshot(address)
    try:
        for table, order in ORDERED.items():
            _write_table(connection, table, order, to / _file(table))
        size = log_size(connection)
        note = ask(connection, "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
    finally:
        connection.close()
    with _private(to / VERSION_FILE) as file:
        file.write(b"%d\n" % SCHEMA_VERSION)
        os.fsync(file.fileno())
    directory = os.open(to, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return (*map(_file, ORDERED), VERSION_FILE), size, str(note or "")


def copy_in(source: Path, address: str) -> None:
    """Fill an empty database with such files, all or nothing.

    Refuses: Misconfigured when it has books, and when the files are of another version or do not
             make sound books.
    """
    where = without_password(address)
    version = (source / VERSION_FILE).read_text("ascii").strip()
    if version != str(SCHEMA_VERSION):
        raise Misconfigured(
            f"copied from schema version {version}", where=str(source), allowed=str(SCHEMA_VERSION)
        )
    connection = connect(address, purpose="restore")
    try:
        migrate(connection, address)
        demand_schema(connection, address)
        with transaction(connection):
            connection.execute("LOCK TABLE writer IN ACCESS EXCLUSIVE MODE")
            if log_size(connection) or ask(connection, "SELECT count(*) FROM account"):
                raise Misconfigured("there are books here already", where=where)
            _fill(connection, source, where)
        connection.execute("ANALYZE")
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise Misconfigured(
            f"these are not sound books: {error.diag.message_primary}", where=str(source)
        ) from None
    finally:
        connection.close()


def _fill(connection: Connection, source: Path, where: str) -> None:
    connection.execute("CREATE TEMPORARY TABLE said (LIKE account) ON COMMIT DROP")
    for table in ORDERED:
        if table != "account":
            _read_table(connection, table, source / _file(table))
            continue
        _read_table(connection, "pg_temp.said", source / _file(table))
        connection.execute(f"INSERT INTO account ({_OPENED}) SELECT {_OPENED} FROM pg_temp.said")
    differing = ask(
        connection,
        f"SELECT count(*) FROM (SELECT no, {_SUMS} FROM account"
        f" EXCEPT SELECT no, {_SUMS} FROM pg_temp.said) differing",
    )
    if differing:
        raise Misconfigured(f"{differing} accounts are not what their transfers say", where=where)


def _write_table(connection: Connection, table: str, order: str, path: Path) -> None:
    query = f"COPY (SELECT * FROM {table} ORDER BY {order}) TO STDOUT (FORMAT BINARY)"
    with _private(path) as file, connection.cursor() as cursor, cursor.copy(query) as copy:
        for part in copy:
            file.write(part)
        os.fsync(file.fileno())


def _read_table(connection: Connection, table: str, path: Path) -> None:
    query = f"COPY {table} FROM STDIN (FORMAT BINARY)"
    with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(query) as copy:
        while part := file.read(1 << 20):
            copy.write(part)


def _private(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _file(table: str) -> str:
    return f"{table}.copy"
