"""Interchange: what partners' servers ask for, and what customers let them take.

Clauses: 6.2.3, 11, 13.
Enters:  orders of partners; codes, mandates and approvals that customers sign on their handsets.
Leaves:  Decisions that pay, collect, refund, reserve and settle; authorities and requests.
Refuses: AuthorityRefused, RequestUnknown, RefundRefused, HoldUnknown, OperationForbidden outside of
         a partner's scopes, and what the rooms on the way refuse.
Proof:   tests/journeys/test_partners.py.
"""

from tallystick.protect.interchange.authorities import (
    create_code,
    create_mandate,
    end,
    give_back,
    release_code,
    reserve_code,
)
from tallystick.protect.interchange.money import collect, hold, pay, refund, settle
from tallystick.protect.interchange.records import close_batch, quote
from tallystick.protect.interchange.registration import register
from tallystick.protect.interchange.requests import approve, ask, decline, show_requests

__all__ = [
    "approve",
    "ask",
    "close_batch",
    "collect",
    "create_code",
    "create_mandate",
    "decline",
    "end",
    "give_back",
    "hold",
    "pay",
    "quote",
    "refund",
    "register",
    "release_code",
    "reserve_code",
    "settle",
    "show_requests",
]
