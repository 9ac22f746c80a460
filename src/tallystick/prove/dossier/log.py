"""The evidence log as the dossier reads it: whole, checked, and able to prove its entries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tallystick.ground.errors import Refused
from tallystick.prove.dossier.model import Proven
from tallystick.prove.evidence import (
    Checkpoint,
    Entry,
    EvidenceStore,
    Frontier,
    Witnessed,
    inclusion_path,
    leaf_hash,
    open_entry,
    parse_checkpoint,
    right_border,
    unverified_text,
)

_PAGE = 1000


class LogRefused(Refused):
    """The evidence log does not agree with its own checkpoint: no dossier is made from it."""

    code, clause = "evidence.log_refused", "9"


class CheckedLog:
    """The first entries of a log, up to a checkpoint that they were found to agree with."""

    def __init__(self, entries: Sequence[Entry], *, note: str) -> None:
        """Read every entry and hash the tree again.

        Refuses: LogRefused when the entries do not lead to the checkpoint's root; EntryRefused for
                 an entry that is not what its leaf says; NoteRefused.
        """
        self.note = note
        self.checkpoint: Checkpoint = parse_checkpoint(unverified_text(note))
        self._entries = tuple(entries)
        self.witnessed: tuple[Witnessed, ...] = tuple(map(open_entry, self._entries))
        if [entry.index for entry in entries] != list(range(self.checkpoint.size)):
            raise LogRefused(f"not the first {self.checkpoint.size} entries of a log")
        frontier = Frontier()
        nodes = frontier.append(leaf_hash(entry.leaf) for entry in self._entries)
        if frontier.root() != self.checkpoint.root:
            raise LogRefused("the entries do not lead to the checkpoint: run fsck")
        self._nodes = {(level, index): hashed for level, index, hashed in nodes}

    @classmethod
    def read(cls, store: EvidenceStore) -> CheckedLog:
        """Read a store up to its newest checkpoint; what is appended meanwhile is left out."""
        note = store.checkpoint()
        if note is None:
            raise LogRefused("the log has no checkpoint yet")
        size = parse_checkpoint(unverified_text(note)).size
        entries: list[Entry] = []
        while len(entries) < size:
            page = store.leaves(len(entries), min(_PAGE, size - len(entries)))
            if not page:
                raise LogRefused(f"entry {len(entries)} is missing: run fsck")
            entries += page
        return cls(entries, note=note)

    def prove(self, indexes: Iterable[int]) -> tuple[Proven, ...]:
        """The entries at these indexes with their paths, in order."""
        size = self.checkpoint.size
        border = right_border(size, self._node) if size else None
        return tuple(
            Proven(
                index=index,
                leaf=self._entries[index].leaf,
                tally=self._tally(index),
                path=inclusion_path(index, size, self._node, border=border),
            )
            for index in sorted(set(indexes))
        )

    def _tally(self, index: int) -> bytes:
        tally = self._entries[index].tally
        if tally is None:
            raise LogRefused(f"the tally of entry {index} was let go and proves nothing")
        return tally

    def _node(self, level: int, index: int) -> bytes:
        return self._nodes[level, index]
