"""The right to write: a session lock that one process holds, an epoch that each commit compares.

The lock keeps two well-behaved writers apart. The epoch decides: whoever takes the lock moves it
on, and a writer that was paused, cut off or declared dead finds another epoch in the row that its
next commit has to lock.
"""

from __future__ import annotations

import os
import socket
import time

import psycopg

from tallystick.backends.postgres.address import without_password
from tallystick.backends.postgres.connection import (
    LOCK_CLASS,
    Connection,
    ask,
    connect,
    demand_server,
    reconnect,
    transaction,
)
from tallystick.backends.postgres.migrating import demand_schema, migrate
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.protect.enforcement import ServiceClosed

LEASE_KEY = (LOCK_CLASS, 0)
"""The advisory lock of a database's one writer."""
PURPOSE = "writer"
_RETRY_S = 0.1

_TAKE = (
    "UPDATE writer SET epoch = epoch + 1, holder = %s, since = now()"
    " WHERE epoch = COALESCE(%s, epoch) RETURNING epoch, batch"
)


class Lease:
    """Held from when it is made until `close`; `recover` takes it again after a lost connection."""

    def __init__(self, address: str, *, wait_s: float) -> None:
        self._address = address
        self._wait_s = wait_s
        self.connection = connect(address, purpose=PURPOSE)
        try:
            demand_server(self.connection, address)
            migrate(self.connection, address)
            self.epoch, self.batch = self._take(self.connection, None)
        except BaseException:
            self.connection.close()
            raise

    @property
    def lost(self) -> bool:
        """Whether the session is gone, and the lock with it."""
        return self.connection.closed

    def recover(self, *, patience_s: float) -> None:
        """Come back with a new session: epoch and batch are then those of the database.

        When this returns, the session that was lost has ended: what it was about to commit is
        committed, or never will be. The new epoch is a commit of its own, so whatever the old one
        committed is by then as durable (and as replicated) as any commit.
        Refuses: ServiceClosed when the server does not come back in time, Defect when another
                 writer has taken over meanwhile.
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self._come_back()
                return
            except (psycopg.Error, Misconfigured) as error:
                if time.monotonic() >= deadline:
                    raise ServiceClosed("the books cannot be reached") from error
            time.sleep(_RETRY_S)

    def close(self) -> None:
        self.connection.close()

    def _come_back(self) -> None:
        connection = reconnect(self._address, purpose=PURPOSE)
        try:
            demand_server(connection, self._address)
            demand_schema(connection, self._address)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid = %s AND backend_start::text = %s",
                self._session,
            )
            self.epoch, self.batch = self._take(connection, self.epoch)
        except BaseException:
            connection.close()
            raise
        self.connection = connection

    def _take(self, connection: Connection, epoch: int | None) -> tuple[int, int]:
        """The lock, then a new epoch; from a given one when it must be the one that we left."""
        self._lock(connection)
        holder = f"{socket.gethostname()} {os.getpid()}"
        with transaction(connection):
            row = connection.execute(_TAKE, (holder, epoch)).fetchone()
        if row is None:
            raise Defect("another writer has taken over these books")
        self._session = connection.execute(
            "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()
        return int(row[0]), int(row[1])

    def _lock(self, connection: Connection) -> None:
        timeout = ask(connection, "SELECT current_setting('lock_timeout')")
        connection.execute(f"SET lock_timeout = {max(1, int(self._wait_s * 1000))}")
        try:
            connection.execute("SELECT pg_advisory_lock(%s, %s)", LEASE_KEY)
        except psycopg.errors.LockNotAvailable:
            raise Misconfigured(
                f"another process writes these books ({_holder(connection)})",
                where=without_password(self._address),
                allowed="one at a time",
            ) from None
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (timeout,))


def _holder(connection: Connection) -> str:
    row = connection.execute("SELECT holder, since::text FROM writer").fetchone()
    return f"{row[0]}, since {row[1]}" if row else "unknown"
