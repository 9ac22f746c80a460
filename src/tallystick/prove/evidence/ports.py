"""What the evidence floor needs from storage: reading alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tallystick.prove.evidence.entries import Entry


class EvidenceStore(Protocol):
    """Where the log is kept. Everything that it returns is durable: it never shows what a power cut
    could take back. Reading alone: leaves enter only through the commit that posts what they prove.
    """

    def size(self) -> int:
        """How many leaves the log has."""
        ...

    def leaves(self, start: int, count: int) -> Sequence[Entry]:
        """Entries `start` up to `start + count`, in order; fewer when the log ends before."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """The stored hash of a complete subtree, as `Frontier.append` gave it (leaves: level 0).

        Refuses: KeyError when it is not there.
        """
        ...

    def checkpoint(self) -> str | None:
        """The newest signed note; None while the log is empty."""
        ...

    def checkpoints(self) -> Sequence[str]:
        """Every signed note that is kept, oldest first; the last one is the newest."""
        ...
