"""Merkle trees against published numbers; sources in SOURCES-prove.md."""

from __future__ import annotations

import pytest

from tallystick.prove.evidence import (
    EMPTY_ROOT,
    Frontier,
    ProofRefused,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    right_border,
    verify_consistency,
    verify_inclusion,
)

EMPTY_LEAF = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
L123456 = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
N123_N456 = "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
EMPTY_TREE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
SOME_HASH = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
INCLUSION = [  # leaf counted from 1, size, path
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        2,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [  # old size, new size, path
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]

frontier = Frontier()
NODES = {(level, index): h for level, index, h in frontier.append(map(leaf_hash, LEAVES))}


def read_node(level: int, index: int) -> bytes:
    return NODES[level, index]


def as_path(path: list[str]) -> tuple[bytes, ...]:
    return tuple(map(bytes.fromhex, path))


def test_hashes_of_leaves_and_nodes() -> None:
    assert EMPTY_ROOT.hex() == EMPTY_TREE == Frontier().root().hex()
    assert leaf_hash(b"").hex() == EMPTY_LEAF
    assert leaf_hash(b"L123456").hex() == L123456
    assert node_hash(b"N123", b"N456").hex() == N123_N456


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_test_tree(size: int) -> None:
    grown = Frontier()
    for leaf in LEAVES[:size]:
        grown.append([leaf_hash(leaf)])
    assert grown.root() == ROOTS[size - 1]
    assert right_border(size, read_node)[-1] == ROOTS[size - 1]


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_inclusion_paths_of_the_test_tree(leaf: int, size: int, path: list[str]) -> None:
    assert inclusion_path(leaf - 1, size, read_node) == as_path(path)
    verify_inclusion(
        leaf=LEAVES[leaf - 1], index=leaf - 1, size=size, path=as_path(path), root=ROOTS[size - 1]
    )


@pytest.mark.parametrize(("leaf", "size", "path"), INCLUSION)
def test_spoilt_inclusion_proofs_are_refused(leaf: int, size: int, path: list[str]) -> None:
    sound = {
        "leaf": LEAVES[leaf - 1],
        "index": leaf - 1,
        "size": size,
        "path": as_path(path),
        "root": ROOTS[size - 1],
    }
    spoilt = [
        {"index": leaf - 2}, {"index": leaf}, {"index": (leaf - 1) ^ 2},
        {"size": size * 2}, {"size": size // 2},
        {"leaf": b"WrongLeaf"}, {"root": EMPTY_ROOT}, {"root": SOME_HASH},
        *({"path": path} for path in _spoilt(as_path(path), ROOTS[size - 1])),
    ]  # fmt: skip
    for change in spoilt:
        with pytest.raises(ProofRefused):
            verify_inclusion(**(sound | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_consistency_paths_of_the_test_tree(old: int, new: int, path: list[str]) -> None:
    assert consistency_path(old, new, read_node) == as_path(path)
    verify_consistency(
        old=old, new=new, old_root=ROOTS[old - 1], new_root=ROOTS[new - 1], path=as_path(path)
    )


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY[1:])
def test_spoilt_consistency_proofs_are_refused(old: int, new: int, path: list[str]) -> None:
    sound = {
        "old": old,
        "new": new,
        "old_root": ROOTS[old - 1],
        "new_root": ROOTS[new - 1],
        "path": as_path(path),
    }
    spoilt = [
        {"old": old - 1}, {"old": old + 1}, {"old": old ^ 2}, {"new": new * 2}, {"new": new // 2},
        {"old_root": SOME_HASH}, {"new_root": SOME_HASH},
        {"old_root": ROOTS[new - 1], "new_root": ROOTS[old - 1]}, {"path": ()},
        *({"path": path} for path in _spoilt(as_path(path), ROOTS[old - 1], ROOTS[new - 1])),
    ]  # fmt: skip
    for change in spoilt:
        with pytest.raises(ProofRefused):
            verify_consistency(**(sound | change))  # type: ignore[arg-type]


def _spoilt(path: tuple[bytes, ...], *roots: bytes) -> list[tuple[bytes, ...]]:
    """Garbage before and behind, one step less, one bit flipped."""
    ways = [(b"", *path), (*path, b"")]
    for root in roots:
        ways += [(root, *path), (*path, root)]
    if path:
        ways += [path[:-1], (path[0], *path)]
    for place, step in enumerate(path):
        flipped = bytes([step[0] ^ 16]) + step[1:]
        ways.append((*path[:place], flipped, *path[place + 1 :]))
    return ways
