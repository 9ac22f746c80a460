"""A service on a stage of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stage import Person, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path / "home") as made:
        yield made


@pytest.fixture
def alice(stage: Stage) -> Person:
    return stage.person("Alice Wanjiru", minor=10_000_000)


@pytest.fixture
def bob(stage: Stage) -> Person:
    return stage.person("Bob Otieno")
