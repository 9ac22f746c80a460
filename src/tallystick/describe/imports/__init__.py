"""Imports: what other tools and catalogues know becomes files that an owner goes on with.

Clauses: 5 (nature of the entries), 7.1 (security architecture aspects), D (attacks).
Enters:  a Threagile model (YAML) and the kind of service that it is most like; an ATT&CK bundle
         (STIX 2.0 or 2.1), an OSCAL catalog (JSON).
Leaves:  Imported: the text of a service file that reads, and everything that had to be guessed,
         could not be carried over, or is still to be stated by its owner. OwnEntries: the text of a
         file of own entries, what it holds, what was left out and why.
Refuses: Misconfigured for what is no such document, too long, nested too deeply, ambiguous, or
         built to grow while it is read.
Proof:   tests/rooms/describe, tests/properties/test_threagile.py,
         tests/properties/test_imported_entries.py.
"""

from tallystick.describe.imports.attack import import_attack
from tallystick.describe.imports.entries import OwnEntries
from tallystick.describe.imports.json_text import JSON_MAX, read_json
from tallystick.describe.imports.model import Imported
from tallystick.describe.imports.oscal_catalog import import_oscal_catalog
from tallystick.describe.imports.threagile import MODEL_MAX, import_threagile

__all__ = [
    "import_attack",
    "import_oscal_catalog",
    "import_threagile",
    "read_json",
    "Imported",
    "JSON_MAX",
    "MODEL_MAX",
    "OwnEntries",
]
