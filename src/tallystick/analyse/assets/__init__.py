"""Assets: what of value there is to lose, how much of it, where it lives and how exposed it is.

Clauses: Annex A (risk analysis).
Enters:  a Service, the catalogue's list of assets, the attack graph of the architecture.
Leaves:  Asset: what is at stake in minor units where money measures it, elements and flows, trust
         boundaries and steps of attack between it and the outside.
Refuses: nothing; a service is valid once read.
Proof:   tests/rooms/analyse/test_analysis.py.
"""

from tallystick.analyse.assets.inventory import Asset, list_assets

__all__ = ["Asset", "list_assets"]
