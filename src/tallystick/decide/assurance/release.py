"""The policy of a service: selected, compiled, checked."""

from __future__ import annotations

from tallystick.analyse import RiskAnalysis
from tallystick.decide.assurance.checks import check_policy
from tallystick.decide.policy.drafting import draft_policy
from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.selection import pose_problem, select_controls
from tallystick.describe import Service
from tallystick.ground.errors import Misconfigured
from tallystick.standard import Catalogue, load_catalogue


def compile_policy(
    service: Service, analysis: RiskAnalysis, catalogue: Catalogue | None = None
) -> SecurityPolicy:
    """Choose the countermeasures and compile the policy that the running service enforces.

    Pure: the same service, analysis and catalogue give the same policy, byte for byte.
    Refuses: Misconfigured when no choice keeps every promise, when the owner loosens what a
    control sets, and for an analysis of another service or catalogue.
    """
    catalogue = catalogue or load_catalogue()
    if (analysis.service, analysis.catalogue) != (service.digest, catalogue.digest):
        raise Misconfigured(
            "the risk analysis is of another service or catalogue",
            where=service.id,
            allowed="an analysis made from this service file and this catalogue",
        )
    problem = pose_problem(service, analysis, catalogue)
    policy = draft_policy(problem, select_controls(problem))
    check_policy(policy)
    return policy
