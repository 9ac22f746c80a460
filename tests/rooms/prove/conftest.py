"""One real service, planned once; a log of what it did; a dossier, a certificate and a bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms.prove.world import World, make_world


@pytest.fixture(scope="session")
def world() -> World:
    return make_world()


@pytest.fixture
def bundle(world: World, tmp_path: Path) -> Path:
    return world.write(tmp_path / "bundle")
