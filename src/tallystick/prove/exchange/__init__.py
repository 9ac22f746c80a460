"""Exchange: plan and dossier as the documents that other tools read.

Clauses: 6 (security management), 9 (security evaluation and certification), Annex C.
Enters:  Material: Service, Catalogue, RiskAnalysis, SecurityPolicy, a date, a Dossier if there is
         one.
Leaves:  OSCAL, SARIF, CycloneDX, a CISO Assistant library, the statement of applicability; octets
         that depend on the material alone: no clock, no chance.
Refuses: Misconfigured for artefacts that do not belong together, for a document that needs a
         dossier when there is none, and for an optional package that is not installed.
Proof:   tests/rooms/prove/exchange; official schemas in tests/vectors/oscal, tests/vectors/sarif.
"""

from tallystick.prove.exchange.export import FORMATS, export_files
from tallystick.prove.exchange.findings import (
    RULES,
    Finding,
    Rule,
    make_finding,
    planning_findings,
    weaker_findings,
)
from tallystick.prove.exchange.gate import GATED, REPORTED, gate_findings
from tallystick.prove.exchange.material import (
    NO_DATE,
    Material,
    check_date,
    date_of_dossier,
    material_of,
)
from tallystick.prove.exchange.reading import read_dossier
from tallystick.prove.exchange.sarif import sarif_log

__all__ = [
    "export_files",
    "FORMATS",
    "Material",
    "material_of",
    "check_date",
    "read_dossier",
    "NO_DATE",
    "date_of_dossier",
    "Finding",
    "Rule",
    "RULES",
    "make_finding",
    "planning_findings",
    "weaker_findings",
    "gate_findings",
    "GATED",
    "REPORTED",
    "sarif_log",
]
