"""Threats: which entries of the catalogue this service has to reckon with, and why not the others.

Clauses: Annex D (vulnerabilities and attacks).
Enters:  the facts of a service, the catalogue.
Leaves:  the threats that apply, and the condition that keeps each other one away.
Refuses: Misconfigured for a condition that cannot be answered; it never counts as "no".
Proof:   tests/rooms/analyse/test_analysis.py.
"""

from tallystick.analyse.threats.applicability import Applicability, applicable_threats

__all__ = ["Applicability", "applicable_threats"]
