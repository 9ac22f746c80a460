"""The plan of a service: everything that follows from its file, kept together."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.analyse import RiskAnalysis, analyse_risk
from tallystick.decide.assurance.checks import check_policy
from tallystick.decide.policy.drafting import draft_policy
from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.selection import Problem, Selection, pose_problem, select_controls
from tallystick.describe import Service, catalogue_of
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A service with its catalogue, its risks, the choice of countermeasures and the policy.

    `problem` is what was chosen from and `selection` the choice with its record: what explanations,
    reports and exports need beyond the three artefacts.
    """

    service: Service
    catalogue: Catalogue
    analysis: RiskAnalysis
    problem: Problem
    selection: Selection
    policy: SecurityPolicy


def plan_service(service: Service, catalogue: Catalogue | None = None) -> Plan:
    """Analyse, choose, compile and check. Pure; refuses what `compile_policy` refuses."""
    catalogue = catalogue or catalogue_of(service)
    return plan_from(service, analyse_risk(service, catalogue), catalogue)


def plan_from(service: Service, analysis: RiskAnalysis, catalogue: Catalogue) -> Plan:
    """The plan that follows from an analysis. Refuses: Misconfigured for one of something else."""
    if (analysis.service, analysis.catalogue) != (service.digest, catalogue.digest):
        raise Misconfigured(
            "the risk analysis is of another service or catalogue",
            where=service.id,
            allowed="an analysis made from this service file and this catalogue",
        )
    problem = pose_problem(service, analysis, catalogue)
    selection = select_controls(problem)
    policy = draft_policy(problem, selection)
    check_policy(policy)
    return Plan(
        service=service,
        catalogue=catalogue,
        analysis=analysis,
        problem=problem,
        selection=selection,
        policy=policy,
    )
