"""Connections: what a session of ours is like, and what we demand of the server before we write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tallystick.backends.postgres.address import demand_address, without_password
from tallystick.backends.postgres.schema import SCHEMA
from tallystick.ground.errors import Misconfigured

Connection = psycopg.Connection[tuple[Any, ...]]

VERSION_MIN = 150000
PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""When a silent server counts as gone; the address may say otherwise."""
APPLICATION = "tallystick"
LOCK_CLASS = 1413563468
"""The class of all our advisory locks: 0 is the writer's, 1 that of whoever migrates."""

DURABLE = {
    # setting: what it must say, how to mend it
    "fsync": (("on",), "fsync = on in postgresql.conf, then restart"),
    "full_page_writes": (("on",), "full_page_writes = on in postgresql.conf, then reload"),
    "synchronous_commit": (
        ("on", "remote_apply"),
        "ALTER ROLE ... RESET synchronous_commit, ALTER DATABASE ... RESET synchronous_commit,"
        " or synchronous_commit = on in postgresql.conf, then reload",
    ),
}
"""What a commit needs so that a power cut loses nothing that was acknowledged."""

_SESSION = (
    f"SET search_path = {SCHEMA}, pg_temp",
    "SET default_transaction_isolation = 'read committed'",
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET statement_timeout = 0",
    "SET client_min_messages = warning",
    "SET timezone = 'UTC'",
    "SET jit = off",
)


def connect(address: str, *, purpose: str, read_only: bool = False) -> Connection:
    """A session of ours: each statement its own transaction unless BEGIN says otherwise.

    Refuses: Misconfigured when the server cannot be reached or lets us not in.
    """
    try:
        return reconnect(address, purpose=purpose, read_only=read_only)
    except psycopg.OperationalError as error:
        raise Misconfigured(_reason(error), where=without_password(address)) from None


def reconnect(address: str, *, purpose: str, read_only: bool = False) -> Connection:
    """As `connect`, for a server that was reached before: psycopg says what is wrong now."""
    given = conninfo_to_dict(demand_address(address))
    connection = psycopg.connect(
        autocommit=True,
        application_name=f"{APPLICATION} {purpose}",
        client_encoding="UTF8",
        **{**PATIENCE, **given},
    )
    try:
        connection.execute("; ".join(_SESSION))
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
        connection.prepare_threshold = 1
    except BaseException:
        connection.close()
        raise
    return connection


def demand_server(connection: Connection, address: str) -> None:
    """Refuses: Misconfigured for an old server, a standby, or one whose commits can be lost."""
    where = without_password(address)
    version = connection.info.server_version
    if version < VERSION_MIN:
        raise Misconfigured(f"PostgreSQL {version // 10000}", where=where, allowed="15 or newer")
    if ask(connection, "SELECT pg_is_in_recovery()"):
        raise Misconfigured("is a standby: nothing can be written", where=where, allowed="primary")
    for setting, (allowed, mend) in DURABLE.items():
        value = str(ask(connection, "SELECT current_setting(%s)", setting))
        if value not in allowed:
            raise Misconfigured(
                f"{setting} = {value}: a power cut would take back what was acknowledged",
                where=where,
                allowed=mend,
            )
    # From here on nobody weakens it for this session behind our back.
    level = str(ask(connection, "SELECT current_setting('synchronous_commit')"))
    connection.execute(sql.SQL("SET synchronous_commit = {}").format(sql.Literal(level)))


def ask(connection: Connection, query: str, *values: object) -> Any:
    """The one value that a query gives; None when it gives no row."""
    row = connection.execute(query, values or None).fetchone()
    return row[0] if row else None


@contextmanager
def transaction(connection: Connection, *, snapshot: bool = False) -> Iterator[None]:
    """BEGIN to COMMIT; ROLLBACK when anything is raised. `snapshot`: one view for all reads."""
    kind = "ISOLATION LEVEL REPEATABLE READ READ ONLY" if snapshot else ""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def rollback(connection: Connection) -> None:
    """Leave a transaction behind, if the connection still lives and one is open."""
    if connection.closed or connection.broken:
        return
    if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        connection.execute("ROLLBACK")


def _reason(error: psycopg.Error) -> str:
    """One line of what libpq says; it names hosts and roles, never a password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"cannot be reached: {lines[0] if lines else 'no reason given'}"
