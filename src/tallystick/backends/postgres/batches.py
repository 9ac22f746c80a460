"""A batch made ready to be written: its leaves hashed into the tree, its checkpoint signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tallystick.backends.postgres.connection import Connection, ask
from tallystick.backends.postgres.evidence import log_size, read_nodes
from tallystick.backends.postgres.places import Places
from tallystick.protect.enforcement import Committed, Settlement
from tallystick.prove.evidence import Frontier, Node, inclusion_path, leaf_hash, right_border

SignCheckpoint = Callable[[int, bytes], str]
"""Signs a tree of so many leaves with this root: gives the note."""


@dataclass(slots=True)
class Edge:
    """Where the next batch begins: the tree so far, the number of the next transfer, accounts."""

    frontier: Frontier
    seq: int
    places: Places


def stored_edge(connection: Connection) -> Edge:
    """Where the books end, as they stand in the database."""
    size = log_size(connection)
    needed: list[tuple[int, int]] = []

    def note(level: int, index: int) -> bytes:
        needed.append((level, index))
        return bytes(32)

    Frontier.load(size, note)
    nodes = read_nodes(connection, needed)
    seq = ask(connection, "SELECT COALESCE(max(seq), 0) + 1 FROM transfer")
    frontier = Frontier.load(size, lambda level, index: nodes[level, index])
    return Edge(frontier, int(seq), Places(connection))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a batch writes: `first` is the place of its first leaf, `seq` of its first transfer.

    `border` are the nodes that the tree ended with before.
    """

    settlements: Sequence[Settlement]
    leaves: Sequence[Settlement]
    first: int
    seq: int
    border: Sequence[Node]
    nodes: Sequence[Node]
    note: str | None
    places: Places

    @property
    def size(self) -> int:
        """How many leaves the log has after this batch."""
        return self.first + len(self.leaves)


def prepare(batch: Sequence[Settlement], edge: Edge, sign: SignCheckpoint) -> Batch:
    """Grow the edge by a batch and sign what it becomes; the edge is only right once it stands."""
    leaves = [s for s in batch if s.leaf is not None]
    frontier, first, seq = edge.frontier, edge.frontier.size, edge.seq
    border = frontier.nodes()
    nodes = frontier.append(leaf_hash(s.leaf) for s in leaves if s.leaf is not None)
    edge.seq += sum(len(s.transfers) for s in leaves)
    return Batch(
        settlements=batch,
        leaves=leaves,
        first=first,
        seq=seq,
        border=border,
        nodes=nodes,
        places=edge.places,
        note=sign(frontier.size, frontier.root()) if leaves else None,
    )


def prove(batch: Batch) -> list[Committed | None]:
    """The proof of each settlement that has a leaf, from the nodes at hand: nothing is read."""
    if batch.note is None:
        return [None] * len(batch.settlements)
    known = {(level, index): node for level, index, node in (*batch.border, *batch.nodes)}

    def node(level: int, index: int) -> bytes:
        return known[level, index]

    border = right_border(batch.size, node)
    proofs: list[Committed | None] = []
    index = batch.first
    for s in batch.settlements:
        if s.leaf is None:
            proofs.append(None)
            continue
        path = inclusion_path(index, batch.size, node, border=border)
        proofs.append(
            Committed(
                leaf=s.leaf, data=s.data, index=index, size=batch.size, path=path,
                checkpoint=batch.note,
            )
        )  # fmt: skip
        index += 1
    return proofs
