"""A session that reads, and comes back by itself: asking again changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import psycopg

from tallystick.backends.postgres.connection import Connection, connect, reconnect
from tallystick.protect.enforcement import ServiceClosed

T = TypeVar("T")
PURPOSE = "reader"


class Reader:
    """Asks questions one at a time, from whichever thread; sees what is committed."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._asking = threading.Lock()
        self._connection = _by_keys(connect(address, purpose=PURPOSE, read_only=True))

    def __call__(self, question: Callable[[Connection], T], /) -> T:
        """The answer. Refuses: ServiceClosed when the server is gone and does not come back."""
        with self._asking:
            try:
                return question(self._connection)
            except psycopg.OperationalError as error:
                if not self._connection.closed:
                    raise ServiceClosed("the books did not answer") from error
            try:
                self._connection = _by_keys(
                    reconnect(self._address, purpose=PURPOSE, read_only=True)
                )
                return question(self._connection)
            except psycopg.OperationalError as error:
                raise ServiceClosed("the books cannot be reached") from error

    def close(self) -> None:
        self._connection.close()


def _by_keys(connection: Connection) -> Connection:
    """Every question of a platform follows keys; a plan that scans would be a plan gone wrong."""
    connection.execute("SET enable_hashjoin = off; SET enable_mergejoin = off")
    connection.execute("SET enable_seqscan = off")
    return connection
