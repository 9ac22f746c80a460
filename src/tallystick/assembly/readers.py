"""Reading a home from outside its platform, whichever backend keeps its books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.backends.sqlite import SqliteReader, open_reader
from tallystick.protect.enforcement import BooksReader
from tallystick.prove.evidence import EvidenceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Books and evidence of one home, as one moment left them."""

    books: BooksReader
    evidence: EvidenceStore


@contextmanager
def open_reading(home: str | Path) -> Iterator[Reading]:
    """One view of everything, even while a platform writes. Refuses: Misconfigured: no books."""
    connection = open_reader(Path(home))
    try:
        connection.execute("BEGIN")
        reader = SqliteReader(connection)
        yield Reading(books=reader, evidence=reader.evidence)
    finally:
        connection.close()
