"""One rehearsed dossier and its report, made once."""

from __future__ import annotations

import pytest

from tallystick.prove.report import render_report
from tests.rooms.prove.report.made import Told, told_by
from tests.rooms.prove.world import World


@pytest.fixture(scope="session")
def told(world: World) -> Told:
    return told_by(world)


@pytest.fixture(scope="session")
def page(told: Told) -> str:
    return rendered(told)


def rendered(told: Told) -> str:
    return render_report(
        service=told.service,
        analysis=told.analysis,
        policy=told.policy,
        dossier=told.dossier,
        certificate=told.certificate,
    )
