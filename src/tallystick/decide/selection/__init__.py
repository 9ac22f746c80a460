"""Selection: the least burdensome countermeasures that keep every promise, with proof.

Clauses: 6.1 (security management), 7.1; proportionality.
Enters:  a Service, its RiskAnalysis, the catalogue.
Leaves:  Selection: the proven optimum of a mixed-integer programme, ties broken by rule.
Refuses: Misconfigured when the promises clash, naming them and the best that can be reached.
Proof:   tests/rooms/decide/test_selection.py against enumeration of every choice.
"""

from tallystick.decide.selection.choose import Selection, select_controls
from tallystick.decide.selection.problem import Problem, pose_problem

__all__ = ["pose_problem", "select_controls", "Problem", "Selection"]
