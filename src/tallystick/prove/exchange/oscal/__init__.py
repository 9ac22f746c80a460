"""OSCAL: catalogue, plan, results and open items as the eight models of OSCAL 1.2.1, in JSON.

Clauses: 6 (security management), 9 (security evaluation and certification).
Enters:  Material; for the assessment results its Dossier.
Leaves:  one JSON document a model, valid against the official schema, referring to one another by
         file name; UUIDs of version 5 from our ids, instants from the material.
Refuses: Misconfigured for assessment results without a dossier, and for a mapping collection of a
         catalogue that maps nothing.
Proof:   tests/rooms/prove/exchange/test_oscal.py, tests/vectors/oscal.
"""

from tallystick.prove.exchange.oscal.files import oscal_files
from tallystick.prove.exchange.oscal.mapping import mapping_collection
from tallystick.prove.exchange.oscal.results import assessment_results

__all__ = ["oscal_files", "mapping_collection", "assessment_results"]
