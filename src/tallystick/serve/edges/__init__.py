"""Edge workers: processes that open and verify, in front of the one that decides.

Clauses: 7.1, 6.2.3.
Enters:  HTTP requests on a shared listener; an edge's channel to the crypto module.
Leaves:  vetted orders for the sequencer; answers sealed for the handset.
Refuses: what cannot be verified; ServiceClosed when the sequencer or the crypto module is gone.
Proof:   tests/rooms/serve/edges.
"""

from tallystick.serve.edges.station import Station
from tallystick.serve.edges.worker import run_edge
from tallystick.serve.edges.workers import Workers

__all__ = ["Station", "Workers", "run_edge"]
