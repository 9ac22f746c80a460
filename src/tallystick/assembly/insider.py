"""What somebody with the provider's files can read: for trials that the provider takes part in."""

from __future__ import annotations

from pathlib import Path

from tallystick.assembly.readers import open_reading
from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import TransferRow
from tallystick.prove.evidence import Witnessed, open_entry


def read_tallies(home: str | Path, *, after: int) -> list[Witnessed]:
    """Every entry of the evidence log from index `after` on, its tally opened. Reads only.

    Refuses: Misconfigured when the home holds no books; EntryRefused for an entry that was altered.
    """
    with open_reading(home) as reading:
        evidence = reading.evidence
        return [open_entry(entry) for entry in evidence.leaves(after, evidence.size())]


def count_leaves(home: str | Path) -> int:
    """How many leaves the evidence log of a home has. Refuses: Misconfigured."""
    with open_reading(home) as reading:
        return reading.evidence.size()


def read_account(home: str | Path, account: AccountId) -> tuple[int, int] | None:
    """What is on an account and what of it is held back, minor units. Refuses: Misconfigured."""
    with open_reading(home) as reading:
        return reading.account(account)


def read_transfer(home: str | Path, transfer: str) -> TransferRow | None:
    """One transfer as it stands in the books, or None. Refuses: Misconfigured."""
    with open_reading(home) as reading:
        return reading.transfer(transfer)
