"""The provider's own API over HTTP: sealed in, sealed out.

Clauses: 7.1, 11.
Enters:  requests as docs/reference/wire.md has them.
Leaves:  sealed answers, or problem details with one code.
Refuses: TooLong, UnsupportedMedia, and what the platform refuses before a device is recognised.
Proof:   tests/journeys, tests/attacks.
"""

from tallystick.serve.api.edge import application, deliver_to, edge_application
from tallystick.serve.api.endpoints import Endpoints
from tallystick.serve.api.openapi import openapi_document
from tallystick.serve.api.problems import TooLong, UnsupportedMedia, problem_of

__all__ = [
    "Endpoints",
    "TooLong",
    "UnsupportedMedia",
    "application",
    "deliver_to",
    "edge_application",
    "openapi_document",
    "problem_of",
]
