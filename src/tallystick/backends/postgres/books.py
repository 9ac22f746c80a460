"""Books on PostgreSQL: one durable transaction per batch, evidence and its checkpoint included."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import TypeVar

import psycopg

from tallystick.backends.postgres.answers import read_answers
from tallystick.backends.postgres.batches import Batch, Edge, SignCheckpoint, prepare, prove
from tallystick.backends.postgres.batches import stored_edge as read_edge
from tallystick.backends.postgres.connection import Connection, rollback
from tallystick.backends.postgres.evidence import PostgresEvidence
from tallystick.backends.postgres.lease import Lease
from tallystick.backends.postgres.lines import (
    Page,
    look_at_lines,
    look_at_newest,
    walk_transfers,
)
from tallystick.backends.postgres.looking import look_at_account, look_at_record, look_at_records
from tallystick.backends.postgres.reading import Reader
from tallystick.backends.postgres.writing import retire_tallies, write_batch
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.enforcement import (
    AccountRow,
    Committed,
    Recorded,
    ServiceClosed,
    Settlement,
    TransferRow,
)

T = TypeVar("T")

PATIENCE_S = 20.0
"""How long a commit waits for a server that went away before it gives its batch up."""
LEASE_WAIT_S = 5.0
"""How long opening waits for the lock of a writer that is just ending."""
ATTEMPTS = 2
"""A batch that is surely not there after a lost connection is written once more."""


class PostgresBooks:
    """Everything that payments decide, in one database; one writer at a time."""

    def __init__(
        self,
        address: str,
        *,
        sign_checkpoint: SignCheckpoint,
        patience_s: float = PATIENCE_S,
        lease_wait_s: float = LEASE_WAIT_S,
        closed: Callable[[], None] | None = None,
    ) -> None:
        """Open for writing; makes the tables in an empty database when the role may.

        `closed` is called when the books are.
        Refuses: Misconfigured for a server whose commits can be lost, a schema of another version,
                 and books that another process writes.
        """
        self._sign = sign_checkpoint
        self._patience_s = patience_s
        self._closed = closed or _nothing
        self._writing = threading.Lock()
        self._edge: Edge | None = None
        self._lease = Lease(address, wait_s=lease_wait_s)
        try:
            self._reader = Reader(address)
        except BaseException:
            self._lease.close()
            raise
        self.evidence = PostgresEvidence(self._read)

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        """See `Books.commit`. Only what is surely in the database is acknowledged.

        Refuses also: ServiceClosed when the server does not come back, or refuses to write.
        """
        if not batch:
            return []
        made: list[Batch] = []
        self._durably(lambda: self._write(batch, made))
        return prove(made[-1])

    def recorded(self, requests: Sequence[tuple[DeviceId, RequestId]]) -> Sequence[Recorded | None]:
        return self._read(lambda connection: read_answers(connection, requests))

    def register(self, name: str, key: str) -> bytes | None:
        return self._read(lambda connection: look_at_record(connection, name, key))

    def records(
        self, name: str, *, after: str, until: str, limit: int
    ) -> Sequence[tuple[str, bytes]]:
        """See `OrderedRecords`: the key of the table is in the order of octets."""
        return self._read(lambda c: look_at_records(c, name, after=after, until=until, limit=limit))

    def account(self, account: AccountId) -> AccountRow | None:
        return self._read(lambda connection: look_at_account(connection, account))

    def transfers(
        self,
        *,
        since_ms: int = 0,
        account: AccountId | None = None,
        newest: int | None = None,
        before_seq: int | None = None,
    ) -> Iterable[TransferRow]:
        page = Page(since_ms=since_ms, newest=newest, before_seq=before_seq)
        if account is not None:
            return self._read(lambda connection: look_at_lines(connection, account, page))
        if newest is not None:
            return self._read(lambda connection: look_at_newest(connection, page))
        return walk_transfers(self._read, page)

    def retire_tallies(self, *, before_ms: int) -> int:
        """Let go of tallies older than an instant; their leaves stay. Gives how many."""
        gone: list[int] = []
        self._durably(lambda: gone.append(retire_tallies(self._lease, before_ms=before_ms)))
        return gone[-1]

    def close(self) -> None:
        with ExitStack() as last:
            last.callback(self._closed)
            last.callback(self._lease.close)
            self._reader.close()

    def _write(self, batch: Sequence[Settlement], made: list[Batch]) -> None:
        # Should this fail, the edge is read anew: what is in the database is the truth.
        edge, self._edge = self._edge or read_edge(self._lease.connection), None
        made.append(prepare(batch, edge, self._sign))
        write_batch(self._lease, made[-1])
        self._edge = edge

    def _durably(self, work: Callable[[], None]) -> None:
        """Do a transaction's work until it surely stands, or surely does not.

        Refuses: Defect when the database refuses it, ServiceClosed when the server is gone or
                 cannot write; nothing was acknowledged then.
        """
        with self._writing:
            if self._lease.lost:
                self._edge = None
                self._lease.recover(patience_s=self._patience_s)
            for _ in range(ATTEMPTS):
                if self._stands(work):
                    return
        raise ServiceClosed("the connection was lost again and again")

    def _stands(self, work: Callable[[], None]) -> bool:
        """Whether the work is committed; False after a lost connection, when it is surely not.

        The number of the writer's batches decides: it moves on in the same transaction, and when
        `recover` returns, no session is left that could still move it.
        """
        number = self._lease.batch
        try:
            work()
        except psycopg.Error as error:
            self._edge = None
            if not self._lease.lost:
                rollback(self._lease.connection)
                raise _refusal(error) from error
            self._lease.recover(patience_s=self._patience_s)
            return self._lease.batch == number + 1
        except BaseException:
            self._edge = None
            rollback(self._lease.connection)
            raise
        self._lease.batch = number + 1
        return True

    def _read(self, question: Callable[[Connection], T], /) -> T:
        """Ask, unless a commit whose fate is unknown could still change the answer."""
        if self._lease.lost:
            self._find_lease()
        return self._reader(question)

    def _find_lease(self) -> None:
        if not self._writing.acquire(blocking=False):
            raise ServiceClosed("the books are being reached again")
        try:
            if self._lease.lost:
                self._edge = None
                self._lease.recover(patience_s=0)
        finally:
            self._writing.release()


def _nothing() -> None:
    """Nobody wanted to know."""


def _refusal(error: psycopg.Error) -> Defect | ServiceClosed:
    """What the database says, in our words; its details may quote a row and stay inside."""
    if isinstance(error, psycopg.IntegrityError | psycopg.DataError):
        said = error.diag.message_primary or type(error).__name__
        return Defect(f"the books refused a batch: {said}")
    return ServiceClosed("the books could not be written")
