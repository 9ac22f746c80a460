"""Reading a set of books from end to end, for an audit: nothing is written, nothing believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from tallystick.backends.postgres.connection import Connection, connect
from tallystick.backends.postgres.evidence import PostgresEvidence
from tallystick.backends.postgres.migrating import demand_schema
from tallystick.backends.postgres.schema import KINDS
from tallystick.backends.postgres.structure import audit_structure

T = TypeVar("T")

_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)
_ROWS = {
    "account": "SELECT a.id, owner, c.code, floor, cap, debits, credits, debits_held, credits_held"
    " FROM account a LEFT JOIN currency c ON c.no = a.no >> 40 ORDER BY a.id",
    "transfer": "SELECT leaf, seq, t.id, at_ms,"
    f" COALESCE((ARRAY[{_KINDS}])[kind + 1], kind::text), d.id, c.id, y.code, amount_minor,"
    " purpose, device, pending, reserved_minor, expires_ms FROM transfer t"
    " LEFT JOIN account d ON d.no = t.debit LEFT JOIN account c ON c.no = t.credit"
    " LEFT JOIN currency y ON y.no = t.debit >> 40 ORDER BY leaf, seq",
    "outcome": "SELECT leaf, device, request, ordered, code, data FROM outcome ORDER BY leaf",
    "instruction": "SELECT leaf, digest, device, signed, signature FROM instruction ORDER BY leaf",
    "register": "SELECT name, key, value FROM register ORDER BY name, key",
}
_PAGE = 5000


class PostgresReader:
    """Implements BooksReader in one snapshot; `evidence` is the log beside it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.evidence = PostgresEvidence(self._ask)

    def structure(self) -> Iterator[tuple[str, str]]:
        return audit_structure(self._connection)

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Page by page from the server: no table is held in memory."""
        with self._connection.cursor(f"audit_{table}", binary=True) as cursor:
            cursor.itersize = _PAGE
            cursor.execute(_ROWS[table])
            yield from cursor

    def _ask(self, question: Callable[[Connection], T], /) -> T:
        return question(self._connection)


def open_snapshot(address: str) -> Connection:
    """A connection that cannot write and sees one moment. Refuses: Misconfigured: no books."""
    connection = connect(address, purpose="audit", read_only=True)
    try:
        demand_schema(connection, address)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    except BaseException:
        connection.close()
        raise
    return connection
