"""Paths: chains of threats that lead an attacker through the architecture to something of value.

Clauses: Annex A (risk analysis), Annex D (vulnerabilities and attacks).
Enters:  an Architecture, the catalogue's steps, how often and how dear each threat is here.
Leaves:  AttackGraph; from it the costliest AttackPaths, also under countermeasures, and how few
         steps lead to each element.
Refuses: Defect for a share that is none.
Proof:   tests/rooms/analyse/test_paths.py, tests/properties/test_paths.py.
"""

from tallystick.analyse.paths.graph import AttackGraph, attack_graph
from tallystick.analyse.paths.model import ENDS, AttackPath, Rated, Step
from tallystick.analyse.paths.search import (
    PATHS_MAX,
    STEPS_MAX,
    Shares,
    before_controls,
    costliest_paths,
    dearest_to,
    likeliest_to,
)

__all__ = [
    "attack_graph",
    "before_controls",
    "costliest_paths",
    "dearest_to",
    "likeliest_to",
    "AttackGraph",
    "AttackPath",
    "ENDS",
    "PATHS_MAX",
    "Rated",
    "STEPS_MAX",
    "Shares",
    "Step",
]
