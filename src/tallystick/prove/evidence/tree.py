"""The Merkle tree of RFC 9162 §2.1.1, grown leaf by leaf without ever reading it back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from tallystick.ground.errors import Defect

HASH_OCTETS = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = tuple[int, int, bytes]
"""A complete subtree: level, index on that level, hash. It covers the leaves
`index << level` up to but not including `(index + 1) << level`, and never changes again."""

ReadNode = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf): a leaf cannot be mistaken for an inner node.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of the tree: the roots of its complete subtrees, the largest first.

    That is all that appending needs: one hash per bit that is set in `size`. It lives in memory; a
    store rebuilds it with `Frontier.load` when it opens, and appends to a `copy` that it keeps only
    when its commit succeeded.
    """

    __slots__ = ("_roots", "size")

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size, self._roots = size, list(roots)
        if size < 0 or len(self._roots) != size.bit_count():
            raise Defect(f"a tree of {size} leaves has another number of complete subtrees")
        if any(len(root) != HASH_OCTETS for root in self._roots):
            raise Defect("a subtree root is 32 octets")

    @classmethod
    def load(cls, size: int, read_node: ReadNode) -> Frontier:
        """Rebuild the frontier of a stored tree: one read for each bit that is set in `size`."""
        return cls(size, (read_node(level, index) for level, index in _subtrees(size)))

    def append(self, hashes: Iterable[bytes]) -> list[Node]:
        """Add leaf hashes; return every node that became complete, leaves included, to store."""
        size, roots = self.size, self._roots
        sha256 = hashlib.sha256
        nodes: list[Node] = []
        for hashed in hashes:
            level, index = 0, size
            nodes.append((level, index, hashed))
            while index & 1:
                hashed = sha256(b"\x01" + roots.pop() + hashed).digest()
                level, index = level + 1, index >> 1
                nodes.append((level, index, hashed))
            roots.append(hashed)
            size += 1
        self.size = size
        return nodes

    def root(self) -> bytes:
        """The root hash of all leaves so far; SHA-256 of nothing for the empty tree."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root

    def nodes(self) -> list[Node]:
        """The complete subtrees as nodes.

        Together with what `append` returns next they are all that the inclusion paths of the
        appended leaves are made of, so a batch gets its receipts without a read.
        """
        places = _subtrees(self.size)
        return [(*place, root) for place, root in zip(places, self._roots, strict=True)]

    def copy(self) -> Frontier:
        return Frontier(self.size, self._roots)


def _subtrees(size: int) -> list[tuple[int, int]]:
    """Level and index of the complete subtrees that make up a tree of `size` leaves."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return [(level, (size >> level) - 1) for level in levels]
