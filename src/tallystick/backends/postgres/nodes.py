"""Nodes of the tree as one sequence: a batch adds one row of packed hashes, not a row per node.

Leaf `n` completes itself and one node on each level up to the number of its trailing one bits. In
that order all nodes stand one behind another, so the place of each follows from level and index.
"""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.prove.evidence import Node

HASH_OCTETS = 32


def nodes_of(size: int) -> int:
    """How many nodes a tree of so many leaves has completed.

    >>> [nodes_of(size) for size in range(6)]
    [0, 1, 3, 4, 7, 8]
    """
    return 2 * size - size.bit_count()


def ordinal(level: int, index: int) -> int:
    """The place of a node in the sequence.

    >>> ordinal(0, 0), ordinal(0, 1), ordinal(1, 0), ordinal(0, 2), ordinal(2, 0)
    (0, 1, 2, 3, 6)
    """
    last = ((index + 1) << level) - 1
    return nodes_of(last) + level


def pack(nodes: Iterable[Node]) -> bytes:
    """The hashes of nodes that one append completed, in the order in which it gave them."""
    return b"".join(hashed for _, _, hashed in nodes)
