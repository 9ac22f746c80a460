"""Serve: the HTTP edges of a running platform.

Clauses: 7.1, 10, 11, 12.
Enters:  HTTP requests from strangers.
Leaves:  HTTP answers.
Refuses: what is not in docs/reference/wire.md.
Proof:   tests/journeys, tests/attacks.
"""

from tallystick.serve.api import application, openapi_document
from tallystick.serve.connections import ConnectionsFile, read_connections
from tallystick.serve.gates import open_gates
from tallystick.serve.server import default_workers, run_server, serving
from tallystick.serve.shards import read_shards

__all__ = [
    "ConnectionsFile",
    "application",
    "default_workers",
    "open_gates",
    "read_connections",
    "read_shards",
    "openapi_document",
    "run_server",
    "serving",
]
