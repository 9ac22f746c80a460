"""The vault of tokens in PostgreSQL: a schema of its own, best in a database of its own.

Several processes may use one vault: a token, and the number of a domain, are taken by whoever
writes first, and a row is changed only as it was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

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
from tallystick.ground.errors import Misconfigured
from tallystick.protect.enforcement import ServiceClosed
from tallystick.protect.tokens import Change, TokenRow, TokenState

T = TypeVar("T")
VAULT_SCHEMA = "tallystick_vault"
_VERSION = 1
_LOCK = f"SELECT pg_advisory_xact_lock({LOCK_CLASS}, 2)"
_MAKE = f"""
CREATE SCHEMA {VAULT_SCHEMA};
REVOKE ALL ON SCHEMA {VAULT_SCHEMA} FROM PUBLIC;
CREATE TABLE {VAULT_SCHEMA}.migration (version integer PRIMARY KEY);
INSERT INTO {VAULT_SCHEMA}.migration VALUES ({_VERSION});
CREATE TABLE {VAULT_SCHEMA}.token (
    token text COLLATE "C" PRIMARY KEY,
    domain text NOT NULL,
    lookup bytea,
    sealed bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'suspended', 'deleted')),
    issued_ms bigint NOT NULL,
    expires_ms bigint,
    revision bigint NOT NULL
);
CREATE UNIQUE INDEX token_of_number ON {VAULT_SCHEMA}.token (domain, lookup)
    WHERE lookup IS NOT NULL
"""
_COLUMNS = "token, domain, lookup, sealed, state, issued_ms, expires_ms, revision"
_INSERT = (
    "INSERT INTO token (domain, lookup, sealed, state, issued_ms, expires_ms, revision, token)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_UPDATE = (
    "UPDATE token SET domain = %s, lookup = %s, sealed = %s, state = %s, issued_ms = %s,"
    " expires_ms = %s, revision = %s WHERE token = %s AND revision = %s"
)
_PURPOSE = "vault"


class PostgresTokenStore:
    """Implements TokenStore over a database. Not for two threads at a time.

    Makes its tables when there are none. A server that goes is ServiceClosed, and is looked for
    again with the next question.
    Refuses: Misconfigured for a server that cannot be trusted with a commit, and for tables of
             another version.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection = connect(address, purpose=_PURPOSE)
        self._closed = False
        try:
            demand_server(self._connection, address)
            _prepare(self._connection, address)
            _enter(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def read(self, token: str) -> TokenRow | None:
        return self._one(f"SELECT {_COLUMNS} FROM token WHERE token = %s", token)

    def current(self, domain: str, index: bytes) -> TokenRow | None:
        query = f"SELECT {_COLUMNS} FROM token WHERE domain = %s AND lookup = %s"
        return self._one(query, domain, index)

    def write(self, changes: Sequence[Change]) -> Sequence[bool]:
        def work(connection: Connection) -> list[bool]:
            with transaction(connection):
                return [_write(connection, change) for change in changes]

        return self._do(work)

    def page(self, after: str, limit: int) -> Sequence[TokenRow]:
        query = f"SELECT {_COLUMNS} FROM token WHERE token > %s ORDER BY token LIMIT %s"
        return self._do(
            lambda connection: [_row(row) for row in connection.execute(query, (after, limit))]
        )

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.close()

    def _one(self, query: str, *values: str | bytes) -> TokenRow | None:
        if any(isinstance(value, str) and "\0" in value for value in values):
            return None
        row = self._do(lambda connection: connection.execute(query, values).fetchone())
        return None if row is None else _row(row)

    def _do(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._connection.closed and not self._closed:
                self._connection = reconnect(self._address, purpose=_PURPOSE)
                demand_server(self._connection, self._address)
                _enter(self._connection)
            return work(self._connection)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            self._connection.close()
            raise ServiceClosed("the vault's database does not answer") from None


def _write(connection: Connection, change: Change) -> bool:
    after, before = change.after, change.before
    values = (
        after.domain, after.index, after.sealed, str(after.state), after.issued_ms,
        after.expires_ms, after.revision, after.token,
    )  # fmt: skip
    if before is None:
        return connection.execute(_INSERT, values).rowcount == 1
    try:
        with connection.transaction():  # a savepoint: what is refused harms no other change
            return connection.execute(_UPDATE, (*values, before.revision)).rowcount == 1
    except psycopg.errors.UniqueViolation:
        return False


def _prepare(connection: Connection, address: str) -> None:
    with transaction(connection):
        connection.execute(_LOCK)
        if ask(connection, "SELECT to_regnamespace(%s)", VAULT_SCHEMA) is None:
            for statement in _MAKE.split(";\n"):
                connection.execute(statement)
        version = ask(connection, f"SELECT max(version) FROM {VAULT_SCHEMA}.migration")
    if version != _VERSION:
        raise Misconfigured(
            f"a vault of version {version}",
            where=without_password(address),
            allowed=str(_VERSION),
        )


def _enter(connection: Connection) -> None:
    connection.execute(f"SET search_path = {VAULT_SCHEMA}, pg_temp")


def _row(values: tuple[Any, ...]) -> TokenRow:
    token, domain, index, sealed, state, issued_ms, expires_ms, revision = values
    return TokenRow(
        token=token,
        domain=domain,
        index=index,
        sealed=sealed,
        state=TokenState(state),
        issued_ms=issued_ms,
        expires_ms=expires_ms,
        revision=revision,
    )
