"""Risk: how often, how much, what comes together, and what a year may cost.

Clauses: Annex A (risk analysis).
Enters:  threats that apply, the service's volumes and limits.
Leaves:  RiskAnalysis with its scenarios and common shocks; Portfolio, which adds up annual losses
         under any set of frequencies; Uncertainty, how sure that is; the 5 x 5 picture.
Refuses: Defect when a threat asks for a scale, base or limit that nobody knows.
Proof:   tests/rooms/analyse, tests/properties/test_risk.py; closed forms, Panjer's recursion and
         a simulation.
"""

from tallystick.analyse.risk.aggregation import AnnualLoss, Portfolio, portfolio_of
from tallystick.analyse.risk.analysis import RiskAnalysis, analyse_risk, paths_under
from tallystick.analyse.risk.matrix import IMPACTS, LIKELIHOODS, RATINGS, Cell, risk_matrix
from tallystick.analyse.risk.scenarios import Band, Burst, Scenario
from tallystick.analyse.risk.shocks import remaining_minor
from tallystick.analyse.risk.uncertainty import Driver, Uncertainty, weigh_uncertainty

__all__ = [
    "analyse_risk",
    "paths_under",
    "portfolio_of",
    "remaining_minor",
    "risk_matrix",
    "weigh_uncertainty",
    "AnnualLoss",
    "Band",
    "Burst",
    "Cell",
    "Driver",
    "Portfolio",
    "RiskAnalysis",
    "Scenario",
    "Uncertainty",
    "IMPACTS",
    "LIKELIHOODS",
    "RATINGS",
]
