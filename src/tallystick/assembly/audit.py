"""Check a home from its files alone, whether or not a platform runs on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.backends.sqlite import SqliteEvidence, audit_ledger, open_reader
from tallystick.prove.certificate import TrustAnchor
from tallystick.prove.evidence import audit_log


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFinding:
    """Something in a home that is not as it was proven: where, and what is wrong."""

    where: str
    what: str


def check_home(home: str | Path) -> list[HomeFinding]:
    """Name every row and every byte of books and evidence that does not fit.

    Reads only. Refuses: Misconfigured when there are no books, or no trust anchor.
    """
    directory = Path(home)
    connection = open_reader(directory)
    connection.execute("BEGIN")  # one view of the books, even while a platform writes
    try:
        trust = TrustAnchor.read(directory / homes.TRUST)
        ledger = [
            HomeFinding(where=found.where, what=found.what) for found in audit_ledger(connection)
        ]
        log = audit_log(SqliteEvidence(connection), vkey=trust.checkpoint)
        return ledger + [
            HomeFinding(where=f"{found.where} {found.index}", what=found.what) for found in log
        ]
    finally:
        connection.close()
