"""Report: a plan or a dossier as one page, for the board first and the auditor second.

Clauses: 9 (security evaluation and certification), Annex A (risk analysis).
Enters:  Service, RiskAnalysis, SecurityPolicy; then a plan's catalogue and study, or a Dossier.
Leaves:  one self-contained HTML page with its pictures: no script, nothing from elsewhere.
Refuses: Misconfigured when the artefacts do not belong together; EntryRefused.
Proof:   tests/rooms/prove/report.

Every number in it is one of the artefacts' or follows from them by the doors of analyse and decide.
"""

from tallystick.prove.report.attacks import TrialTold
from tallystick.prove.report.plan import render_plan
from tallystick.prove.report.render import render_report
from tallystick.prove.report.risk import RiskPicture, paint_risk

__all__ = [
    "paint_risk",
    "render_plan",
    "render_report",
    "RiskPicture",
    "TrialTold",
]
