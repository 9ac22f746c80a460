"""Analyse: from the description of a service to its risks, in money and before any countermeasure.

Clauses: Annex A (risk analysis), Annex D (vulnerabilities and attacks).
Enters:  a Service, the catalogue.
Leaves:  RiskAnalysis: scenarios with frequency and severity, the annual loss of all together, the
         architecture, and the attack paths through it.
Refuses: Misconfigured for figures that no analysis can be made of; Defect for facts and catalogue
         that do not fit each other.
Proof:   tests/rooms/analyse, tests/properties/test_risk.py.
"""

from tallystick.analyse.architecture import Architecture, Element, architecture_of
from tallystick.analyse.paths import AttackPath, Step
from tallystick.analyse.risk import (
    IMPACTS,
    LIKELIHOODS,
    RATINGS,
    AnnualLoss,
    Band,
    Burst,
    Cell,
    Portfolio,
    RiskAnalysis,
    Scenario,
    Uncertainty,
    analyse_risk,
    paths_under,
    portfolio_of,
    remaining_minor,
    risk_matrix,
)

__all__ = [
    "analyse_risk",
    "architecture_of",
    "paths_under",
    "portfolio_of",
    "remaining_minor",
    "risk_matrix",
    "AnnualLoss",
    "Architecture",
    "AttackPath",
    "Band",
    "Burst",
    "Cell",
    "Element",
    "Portfolio",
    "RiskAnalysis",
    "Scenario",
    "Step",
    "Uncertainty",
    "IMPACTS",
    "LIKELIHOODS",
    "RATINGS",
]
