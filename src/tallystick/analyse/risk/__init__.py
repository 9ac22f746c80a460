"""Risk: how often, how much, and what a year may cost.

Clauses: Annex A (risk analysis).
Enters:  threats that apply, the service's volumes and limits.
Leaves:  RiskAnalysis, and Portfolio, which adds up annual losses under any set of frequencies.
Refuses: Defect when a threat asks for a scale, base or limit that nobody knows.
Proof:   tests/rooms/analyse, tests/properties/test_risk.py; closed-form mean and a simulation.
"""

from tallystick.analyse.risk.aggregation import AnnualLoss, Portfolio, portfolio_of
from tallystick.analyse.risk.analysis import RiskAnalysis, analyse_risk
from tallystick.analyse.risk.matrix import Cell, risk_matrix
from tallystick.analyse.risk.scenarios import Band, Burst, Scenario
from tallystick.analyse.risk.shocks import remaining_minor
from tallystick.analyse.risk.uncertainty import Driver, Uncertainty, weigh_uncertainty

__all__ = [
    "analyse_risk",
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
]
