"""What holds for every log: proofs verify, and nothing but the right proof does."""

from __future__ import annotations

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.prove.evidence import (
    Frontier,
    ProofRefused,
    consistency_path,
    inclusion_path,
    leaf_hash,
    right_border,
    verify_consistency,
    verify_inclusion,
)

SIZE_MAX = 300
LEAVES = [f"leaf {number}".encode() for number in range(SIZE_MAX)]
FRONTIER = Frontier()
NODES = {(level, index): h for level, index, h in FRONTIER.append(map(leaf_hash, LEAVES))}

sizes = st.integers(1, SIZE_MAX)


def read_node(level: int, index: int) -> bytes:
    return NODES[level, index]


@cache
def naive_root(start: int, end: int) -> bytes:
    """RFC 9162 §2.1.1 word for word: split at the largest power of two below the size."""
    if end == start:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return hashlib.sha256(b"\x00" + LEAVES[start]).digest()
    split = start + (1 << (end - start - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + naive_root(start, split) + naive_root(split, end)).digest()


def naive_inclusion(index: int, start: int, end: int) -> tuple[bytes, ...]:
    """PATH of RFC 9162 §2.1.3.1."""
    if end - start == 1:
        return ()
    split = start + (1 << (end - start - 1).bit_length() - 1)
    if index < split:
        return (*naive_inclusion(index, start, split), naive_root(split, end))
    return (*naive_inclusion(index, split, end), naive_root(start, split))


def naive_consistency(old: int, start: int, end: int, known: bool) -> tuple[bytes, ...]:
    """SUBPROOF of RFC 9162 §2.1.4.1."""
    if old == end:
        return () if known else (naive_root(start, end),)
    split = start + (1 << (end - start - 1).bit_length() - 1)
    if old <= split:
        return (*naive_consistency(old, start, split, known), naive_root(split, end))
    return (*naive_consistency(old, split, end, False), naive_root(start, split))


def test_the_frontier_has_the_naive_root_at_every_size() -> None:
    grown = Frontier()
    for size, leaf in enumerate(LEAVES):
        assert grown.root() == naive_root(0, size)
        grown.append([leaf_hash(leaf)])
        assert Frontier.load(size + 1, read_node).root() == grown.root()


def test_inclusion_paths_are_the_naive_ones_at_small_sizes() -> None:
    for size in range(1, 70):
        border = right_border(size, read_node)
        for index in range(size):
            path = inclusion_path(index, size, read_node, border=border)
            assert path == naive_inclusion(index, 0, size)


def test_consistency_paths_are_the_naive_ones_at_small_sizes() -> None:
    for new in range(1, 70):
        for old in range(1, new + 1):
            path = consistency_path(old, new, read_node)
            assert path == naive_consistency(old, 0, new, True)
            verify_consistency(
                old=old,
                new=new,
                old_root=naive_root(0, old),
                new_root=naive_root(0, new),
                path=path,
            )


@given(first=st.integers(0, SIZE_MAX), cut=st.integers(0, SIZE_MAX))
def test_batches_make_the_same_tree(first: int, cut: int) -> None:
    first, second = sorted((first, cut))
    grown = Frontier()
    nodes = grown.append(map(leaf_hash, LEAVES[:first]))
    nodes += grown.append(map(leaf_hash, LEAVES[first:second]))
    nodes += grown.append(map(leaf_hash, LEAVES[second:]))
    assert {(level, index): h for level, index, h in nodes} == NODES
    assert grown.root() == FRONTIER.root()


@given(first=st.integers(0, SIZE_MAX - 1), count=st.integers(1, 40))
def test_a_batch_proves_itself_without_a_read(first: int, count: int) -> None:
    batch = LEAVES[first : first + count]
    before = Frontier.load(first, read_node)
    grown = before.copy()
    known = {
        (level, index): h
        for level, index, h in before.nodes() + grown.append(map(leaf_hash, batch))
    }
    for offset, leaf in enumerate(batch):
        path = inclusion_path(first + offset, grown.size, lambda lv, i: known[lv, i])
        verify_inclusion(
            leaf=leaf, index=first + offset, size=grown.size, path=path, root=grown.root()
        )


@given(size=sizes, data=st.data())
def test_an_inclusion_proof_proves_one_leaf_at_one_place(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = naive_root(0, size)
    path = inclusion_path(index, size, read_node)
    verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=path, root=root)
    elsewhere = data.draw(st.integers(0, size).filter(lambda other: other != index))
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=LEAVES[index], index=elsewhere, size=size, path=path, root=root)
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=LEAVES[index] + b"x", index=index, size=size, path=path, root=root)
    spoilt = data.draw(spoilt_path(path))
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=spoilt, root=root)
    other = data.draw(flipped(root))
    with pytest.raises(ProofRefused):
        verify_inclusion(leaf=LEAVES[index], index=index, size=size, path=path, root=other)


@given(sizes=st.tuples(sizes, sizes).map(sorted), data=st.data())
def test_a_consistency_proof_proves_one_history(sizes: list[int], data: st.DataObject) -> None:
    old, new = sizes
    roots = {"old_root": naive_root(0, old), "new_root": naive_root(0, new)}
    path = consistency_path(old, new, read_node)
    verify_consistency(old=old, new=new, path=path, **roots)
    spoilt = data.draw(spoilt_path(path))
    with pytest.raises(ProofRefused):
        verify_consistency(old=old, new=new, path=spoilt, **roots)
    changed = data.draw(st.sampled_from(["old_root", "new_root"]))
    others = roots | {changed: data.draw(flipped(roots[changed]))}
    with pytest.raises(ProofRefused):
        verify_consistency(old=old, new=new, path=path, **others)


@given(new=sizes)
def test_everything_continues_the_empty_log_and_nothing_else_does(new: int) -> None:
    root = naive_root(0, new)
    assert consistency_path(0, new, read_node) == ()
    verify_consistency(old=0, new=new, old_root=naive_root(0, 0), new_root=root, path=())
    with pytest.raises(ProofRefused):
        verify_consistency(old=0, new=new, old_root=root, new_root=root, path=())


@st.composite
def flipped(draw: st.DrawFn, hashed: bytes) -> bytes:
    """A hash with one bit flipped."""
    return (int.from_bytes(hashed) ^ 1 << draw(st.integers(0, 255))).to_bytes(32)


@st.composite
def spoilt_path(draw: st.DrawFn, path: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """A path with one bit flipped, or one step more; never the path itself."""
    place = draw(st.integers(0, len(path)))
    if place == len(path):
        return (*path, draw(st.sampled_from([bytes(32), naive_root(0, 1)])))
    return (*path[:place], draw(flipped(path[place])), *path[place + 1 :])
