"""The journeys of handsets once more, each request to another of two edges."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edges import Through, edges
from tests.journeys.test_banking import *  # noqa: F403 - the same tests, served otherwise
from tests.journeys.test_payments import *  # noqa: F403
from tests.stage import ADDRESS, Stage, _prepared

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    home, states = _prepared()
    shutil.copytree(home, tmp_path / "home")
    with Stage(tmp_path / "home") as made:
        made.states = states
        made.transport.close()
        with edges(made.platform, clock=made.clock) as started:
            through = Through(*(started.add(public_url=ADDRESS) for _ in range(2)))
            through.run = started.run  # type: ignore[attr-defined]
            made.transport = through  # type: ignore[assignment]
            yield made
