"""Architecture: elements, data flows and trust boundaries of a service, drawn or derived.

Clauses: 7.1 (security architecture aspects), Annex A (risk analysis).
Enters:  a Service.
Leaves:  Architecture: what follows from the facts, refined and added to by its owner; its areas,
         inside which data flows without crossing a trust boundary.
Refuses: Defect for a flow that begins or ends nowhere; reading the service file refuses it before.
Proof:   tests/rooms/analyse/test_architecture.py.
"""

from tallystick.analyse.architecture.areas import Areas, areas_of
from tallystick.analyse.architecture.drawing import architecture_of
from tallystick.analyse.architecture.model import Architecture, Element

__all__ = ["architecture_of", "areas_of", "Architecture", "Areas", "Element"]
