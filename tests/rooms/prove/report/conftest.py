"""One rehearsed dossier and its report, made once."""

from __future__ import annotations

import pytest

from tallystick.decide import Plan, plan_service
from tallystick.prove.report import render_plan, render_report
from tests.rooms.prove.report.made import Told, told_by
from tests.rooms.prove.report.studied import budget_of, study_of
from tests.rooms.prove.world import World


@pytest.fixture(scope="session")
def told(world: World) -> Told:
    return told_by(world)


@pytest.fixture(scope="session")
def page(told: Told) -> str:
    return rendered(told)


@pytest.fixture(scope="session")
def planned(world: World) -> Plan:
    return plan_service(world.service)


@pytest.fixture(scope="session")
def plan_page(planned: Plan) -> str:
    """The page of a plan alone."""
    return render_plan(planned)


@pytest.fixture(scope="session")
def full_page(planned: Plan) -> str:
    """The page with everything that a study adds."""
    return render_plan(planned, study=study_of(planned), budget=budget_of(planned))


def rendered(told: Told) -> str:
    return render_report(
        service=told.service,
        analysis=told.analysis,
        policy=told.policy,
        dossier=told.dossier,
        certificate=told.certificate,
    )
