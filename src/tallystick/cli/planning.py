"""new, describe, analyse, decide, check, explain, where: from the service file to the policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from tallystick.analyse import RiskAnalysis
    from tallystick.decide import SecurityPolicy
    from tallystick.describe import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the three planning floors make of one service file."""

    service: Service
    analysis: RiskAnalysis
    policy: SecurityPolicy


def plan_all(file: Path) -> Planned:
    """Describe, analyse, decide. Refuses: Misconfigured, as the three floors do."""
    from tallystick.analyse import analyse_risk
    from tallystick.decide import compile_policy
    from tallystick.describe import load_service
    from tallystick.standard import load_catalogue

    service, catalogue = load_service(file), load_catalogue()
    analysis = analyse_risk(service, catalogue)
    return Planned(
        service=service, analysis=analysis, policy=compile_policy(service, analysis, catalogue)
    )


def plan(file: Path) -> SecurityPolicy:
    """The policy that follows from a service file. Refuses: Misconfigured."""
    return plan_all(file).policy


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
