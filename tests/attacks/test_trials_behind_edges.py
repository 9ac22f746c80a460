"""Every trial once more, against two edges that share a listener, and one sequencer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tallystick.assembly import Platform
from tallystick.decide import SecurityPolicy
from tallystick.protect.screening import NameList
from tallystick.trials import ATTACKS, Range, Reach, run_trials
from tests.attacks.conftest import opened
from tests.edges import two_edges

pytestmark = pytest.mark.slow


@contextmanager
def by_edges(platform: Platform) -> Iterator[Reach]:
    with two_edges(platform) as url:
        yield Reach(base_url=url)


@pytest.fixture(scope="module")
def arena(
    policy: SecurityPolicy, names: NameList, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Range]:
    home = tmp_path_factory.mktemp("edges") / "home"
    with opened(policy, names, home, host=by_edges) as found:
        yield found


IN_PROCESS = {"check-fails-closed"}
"""Breaks parts of the platform's own process, and an edge has its way to the module in another."""


@pytest.mark.parametrize("trial", sorted(ATTACKS.keys() - IN_PROCESS))
def test_withstood(arena: Range, trial: str) -> None:
    (result,) = run_trials(arena, only=[trial])
    assert result.outcome == "withstood", result.evidence
    assert result.expected == result.seen
