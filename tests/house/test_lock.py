"""The locks pin what pyproject.toml asks for, by hash, and the design page has a line for each."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.tree import ROOT

DIRECT_MAX = 12
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BASE = PROJECT["project"]["dependencies"]
GROUPS = PROJECT["dependency-groups"]


def names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0].lower() for text in requirements]


def pinned(lock: str) -> dict[str, int]:
    """Package -> number of hashes, over all its pins."""
    hashes: dict[str, int] = {}
    current = ""
    for line in (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([a-z0-9._-]+)==\S+", line):
            current = found[1]
            hashes.setdefault(current, 0)
        elif "--hash=sha256:" in line:
            hashes[current] += 1
    return hashes


def test_the_base_install_stays_small() -> None:
    assert len(BASE) <= DIRECT_MAX


@pytest.mark.parametrize(
    ("lock", "asked"),
    [("base", BASE), ("build", GROUPS["build"]), ("dev", BASE + GROUPS["dev"])],
)
def test_every_dependency_is_locked_by_hash(lock: str, asked: list[str]) -> None:
    locked = pinned(lock)
    assert set(names(asked)) <= locked.keys()
    assert [name for name, count in locked.items() if count == 0] == []


def test_the_locks_agree() -> None:
    def pins(lock: str) -> set[str]:
        text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
        return set(re.findall(r"^[a-z0-9._-]+==[^\\]+", text, re.MULTILINE))

    assert pins("base") <= pins("dev")


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "design" / "0003-dependencies.md").read_text(encoding="utf-8")
    asked = names(BASE + GROUPS["dev"] + GROUPS["build"])
    assert [name for name in asked if f"| {name} |" not in page] == []
