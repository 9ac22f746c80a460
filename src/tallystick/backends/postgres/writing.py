"""One batch as one transaction: rows by COPY, balances by the guard of transfers, then the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallystick.backends.postgres.batches import Batch
from tallystick.backends.postgres.connection import Connection
from tallystick.backends.postgres.lease import Lease
from tallystick.backends.postgres.nodes import nodes_of, pack
from tallystick.backends.postgres.rows import (
    COPIES,
    Row,
    account_rows,
    copy_statement,
    evidence_rows,
    instruction_rows,
    outcome_rows,
    register_columns,
    transfer_rows,
)
from tallystick.ground.errors import Defect

_FENCE = "UPDATE writer SET batch = batch + 1 WHERE epoch = %s AND batch = %s"
_RETIRE = (
    "UPDATE evidence SET tally = NULL WHERE tally IS NOT NULL"
    " AND (convert_from(leaf, 'UTF8')::json ->> 'at_ms')::bigint < %s"
)
_NODES = "INSERT INTO node (first, hashes) VALUES (%s, %b)"
_CHECKPOINT = "INSERT INTO checkpoint (size, note) VALUES (%s, %s)"
_REGISTER = (
    "INSERT INTO register (name, key, value)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[])"
    " ON CONFLICT (name, key) DO UPDATE SET value = EXCLUDED.value"
)


class Currencies:
    """Which currency each account has: asked once, kept, because it never changes."""

    KEPT_MAX = 200_000

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, connection: Connection, batch: Batch) -> Mapping[str, str]:
        """The currency of every account that the batch debits. Refuses: Defect: unknown ones."""
        opened: dict[str, str] = {a.id: a.currency for s in batch.settlements for a in s.accounts}
        wanted = {t.debit for s in batch.leaves for t in s.transfers}
        unknown = wanted - self._known.keys() - opened.keys()
        if unknown:
            self._ask(connection, list(unknown))
        if not wanted <= self._known.keys() | opened.keys():
            raise Defect("a transfer names an account that is not there")
        return {**opened, **{name: self._known[name] for name in wanted if name in self._known}}

    def _ask(self, connection: Connection, accounts: list[str]) -> None:
        if len(self._known) > self.KEPT_MAX:
            self._known.clear()
        rows = connection.execute(
            "SELECT id, currency FROM account WHERE id = ANY(%b)", (accounts,)
        ).fetchall()
        self._known.update(rows)


def write_batch(lease: Lease, batch: Batch, *, currencies: Currencies) -> None:
    """BEGIN to COMMIT. Refuses: Defect when another writer has taken over."""
    connection = lease.connection
    _begin(lease)
    _copy(connection, "account", account_rows(batch.settlements))
    if batch.leaves:
        known = currencies.learn(connection, batch)
        _copy(connection, "evidence", evidence_rows(batch.leaves, batch.first))
        _copy(connection, "outcome", outcome_rows(batch.leaves, batch.first))
        _copy(connection, "instruction", instruction_rows(batch.leaves, batch.first))
        _copy(
            connection,
            "transfer",
            transfer_rows(batch.leaves, batch.first, seq=batch.seq, currency_of=known.__getitem__),
        )
    _finish(connection, batch)


def retire_tallies(lease: Lease, *, before_ms: int) -> int:
    """Let go of tallies older than an instant, BEGIN to COMMIT. Gives how many."""
    _begin(lease)
    gone = lease.connection.execute(_RETIRE, (before_ms,)).rowcount
    lease.connection.execute("COMMIT", prepare=False)
    return gone


def _begin(lease: Lease) -> None:
    """Open a transaction that holds the writer's row, if the epoch in it is still ours."""
    with lease.connection.pipeline():
        lease.connection.execute("BEGIN", prepare=False)
        held = lease.connection.execute(_FENCE, (lease.epoch, lease.batch))
    if held.rowcount != 1:
        raise Defect("another writer has taken over these books")


def _copy(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(copy_statement(table)) as copy:
        copy.set_types([kind for _, kind in COPIES[table]])
        for row in rows:
            copy.write_row(row)


def _finish(connection: Connection, batch: Batch) -> None:
    """The short rest of a batch and COMMIT, in one round trip."""
    columns = register_columns(batch.settlements)
    with connection.pipeline():
        if batch.nodes:
            connection.execute(_NODES, (nodes_of(batch.first), pack(batch.nodes)))
        if batch.note is not None:
            connection.execute(_CHECKPOINT, (batch.size, batch.note))
        if columns[0]:
            connection.execute(_REGISTER, columns)
        connection.execute("COMMIT", prepare=False)
