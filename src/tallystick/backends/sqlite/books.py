"""Books on SQLite: one durable transaction per batch, evidence and its checkpoint included."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tallystick.backends.sqlite.accounts import open_accounts
from tallystick.backends.sqlite.answers import read_answers
from tallystick.backends.sqlite.connection import lock_home, open_reader, open_writer
from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.backends.sqlite.inserting import Insert
from tallystick.backends.sqlite.lines import read_lines, read_row, read_transfers
from tallystick.backends.sqlite.posting import Posting
from tallystick.backends.sqlite.rows import instruction_values, orders, outcomes, register_rows
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.enforcement import (
    AccountRow,
    Committed,
    Recorded,
    Settlement,
    TransferRow,
)
from tallystick.prove.evidence import (
    Frontier,
    Node,
    inclusion_path,
    leaf_hash,
    right_border,
)

SignCheckpoint = Callable[[int, bytes], str]
"""Signs a tree of so many leaves with this root: gives the note."""


class SqliteBooks:
    """Everything that payments decide, in one file of one home directory."""

    def __init__(self, home: Path, *, sign_checkpoint: SignCheckpoint) -> None:
        self._sign = sign_checkpoint
        self._writing = threading.Lock()
        self._frontier: Frontier | None = None
        with ExitStack() as undo:
            self._lock = lock_home(home)
            undo.callback(os.close, self._lock)
            self._writer = open_writer(home)
            undo.callback(self._writer.close)
            self._reader = open_reader(home)
            undo.callback(self._reader.close)
            self.evidence = SqliteEvidence(self._reader)
            self._epoch = _next_epoch(self._writer)
            self._posting = Posting(self._writer)
            undo.pop_all()

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        """See `Books.commit`. One transaction, synchronous=FULL."""
        with self._transaction():
            # Should this commit fail, the tree is read anew: what is on the disk is the truth.
            frontier, self._frontier = self._frontier or self._stored_frontier(), None
            proven = self._write(batch, frontier)
        self._frontier = frontier
        return proven

    def recorded(self, requests: Sequence[tuple[DeviceId, RequestId]]) -> Sequence[Recorded | None]:
        return read_answers(self._reader, requests)

    def register(self, name: str, key: str) -> bytes | None:
        row = self._reader.execute(
            "SELECT value FROM register WHERE name = ? AND key = ?", (name, key)
        ).fetchone()
        return row[0] if row else None

    def records(
        self, name: str, *, after: str, until: str, limit: int
    ) -> Sequence[tuple[str, bytes]]:
        """See `OrderedRecords`: the table is kept in the order of its keys."""
        return self._reader.execute(
            "SELECT key, value FROM register WHERE name = ? AND key > ? AND key <= ?"
            " ORDER BY key LIMIT ?",
            (name, after, until, limit),
        ).fetchall()

    def account(self, account: AccountId) -> AccountRow | None:
        return read_row(self._reader, account)

    def transfers(
        self,
        *,
        since_ms: int = 0,
        account: AccountId | None = None,
        newest: int | None = None,
        before_seq: int | None = None,
    ) -> Iterable[TransferRow]:
        if account is None:
            return read_transfers(
                self._reader, since_ms=since_ms, newest=newest, before_seq=before_seq
            )
        return read_lines(
            self._reader, account, since_ms=since_ms, newest=newest, before_seq=before_seq
        )

    def retire_tallies(self, *, before_ms: int) -> int:
        """Let go of tallies older than an instant; their leaves stay. Gives how many."""
        with self._transaction():
            cursor = self._writer.execute(
                "UPDATE evidence SET tally = NULL WHERE tally IS NOT NULL"
                " AND json_extract(CAST(leaf AS TEXT), '$.at_ms') < ?",
                (before_ms,),
            )
        return cursor.rowcount

    def close(self) -> None:
        try:
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._writer.close()
            self._reader.close()
            os.close(self._lock)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One durable transaction of the one writer, whichever thread asks for it."""
        with self._writing:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                self._demand_epoch()
                yield
                self._writer.execute("COMMIT")
            except BaseException as error:
                self._posting.forget()
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                if isinstance(error, sqlite3.IntegrityError):
                    raise Defect(f"the books refused a batch: {error}") from error
                raise

    def _demand_epoch(self) -> None:
        (epoch,) = self._writer.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        if epoch != self._epoch:
            raise Defect("another writer has taken over these books")

    def _stored_frontier(self) -> Frontier:
        stored = SqliteEvidence(self._writer)
        return Frontier.load(stored.size(), stored.node)

    def _write(self, batch: Sequence[Settlement], frontier: Frontier) -> list[Committed | None]:
        first = frontier.size
        leaves = [s for s in batch if s.leaf is not None]
        positions = {id(s): first + n for n, s in enumerate(leaves)}
        edge = frontier.nodes()
        nodes = frontier.append([leaf_hash(s.leaf) for s in leaves if s.leaf is not None])
        self._write_rows(batch, leaves, positions, nodes)
        if not leaves:
            return [None] * len(batch)
        note = self._sign(frontier.size, frontier.root())
        self._writer.execute(
            _INSERT_CHECKPOINT,
            (
                frontier.size,
                note,
                self._posting.last_seq,
                max(s.at_ms for s in leaves),
                self._epoch,
            ),
        )
        prover = _Prover(frontier.size, note, [*edge, *nodes])
        return [prover.prove(s, positions.get(id(s))) for s in batch]

    def _write_rows(
        self,
        batch: Sequence[Settlement],
        leaves: Sequence[Settlement],
        positions: dict[int, int],
        nodes: Sequence[Node],
    ) -> None:
        writer = self._writer
        open_accounts(writer, (a for s in batch for a in s.accounts))
        _EVIDENCE.write(writer, [v for s in leaves for v in (positions[id(s)], s.leaf, s.tally)])
        _NODES.write(writer, [value for node in nodes for value in node])
        self._posting.answer(outcomes(leaves, positions))
        self._posting.post(orders(leaves, positions))
        _INSTRUCTIONS.write(writer, instruction_values(leaves, positions))
        writer.executemany("INSERT OR REPLACE INTO register VALUES (?, ?, ?)", register_rows(batch))


class _Prover:
    """Inclusion proofs for one batch, from the nodes at hand: no read, one border for all."""

    def __init__(self, size: int, note: str, nodes: Sequence[Node]) -> None:
        self._size, self._note = size, note
        self._nodes = {(level, position): node for level, position, node in nodes}
        self._border = right_border(size, self._node)

    def prove(self, settlement: Settlement, index: int | None) -> Committed | None:
        if settlement.leaf is None or index is None:
            return None
        return Committed(
            leaf=settlement.leaf,
            data=settlement.data,
            index=index,
            size=self._size,
            path=inclusion_path(index, self._size, self._node, border=self._border),
            checkpoint=self._note,
        )

    def _node(self, level: int, position: int) -> bytes:
        return self._nodes[level, position]


_EVIDENCE = Insert("evidence", width=3)
_NODES = Insert("node", width=3)
_INSTRUCTIONS = Insert("instruction", width=5)
# The newest time is that of all batches so far: so a look-up by time may search it.
_INSERT_CHECKPOINT = (
    "INSERT INTO checkpoint SELECT ?1, ?2, ?3,"
    " MAX(?4, (SELECT COALESCE(MAX(newest_ms), 0) FROM checkpoint)), ?5"
)


def _next_epoch(connection: sqlite3.Connection) -> int:
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', 0)")
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
    epoch: int = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
    return epoch
