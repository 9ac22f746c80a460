"""Imports: what other tools know about a system becomes a first service file.

Clauses: 7.1 (security architecture aspects).
Enters:  a Threagile model (YAML), the kind of service that it is most like.
Leaves:  Imported: the text of a service file that reads, and everything that had to be guessed,
         could not be carried over, or is still to be stated by its owner.
Refuses: Misconfigured for what is no such model, too long, or built to grow while it is read.
Proof:   tests/rooms/describe/test_threagile.py, tests/properties/test_threagile.py.
"""

from tallystick.describe.imports.model import Imported
from tallystick.describe.imports.threagile import MODEL_MAX, import_threagile

__all__ = ["import_threagile", "Imported", "MODEL_MAX"]
