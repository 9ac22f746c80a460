"""The vault of tokens: its rows in one SQLite file of its own, apart from the books.

Account numbers lie in it sealed, and what finds them are digests under a key that is not here. The
file is held by one process.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from tallystick.backends.sqlite.small_files import open_small, take_alone
from tallystick.protect.tokens import Change, TokenRow, TokenState

VAULT_FILE, VAULT_LOCK = "vault.sqlite", "vault.lock"
_VERSION = 1
_MAKE = f"""BEGIN;
CREATE TABLE token (
    token TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    lookup BLOB,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    issued_ms INTEGER NOT NULL,
    expires_ms INTEGER,
    revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX token_of_number ON token (domain, lookup) WHERE lookup IS NOT NULL;
PRAGMA user_version = {_VERSION};
COMMIT;"""
_COLUMNS = "token, domain, lookup, sealed, state, issued_ms, expires_ms, revision"


class SqliteTokenStore:
    """Implements TokenStore over `vault.sqlite` in a directory, which it holds alone.

    Refuses: Misconfigured for a file of another kind or version, and while another process has it.
    """

    def __init__(self, directory: Path) -> None:
        self._lock = take_alone(directory / VAULT_LOCK, what="this vault")
        try:
            self._connection = open_small(
                directory / VAULT_FILE, make=_MAKE, version=_VERSION, what="a vault", threads=True
            )
            # What is deleted is overwritten: a sealed account number does not stay in free pages.
            self._connection.execute("PRAGMA secure_delete=ON")
        except BaseException:
            os.close(self._lock)
            raise
        self._closed = False

    def read(self, token: str) -> TokenRow | None:
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM token WHERE token = ?", (token,)
        ).fetchone()
        return None if row is None else _row(row)

    def current(self, domain: str, index: bytes) -> TokenRow | None:
        row = self._connection.execute(
            f"SELECT {_COLUMNS} FROM token WHERE domain = ? AND lookup = ?", (domain, index)
        ).fetchone()
        return None if row is None else _row(row)

    def write(self, changes: Sequence[Change]) -> Sequence[bool]:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            return [self._write(change) for change in changes]

    def page(self, after: str, limit: int) -> Sequence[TokenRow]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM token WHERE token > ? ORDER BY token LIMIT ?", (after, limit)
        )
        return [_row(row) for row in rows]

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._connection.close()
            os.close(self._lock)

    def _write(self, change: Change) -> bool:
        after, before = change.after, change.before
        values = (
            after.domain, after.index, after.sealed, str(after.state), after.issued_ms,
            after.expires_ms, after.revision, after.token,
        )  # fmt: skip
        try:
            if before is None:
                done = self._connection.execute(
                    "INSERT INTO token (domain, lookup, sealed, state, issued_ms, expires_ms,"
                    " revision, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
            else:
                done = self._connection.execute(
                    "UPDATE token SET domain = ?, lookup = ?, sealed = ?, state = ?, issued_ms = ?,"
                    " expires_ms = ?, revision = ? WHERE token = ? AND revision = ?",
                    (*values, before.revision),
                )
        except sqlite3.IntegrityError:  # the token, or the index in its domain, is taken
            return False
        return done.rowcount == 1


def _row(values: tuple[str, str, bytes | None, bytes, str, int, int | None, int]) -> TokenRow:
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
