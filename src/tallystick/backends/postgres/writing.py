"""One batch as one transaction: rows by COPY, balances by the guard of transfers, then the rest."""

from __future__ import annotations

from tallystick.backends.postgres.batches import Batch
from tallystick.backends.postgres.connection import Connection
from tallystick.backends.postgres.lease import Lease
from tallystick.backends.postgres.nodes import nodes_of, pack
from tallystick.backends.postgres.rows import (
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


def write_batch(lease: Lease, batch: Batch) -> None:
    """BEGIN to COMMIT. Refuses: Defect when another writer has taken over."""
    connection, leaves, first = lease.connection, batch.leaves, batch.first
    _begin(lease)
    batch.places.trim()
    opened = batch.places.open(a for s in batch.settlements for a in s.accounts)
    _copy(connection, "account", account_rows(opened))
    if leaves:
        _copy(connection, "evidence", evidence_rows(leaves, first))
        _copy(connection, "outcome", outcome_rows(leaves, first))
        _copy(connection, "instruction", instruction_rows(leaves, first))
        places = batch.places.find(leaves)
        _copy(connection, "transfer", transfer_rows(leaves, first, seq=batch.seq, places=places))
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


def _copy(connection: Connection, table: str, rows: bytes) -> None:
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(copy_statement(table)) as copy:
        copy.write(rows)


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
