"""Books on SQLite: one durable transaction per batch, evidence and its checkpoint included."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tallystick.backends.sqlite.connection import lock_home, open_reader, open_writer
from tallystick.backends.sqlite.evidence import SqliteEvidence
from tallystick.backends.sqlite.rows import (
    account_rows,
    balance_changes,
    instruction_rows,
    outcome_rows,
    register_rows,
    transfer_rows,
)
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
        return [self._recorded(device, request) for device, request in requests]

    def _recorded(self, device: DeviceId, request: RequestId) -> Recorded | None:
        row = self._reader.execute(
            "SELECT ordered, o.leaf, data, e.leaf FROM outcome o"
            " JOIN evidence e ON e.position = o.leaf WHERE device = ? AND request = ?",
            (device, request),
        ).fetchone()
        if row is None:
            return None
        order, index, data, leaf = row
        size, note = self.evidence.newest()
        path = inclusion_path(index, size, self.evidence.node)
        committed = Committed(
            leaf=leaf, data=data, index=index, size=size, path=tuple(path), checkpoint=note
        )
        return Recorded(order=order, committed=committed)

    def register(self, name: str, key: str) -> bytes | None:
        row = self._reader.execute(
            "SELECT value FROM register WHERE name = ? AND key = ?", (name, key)
        ).fetchone()
        return row[0] if row else None

    def account(self, account: AccountId) -> AccountRow | None:
        row = self._reader.execute(
            "SELECT id, owner, currency, floor, cap, debits, credits, debits_held, credits_held"
            " FROM account WHERE id = ?",
            (account,),
        ).fetchone()
        return _account(row) if row else None

    def transfers(
        self, *, since_ms: int = 0, account: AccountId | None = None, newest: int | None = None
    ) -> Iterable[TransferRow]:
        where, given = "at_ms >= ?", [since_ms]
        values: list[object] = [*given]
        if account is not None:
            where += " AND (debit = ? OR credit = ?)"
            values += [account, account]
        cursor = self._reader.execute(
            "SELECT seq, id, at_ms, kind, debit, credit, amount_minor, purpose, device, pending"
            f" FROM transfer WHERE {where} ORDER BY seq DESC LIMIT ?",
            (*values, -1 if newest is None else newest),
        )
        return [_transfer(row) for row in reversed(cursor.fetchall())]

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
        self._writer.execute("INSERT INTO checkpoint VALUES (?, ?)", (frontier.size, note))
        prover = _Prover(frontier.size, note, [*edge, *nodes])
        return [prover.prove(s, positions.get(id(s))) for s in batch]

    def _write_rows(
        self,
        batch: Sequence[Settlement],
        leaves: Sequence[Settlement],
        positions: dict[int, int],
        nodes: Sequence[Node],
    ) -> None:
        write = self._writer.executemany
        write(_INSERT_ACCOUNT, account_rows(batch))
        write(
            "INSERT INTO evidence VALUES (?, ?, ?)",
            [(positions[id(s)], s.leaf, s.tally) for s in leaves],
        )
        write("INSERT INTO node VALUES (?, ?, ?)", nodes)
        write("INSERT INTO outcome VALUES (?, ?, ?, ?, ?, ?)", outcome_rows(leaves, positions))
        write(_INSERT_TRANSFER, transfer_rows(leaves, positions))
        write("INSERT INTO instruction VALUES (?, ?, ?, ?, ?)", instruction_rows(leaves, positions))
        for row in balance_changes(batch):
            if self._writer.execute(_MOVE_BALANCE, row).rowcount != 1:
                raise Defect("a transfer names an account that is not there")
        write("INSERT OR REPLACE INTO register VALUES (?, ?, ?)", register_rows(batch))


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


_INSERT_ACCOUNT = "INSERT INTO account (id, owner, currency, floor, cap) VALUES (?, ?, ?, ?, ?)"
_INSERT_TRANSFER = (
    "INSERT INTO transfer (id, at_ms, kind, debit, credit, currency, amount_minor, purpose,"
    " device, pending, leaf) VALUES (?1, ?2, ?3, ?4, ?5,"
    " (SELECT currency FROM account WHERE id = ?4), ?6, ?7, ?8, ?9, ?10)"
)
_MOVE_BALANCE = (
    "UPDATE account SET debits = debits + ?, credits = credits + ?,"
    " debits_held = debits_held + ?, credits_held = credits_held + ? WHERE id = ?"
)


def _next_epoch(connection: sqlite3.Connection) -> int:
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('epoch', 0)")
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'epoch'")
    epoch: int = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0]
    return epoch


def _account(row: tuple[object, ...]) -> AccountRow:
    names = ("id", "owner", "currency", "floor", "cap",
             "debits", "credits", "debits_held", "credits_held")  # fmt: skip
    return AccountRow(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]


def _transfer(row: tuple[object, ...]) -> TransferRow:
    names = ("seq", "id", "at_ms", "kind", "debit", "credit",
             "amount_minor", "purpose", "device", "pending")  # fmt: skip
    return TransferRow(**dict(zip(names, row, strict=True)))  # type: ignore[arg-type]
