"""The example and every template, planned once; the example also with its dossier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeAlias

import pytest

from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy
from tallystick.describe import LIKE, Service, read_service, scaffold_service
from tallystick.describe.model import Appetite
from tallystick.prove.exchange import Material, date_of_dossier
from tallystick.standard import load_catalogue
from tests.rooms.prove.world import World

AS_OF = "2026-06-30"
TEMPLATES = tuple(LIKE)
Planner: TypeAlias = Callable[[str], Material]


DECISIONS = {
    "acceptance": """
[[acceptance]]
threat = "T-DEV-LOST"
up_to = "900000000.00"
reason = "=insured"
approved_by = ["A. Mwangi, risk", "B. Otieno, security"]
until = "@"
""",
    "exception": """
[[exception]]
requirement = "R-8-02"
compensation = ["C-KEY-SINGLE"]
reason = "The module is on order."
approved_by = ["A. Mwangi, risk", "B. Otieno, security"]
until = "@"
""",
}


def with_decision(part: str, until: str) -> str:
    """A service file with one decision of the owner."""
    return scaffold_service("p2p", "Example") + DECISIONS[part].replace("@", until)


def generous(service: Service) -> Service:
    """An appetite that does not depend on the figures of the catalogue."""
    appetite = service.appetite
    return replace(
        service,
        appetite=Appetite(
            scenario_minor=appetite.scenario_minor * 100,
            annual_95_minor=appetite.annual_95_minor * 100,
            annual_99_minor=appetite.annual_99_minor * 100,
        ),
    )


@cache
def plan_template(like: str) -> Material:
    return plan_text(scaffold_service(like, "Example"))


@cache
def plan_text(text: str) -> Material:
    service = generous(read_service(text))
    analysis = analyse_risk(service)
    return Material(
        service=service,
        catalogue=load_catalogue(),
        analysis=analysis,
        policy=compile_policy(service, analysis),
        made_at=AS_OF,
    )


@pytest.fixture(params=("wallet", "wallet proven", *TEMPLATES), scope="session")
def material(request: pytest.FixtureRequest, world: World) -> Material:
    if request.param in TEMPLATES:
        return plan_template(request.param)
    return planned(world) if request.param == "wallet" else proven(world)


def planned(world: World) -> Material:
    return Material(
        service=world.service,
        catalogue=load_catalogue(),
        analysis=world.analysis,
        policy=world.policy,
        made_at=AS_OF,
        source="wallet.toml",
    )


def proven(world: World) -> Material:
    return Material(
        service=world.service,
        catalogue=load_catalogue(),
        analysis=world.analysis,
        policy=world.policy,
        dossier=world.dossier,
        made_at=date_of_dossier(world.dossier),
        source="wallet.toml",
    )


@pytest.fixture(scope="session")
def wallet(world: World) -> Material:
    return planned(world)


@pytest.fixture(scope="session")
def certified(world: World) -> Material:
    return proven(world)
