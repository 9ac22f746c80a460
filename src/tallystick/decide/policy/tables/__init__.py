"""Decision tables: what the policy answers to every question that can be put to it, written out.

Clauses: 6.2 (three-layer model), 6.2.1, 6.2.2, 6.2.3.
Enters:  a SecurityPolicy.
Leaves:  DecisionTable by layer, their digest; the Matcher that the running service asks; the
         Counterexamples by which one policy lets pass more than another.
Refuses: Defect for a table with a gap or with two answers to one question; Misconfigured for
         policies that cannot be compared.
Proof:   tests/rooms/decide/tables, tests/properties/test_decision_tables.py.
"""

from tallystick.decide.policy.tables.application import (
    DEVICE_ALONE,
    ENVIRONMENT_CONTROL,
    PIN,
    REFUSED,
    WITHIN,
)
from tallystick.decide.policy.tables.build import decision_tables, tables_digest, tables_plain
from tallystick.decide.policy.tables.comparison import Counterexample, stricter_than
from tallystick.decide.policy.tables.grid import Finding, Grid, lay_out
from tallystick.decide.policy.tables.matcher import (
    CONSEQUENCES,
    Decision,
    Matcher,
    Request,
    compile_matcher,
)
from tallystick.decide.policy.tables.model import Answer, DecisionTable, Domain, Row, Span
from tallystick.decide.policy.tables.origins import what_it_sets
from tallystick.decide.policy.tables.process import SIGNATURES_MIN

__all__ = [
    "decision_tables",
    "tables_plain",
    "tables_digest",
    "DecisionTable",
    "Domain",
    "Row",
    "Span",
    "Answer",
    "lay_out",
    "Grid",
    "Finding",
    "compile_matcher",
    "Matcher",
    "Request",
    "Decision",
    "CONSEQUENCES",
    "stricter_than",
    "Counterexample",
    "SIGNATURES_MIN",
    "what_it_sets",
    "ENVIRONMENT_CONTROL",
    "DEVICE_ALONE",
    "PIN",
    "REFUSED",
    "WITHIN",
]
