"""Merkle proofs of RFC 9162, the verifying half."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tallystick.handset.errors import Malformed


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf (§2.1.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children (§2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def check_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf stands at an index under a root (§2.1.3.2). Refuses: Malformed."""
    if not 0 <= index < size:
        raise Malformed("the index is not in the tree")
    node, last, reached = index, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            raise Malformed("the path is too long")
        if node & 1 or node == last:
            reached = node_hash(sibling, reached)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        node, last = node >> 1, last >> 1
    if last != 0 or reached != root:
        raise Malformed("the path does not lead to the root")


def check_consistency(
    *, old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the old tree is the beginning of the new one (§2.1.4.2). Refuses: Malformed."""
    if not 0 < old_size <= new_size:
        raise Malformed("a log does not shrink")
    if old_size == new_size:
        if path or old_root != new_root:
            raise Malformed("two logs of one size")
        return
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise Malformed("the path is too short")
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise Malformed("the path is too long")
        if node & 1 or node == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, step)
        node, last = node >> 1, last >> 1
    if last != 0 or old != old_root or new != new_root:
        raise Malformed("the newer log does not continue the older one")
