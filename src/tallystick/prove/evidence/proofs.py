"""Inclusion and consistency proofs (RFC 9162 §2.1.3 and §2.1.4): making them, checking them."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from tallystick.ground.errors import Defect
from tallystick.prove.evidence.refusals import ProofRefused
from tallystick.prove.evidence.tree import (
    EMPTY_ROOT,
    HASH_OCTETS,
    ReadNode,
    leaf_hash,
    node_hash,
)

Border = tuple[bytes, ...]
"""The hash of the last node on each level of a tree, complete or not; the last one is the root."""


def right_border(size: int, read_node: ReadNode) -> Border:
    """Hash the right border of a tree once; every proof against that tree can then share it."""
    if size < 1:
        raise Defect("an empty tree has no border")
    last, level = size - 1, 0
    border = [read_node(0, last)]
    while last:
        left = read_node(level, last - 1) if last & 1 else None
        border.append(node_hash(left, border[-1]) if left is not None else border[-1])
        last, level = last >> 1, level + 1
    return tuple(border)


def inclusion_path(
    index: int, size: int, read_node: ReadNode, *, border: Border | None = None
) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves.

    `read_node(level, index)` gives a complete subtree's hash. Pass `border` when many paths of one
    tree are wanted.
    """
    if not 0 <= index < size:
        raise Defect(f"there is no leaf {index} in a tree of {size}")
    return _path(0, index, size, read_node, border or right_border(size, read_node))


def consistency_path(old: int, new: int, read_node: ReadNode) -> tuple[bytes, ...]:
    """The hashes that show that the first `old` leaves of a tree of `new` leaves never changed.

    Empty when nothing needs showing: equal sizes, or an empty old tree.
    """
    if not 0 <= old <= new:
        raise Defect(f"a tree of {new} leaves does not continue one of {old}")
    if old in (0, new):
        return ()
    border = right_border(new, read_node)
    level = _trailing_ones(old - 1)
    start = (old - 1) >> level
    path = _path(level, start, new, read_node, border)
    return path if start == 0 else (read_node(level, start), *path)


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that `leaf` stands at `index` of the tree of `size` leaves with this root.

    Refuses: ProofRefused.    Source: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"there is no leaf {index} in a tree of {size}")
    _expect_hashes(path)
    steps, hashed = list(path), leaf_hash(leaf)
    position, last = index, size - 1
    while last:
        if position & 1:
            hashed = node_hash(_next(steps), hashed)
        elif position < last:
            hashed = node_hash(hashed, _next(steps))
        position, last = position >> 1, last >> 1
    _expect_root(steps, hashed, root)


def verify_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Check that the tree of `new` leaves starts with the very leaves of the tree of `old`.

    Refuses: ProofRefused.    Source: RFC 9162 §2.1.4.2.
    """
    if not 0 <= old <= new:
        raise ProofRefused(f"a tree of {new} leaves does not continue one of {old}")
    _expect_hashes(path)
    if old in (0, new):
        _expect_root(list(path), EMPTY_ROOT if old == 0 else new_root, old_root)
        return
    level = _trailing_ones(old - 1)
    position, last = (old - 1) >> level, (new - 1) >> level
    steps = list(path)
    before = after = old_root if position == 0 else _next(steps)
    while last:
        if position & 1:
            left = _next(steps)
            before, after = node_hash(left, before), node_hash(left, after)
        elif position < last:
            after = node_hash(after, _next(steps))
        position, last = position >> 1, last >> 1
    _expect_root([], before, old_root)
    _expect_root(steps, after, new_root)


def _path(
    level: int, index: int, size: int, read_node: ReadNode, border: Border
) -> tuple[bytes, ...]:
    """Siblings on the way up; a last node without a right sibling is carried up unhashed."""
    path: list[bytes] = []
    last = (size - 1) >> level
    while last:
        sibling = index ^ 1
        if sibling < last:
            path.append(read_node(level, sibling))
        elif sibling == last:
            path.append(border[level])
        index, last, level = index >> 1, last >> 1, level + 1
    return tuple(path)


def _trailing_ones(number: int) -> int:
    return (~number & (number + 1)).bit_length() - 1


def _expect_hashes(path: Sequence[bytes]) -> None:
    if any(len(step) != HASH_OCTETS for step in path):
        raise ProofRefused("a step of a path is 32 octets")


def _next(steps: list[bytes]) -> bytes:
    if not steps:
        raise ProofRefused("the path is too short")
    return steps.pop(0)


def _expect_root(steps: list[bytes], reached: bytes, root: bytes) -> None:
    if steps:
        raise ProofRefused("the path is too long")
    if not hmac.compare_digest(reached, root):
        raise ProofRefused("the path leads to another root")
