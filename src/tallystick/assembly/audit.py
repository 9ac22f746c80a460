"""Check a home from its files alone, whether or not a platform runs on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import home as homes
from tallystick.assembly.auditing import Invariant, audit_books, verify_invariants
from tallystick.assembly.readers import open_reading
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
    with open_reading(home) as reading:
        trust = TrustAnchor.read(Path(home) / homes.TRUST)
        books = [
            HomeFinding(where=found.where, what=found.what)
            for found in audit_books(reading.books, reading.evidence)
        ]
        log = audit_log(reading.evidence, vkey=trust.checkpoint)
        return books + [
            HomeFinding(where=f"{found.where} {found.index}", what=found.what) for found in log
        ]


def verify_ledger(home: str | Path) -> tuple[Invariant, ...]:
    """Work the six invariants of the ledger out anew, from the database of a home alone.

    Reads only. Refuses: Misconfigured when there are no books, or no trust anchor.
    """
    with open_reading(home) as reading:
        trust = TrustAnchor.read(Path(home) / homes.TRUST)
        return verify_invariants(reading.books, reading.evidence, vkey=trust.checkpoint)
