"""Selection: the least burdensome countermeasures that keep every promise, with proof.

Clauses: 6.1 (security management), 7.1; proportionality.
Enters:  a Service, its RiskAnalysis, the catalogue.
Leaves:  Selection: the proven optimum of a mixed-integer programme, ties broken by rule; Study:
         what requirements cost, what binds, what a budget buys; files for another solver.
Refuses: Misconfigured when the promises clash (Clash), naming the fewest that do and what giving
         way on each would do; when it is not settled whether they clash (Unsettled); for
         prerequisites that run in a circle.
Proof:   tests/rooms/decide/test_selection.py and tests/properties/test_selection.py against
         enumeration of every choice; tests/rooms/decide/test_record.py against another solver.
"""

from tallystick.decide.selection.choose import Selection, select_controls
from tallystick.decide.selection.conflicts import PORTFOLIO, Clash, Unsettled, Way
from tallystick.decide.selection.corners import Swing
from tallystick.decide.selection.frontier import Alternative, FrontierPoint
from tallystick.decide.selection.problem import Problem, pose_problem
from tallystick.decide.selection.proportion import (
    Declined,
    OneMore,
    declined_controls,
    work_cost_minor,
)
from tallystick.decide.selection.record import optimality_record
from tallystick.decide.selection.study import (
    Price,
    Study,
    best_within,
    study_selection,
    what_binds,
)

__all__ = [
    "OneMore",
    "best_within",
    "declined_controls",
    "optimality_record",
    "pose_problem",
    "select_controls",
    "study_selection",
    "what_binds",
    "work_cost_minor",
    "Alternative",
    "Clash",
    "Declined",
    "FrontierPoint",
    "Price",
    "Problem",
    "Selection",
    "Study",
    "Swing",
    "Unsettled",
    "Way",
    "PORTFOLIO",
]
