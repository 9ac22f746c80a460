"""The policy of a service: selected, compiled, checked."""

from __future__ import annotations

from tallystick.analyse import RiskAnalysis
from tallystick.decide.assurance.plan import plan_from
from tallystick.decide.policy.model import SecurityPolicy
from tallystick.describe import Service, catalogue_of
from tallystick.standard import Catalogue


def compile_policy(
    service: Service, analysis: RiskAnalysis, catalogue: Catalogue | None = None
) -> SecurityPolicy:
    """Choose the countermeasures and compile the policy that the running service enforces.

    Pure: the same service, analysis and catalogue give the same policy, byte for byte.
    Refuses: Misconfigured when no choice keeps every promise, when the owner loosens what a
    control sets, and for an analysis of another service or catalogue.
    """
    return plan_from(service, analysis, catalogue or catalogue_of(service)).policy
