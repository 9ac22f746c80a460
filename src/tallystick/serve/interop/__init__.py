"""Interop: the API between a participant and its hub (FSPIOP 1.1), payee's and payer's side.

Clauses: 7.1, 11.
Enters:  requests and callbacks of one hub, signed over their raw octets.
Leaves:  202 and later a callback; every one that moves money as an order of the hub's principal.
Refuses: ApiRefused with the API's own codes; nothing is sent anywhere but to the hub.
Proof:   tests/rooms/serve/interop, tests/journeys/test_interop_hub.py, tests/interop.
"""

from tallystick.serve.interop.configured import read_hub
from tallystick.serve.interop.edge import hub_application
from tallystick.serve.interop.errors import ApiRefused
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.openapi import openapi_document
from tallystick.serve.interop.operations import OPERATIONS

__all__ = [
    "OPERATIONS",
    "ApiRefused",
    "Hub",
    "hub_application",
    "openapi_document",
    "read_hub",
]
