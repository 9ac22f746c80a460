"""Assets: what of value there is to lose, and how much of it.

Clauses: Annex A (risk analysis).
Enters:  a Service, the catalogue's list of assets.
Leaves:  Asset with its exposure in minor units where money measures it.
Refuses: nothing; a service is valid once read.
Proof:   tests/rooms/analyse/test_analysis.py.
"""

from tallystick.analyse.assets.inventory import Asset, list_assets

__all__ = ["Asset", "list_assets"]
