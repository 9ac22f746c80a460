"""The GSMA Mobile Money API 1.2, for partners' servers.

Clauses: 6.2.3, 7.1, 11.
Enters:  HTTP requests of partners, as docs/reference/mobile-money-api.md has them.
Leaves:  transactions, balances, names, statements, request states; callbacks from a durable queue.
Refuses: ApiRefused, with the error object of the API; CallbackRefused for addresses that are not
         the open internet's.
Proof:   tests/rooms/serve/mobile_money.
"""

from tallystick.serve.mobile_money.application import application
from tallystick.serve.mobile_money.errors import ApiRefused, CallbackRefused
from tallystick.serve.mobile_money.openapi import openapi_document
from tallystick.serve.mobile_money.operations import OPERATIONS, UNSERVED

__all__ = [
    "OPERATIONS",
    "UNSERVED",
    "ApiRefused",
    "CallbackRefused",
    "application",
    "openapi_document",
]
