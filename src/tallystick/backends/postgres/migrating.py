"""Bringing a database to the schema of this version: by its owner, step by step, all or nothing."""

from __future__ import annotations

import psycopg
from psycopg import sql

from tallystick.backends.postgres.address import without_password
from tallystick.backends.postgres.connection import (
    LOCK_CLASS,
    Connection,
    ask,
    connect,
    transaction,
)
from tallystick.backends.postgres.schema import GRANTS, MIGRATIONS, SCHEMA, SCHEMA_VERSION
from tallystick.ground.errors import Misconfigured

PREPARE = "tallystick ledger prepare --books URL, with the role that owns the books"
_LOCK = f"SELECT pg_advisory_xact_lock({LOCK_CLASS}, 1)"


def schema_version(connection: Connection) -> int:
    """The version of the tables here; 0 when there are none of ours."""
    if ask(connection, "SELECT to_regclass(%s)", f"{SCHEMA}.migration") is None:
        return 0
    return int(ask(connection, f"SELECT COALESCE(max(version), 0) FROM {SCHEMA}.migration"))


def prepare_books(address: str, *, writer: str | None = None) -> int:
    """Make or bring up to date the tables, and let another role write. Gives the version.

    The role of the address becomes (or is) the owner. `writer` is the role that `serve` uses: it
    may append and read, and neither change nor remove what was written.
    Refuses: Misconfigured for a newer schema, and for a role that may not.
    """
    connection = connect(address, purpose="prepare")
    try:
        migrate(connection, address)
        if writer is not None:
            _grant(connection, writer, address)
        return schema_version(connection)
    finally:
        connection.close()


def migrate(connection: Connection, address: str) -> None:
    """Take the steps that are missing. Refuses: Misconfigured."""
    where = without_password(address)
    try:
        with transaction(connection):
            connection.execute(_LOCK)
            if schema_version(connection) == 0 and not _has_schema(connection):
                connection.execute(f"CREATE SCHEMA {SCHEMA}")
                connection.execute(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC")
            version = schema_version(connection)
            _demand_known(version, where)
            for step in range(version, SCHEMA_VERSION):
                connection.execute(MIGRATIONS[step])
                connection.execute("INSERT INTO migration (version) VALUES (%s)", (step + 1,))
    except psycopg.errors.InsufficientPrivilege as error:
        raise Misconfigured(
            f"this role may not change the schema ({error.diag.message_primary})",
            where=where,
            allowed=PREPARE,
        ) from None


def demand_schema(connection: Connection, address: str) -> None:
    """Refuses: Misconfigured when the tables are missing, older or newer than ours."""
    where = without_password(address)
    version = schema_version(connection)
    _demand_known(version, where)
    if version < SCHEMA_VERSION:
        have = f"schema version {version}" if version else "no books here"
        raise Misconfigured(have, where=where, allowed=f"version {SCHEMA_VERSION}: {PREPARE}")


def _demand_known(version: int, where: str) -> None:
    if version > SCHEMA_VERSION:
        raise Misconfigured(
            f"schema version {version} is newer than this version of tallystick",
            where=where,
            allowed=str(SCHEMA_VERSION),
        )


def _has_schema(connection: Connection) -> bool:
    """Whether the owner of the database made the schema beforehand, for us to fill."""
    return ask(connection, "SELECT to_regnamespace(%s)", SCHEMA) is not None


def _grant(connection: Connection, role: str, address: str) -> None:
    where = without_password(address)
    try:
        with transaction(connection):
            for grant in GRANTS:
                connection.execute(sql.SQL(grant).format(role=sql.Identifier(role)))
    except psycopg.errors.UndefinedObject:
        raise Misconfigured(
            f"there is no role {role!r}", where=where, allowed=f"CREATE ROLE {role} LOGIN first"
        ) from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise Misconfigured(
            f"this role may not grant ({error.diag.message_primary})", where=where, allowed=PREPARE
        ) from None
