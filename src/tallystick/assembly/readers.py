"""Reading a home from outside its platform, whichever backend keeps its books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tallystick.assembly.stores import postgres, remembered_address
from tallystick.backends.sqlite import SqliteReader, open_reader, read_account, read_transfer
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import BooksReader, TransferRow
from tallystick.prove.evidence import EvidenceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Books and evidence of one home, as one moment left them.

    `account` gives what is on an account and what of it is held, `transfer` one transfer.
    """

    books: BooksReader
    evidence: EvidenceStore
    account: Callable[[AccountId], tuple[int, int] | None]
    transfer: Callable[[str], TransferRow | None]


@contextmanager
def open_reading(home: str | Path) -> Iterator[Reading]:
    """One view of everything, even while a platform writes. Refuses: Misconfigured: no books."""
    address = remembered_address(Path(home))
    with _on_sqlite(Path(home)) if address is None else _on_postgres(address) as reading:
        yield reading


@contextmanager
def _on_sqlite(home: Path) -> Iterator[Reading]:
    connection = open_reader(home)
    try:
        connection.execute("BEGIN")
        reader = SqliteReader(connection)
        yield Reading(
            books=reader,
            evidence=reader.evidence,
            account=partial(read_account, connection),
            transfer=partial(read_transfer, connection),
        )
    finally:
        connection.close()


@contextmanager
def _on_postgres(address: str) -> Iterator[Reading]:
    backend = postgres()
    connection = backend.open_snapshot(address)
    try:
        reader = backend.PostgresReader(connection)
        yield Reading(
            books=reader,
            evidence=reader.evidence,
            account=partial(backend.read_account, connection),
            transfer=partial(backend.read_transfer, connection),
        )
    finally:
        connection.close()
