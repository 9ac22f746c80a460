"""The audit of a whole log: everything is hashed again from the leaves up, nothing is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.ground.facts import RECORDS_RETIRED
from tallystick.prove.evidence.entries import Entry, Witnessed, open_entry
from tallystick.prove.evidence.notes import (
    Checkpoint,
    open_note,
    parse_checkpoint,
    unverified_text,
)
from tallystick.prove.evidence.ports import EvidenceStore
from tallystick.prove.evidence.refusals import EntryRefused, NoteRefused
from tallystick.prove.evidence.tree import Frontier, leaf_hash, node_hash

PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was written.

    `where`: leaf, tally, node, checkpoint or log. `index`: the first leaf that it concerns.
    """

    where: str
    index: int
    what: str


def audit_log(store: EvidenceStore, *, vkey: str | None) -> list[Finding]:
    """Hash the whole log again; compare every leaf, tally, node and checkpoint that is stored.

    `vkey` is the log's verifier key. Without it (None) no signature is checked, and whoever rewrote
    leaves, nodes and checkpoints alike goes unnoticed.
    Gives what was found, the lowest index first; nothing for a sound log.
    """
    found: list[Finding] = []
    heads = _read_heads(store, vkey, found)
    sizes = {head.size for head in heads}
    stack: list[bytes] = []
    roots = {0: Frontier().root()}
    size = 0
    kept = _Retention()
    for entry in _entries(store, found):
        _check_entry(entry, kept, found)
        _climb(store, entry, stack, found)
        size += 1
        if size in sizes:
            roots[size] = Frontier(size, stack).root()
    _check_heads(heads, roots, size, found)
    found += kept.findings()
    return sorted(found, key=lambda finding: (finding.index, finding.where, finding.what))


def _entries(store: EvidenceStore, found: list[Finding]) -> Iterator[Entry]:
    """Every entry in order, up to the first gap."""
    expected, size = 0, store.size()
    while page := store.leaves(expected, PAGE):
        for entry in page:
            if entry.index != expected:
                found.append(Finding(where="log", index=expected, what="the entry is missing"))
                return
            yield entry
            expected += 1
    if expected != size:
        what = f"the log says that it has {size} leaves and has {expected}"
        found.append(Finding(where="log", index=min(size, expected), what=what))


class _Retention:
    """Tallies that are gone: right only where a fact of the log says that they were let go."""

    def __init__(self) -> None:
        self._gone: list[tuple[int, int]] = []
        self._before_ms = 0

    def note(self, entry: Entry, witnessed: Witnessed) -> None:
        if entry.tally is None:
            self._gone.append((entry.index, witnessed.leaf.at_ms))
        for fact in witnessed.facts:
            before_ms = fact.detail.get("before_ms") if fact.kind == RECORDS_RETIRED else None
            if isinstance(before_ms, int):
                self._before_ms = max(self._before_ms, before_ms)

    def findings(self) -> list[Finding]:
        what = "the tally is gone and no fact says that it was let go"
        return [
            Finding(where="tally", index=index, what=what)
            for index, at_ms in self._gone
            if at_ms >= self._before_ms
        ]


def _check_entry(entry: Entry, kept: _Retention, found: list[Finding]) -> None:
    try:
        kept.note(entry, open_entry(entry))
    except EntryRefused as wrong:
        found.append(Finding(where="tally", index=entry.index, what=str(wrong)))


def _climb(store: EvidenceStore, entry: Entry, stack: list[bytes], found: list[Finding]) -> None:
    """Compare the nodes that this leaf completes, each with the hash of what is stored below it.

    Going on with what is stored names the one place that was touched, not every node above it.
    """
    level, index = 0, entry.index
    hashed = _compare(store, level, index, leaf_hash(entry.leaf), found)
    while index & 1:
        level, index = level + 1, index >> 1
        hashed = _compare(store, level, index, node_hash(stack.pop(), hashed), found)
    stack.append(hashed)


def _compare(
    store: EvidenceStore, level: int, index: int, hashed: bytes, found: list[Finding]
) -> bytes:
    """The stored hash, or the computed one when none of the right size is there."""
    what = f"node {index} of level {level} is not the hash of what is below it"
    try:
        stored = store.node(level, index)
    except KeyError:
        stored, what = b"", f"node {index} of level {level} is missing"
    if stored != hashed:
        if level == 0 and stored:
            where, what = "leaf", f"leaf {index} is not the one that was hashed into the log"
        else:
            where = "node"
        found.append(Finding(where=where, index=index << level, what=what))
    return stored if len(stored) == len(hashed) else hashed


def _read_heads(store: EvidenceStore, vkey: str | None, found: list[Finding]) -> list[Checkpoint]:
    """The checkpoints that can be read and stand in order; the others are findings."""
    heads: list[Checkpoint] = []
    reached = 0
    for note in store.checkpoints():
        try:
            text = unverified_text(note) if vkey is None else open_note(note, vkey)
            head = parse_checkpoint(text)
        except NoteRefused as wrong:
            found.append(Finding(where="checkpoint", index=reached, what=str(wrong)))
            continue
        if heads and (head.size < reached or head.origin != heads[0].origin):
            what = f"the checkpoint of size {head.size} does not continue the one before it"
            found.append(Finding(where="checkpoint", index=head.size, what=what))
        heads.append(head)
        reached = head.size
    return heads


def _check_heads(
    heads: list[Checkpoint], roots: dict[int, bytes], size: int, found: list[Finding]
) -> None:
    good = newest = 0
    for head in heads:
        newest = max(newest, head.size)
        if roots.get(head.size) == head.root:
            good = max(good, head.size)
            continue
        what = f"the checkpoint of size {head.size} was signed over other leaves"
        found.append(Finding(where="checkpoint", index=min(good, head.size), what=what))
    if newest < size:
        what = f"the newest checkpoint covers {newest} of {size} leaves"
        found.append(Finding(where="checkpoint", index=newest, what=what))
