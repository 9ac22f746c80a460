"""Plan: what was planned, as one page that a board can read before anything runs.

Clauses: 6 (security management), 7 (principles and minimum requirements), Annex A (risk analysis).
Enters:  a plan (service, catalogue, analysis, policy); a study of the choice when there is one.
Leaves:  one self-contained HTML page: no script, nothing from elsewhere, the same every time.
Refuses: Misconfigured when the artefacts do not belong together or a date is none.
Proof:   tests/rooms/prove/report/test_plan_page.py, tests/rooms/prove/report/test_plan_decisions.py

It has no clock: whether an acceptance has run out is judged only against a date that is given.
"""

from tallystick.prove.report.plan.render import render_plan

__all__ = ["render_plan"]
