"""Controls: which countermeasures a service can use, what they prevent together, what they burden.

Clauses: 6.2 (three-layer model), 7.2 (hardening techniques).
Enters:  the catalogue, the facts of a service, a RiskAnalysis.
Leaves:  Candidate controls; covers in whole numbers; the share of each scenario that remains.
Refuses: Misconfigured for a condition that cannot be answered.
Proof:   tests/rooms/decide/test_controls.py, tests/properties/test_risk.py.
"""

from tallystick.decide.controls.candidates import (
    BUILD_YEARS,
    FRICTION_MILLIDAYS,
    Candidate,
    Inapplicable,
    applicable_requirements,
    find_candidates,
)
from tallystick.decide.controls.effects import (
    COVER_MAX,
    COVER_UNIT,
    STANDING_PERMILLE,
    cover_of,
    expected_after,
    needed_cover,
    remaining_shares,
    share_left,
    strongest_of,
)

__all__ = [
    "applicable_requirements",
    "cover_of",
    "expected_after",
    "find_candidates",
    "needed_cover",
    "remaining_shares",
    "share_left",
    "strongest_of",
    "Candidate",
    "Inapplicable",
    "BUILD_YEARS",
    "COVER_MAX",
    "COVER_UNIT",
    "STANDING_PERMILLE",
    "FRICTION_MILLIDAYS",
]
