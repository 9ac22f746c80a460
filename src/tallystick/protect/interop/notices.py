"""What the hub is to be asked for our customers, queued in the commit of what it is about."""

from __future__ import annotations

from typing import Any

import msgspec

from tallystick.protect.corridor import Visit
from tallystick.protect.enforcement import Mark
from tallystick.protect.interop.records import Inquiry
from tallystick.protect.partners import (
    NOTICES,
    PARTNER_ORDERS,
    PartnerOrder,
    add_notice,
    order_key,
)

INTERFACE = "interop"
"""Who tells the hub: the interface that notices of this room are for."""
FIND, ASK, AUTHORISE, PAY = "find", "ask", "authorise", "pay"
"""What the hub is asked for an inquiry: who is it, what does it cost, which code, pay."""


def told(visit: Visit, inquiry: Inquiry, what: str, *, number: int = 1) -> list[Mark[Any]]:
    """What the hub is to be asked, queued behind everything else that it is told.

    `number` counts what is asked more than once.
    """
    request = f"{what}-{inquiry.id}" + (f"-{number}" if number > 1 else "")
    order = PartnerOrder(
        operation=f"interop.{what}",
        body="{}",
        note=msgspec.json.encode({"what": what, "inquiry": inquiry.id, "number": number}).decode(),
        interface=INTERFACE,
        callback=INTERFACE,
        at_ms=visit.now_ms,
    )
    earlier = sum(1 for mark in visit.marks if mark.register is NOTICES)
    return [
        Mark(PARTNER_ORDERS, order_key(inquiry.hub, request), order),
        *_queued(visit, inquiry, request, earlier),
    ]


def _queued(visit: Visit, inquiry: Inquiry, request: str, earlier: int) -> tuple[Mark[Any], ...]:
    """A notice behind the ones that this same order queued before."""
    get = visit.desk.registers.get

    def ahead(register: Any, key: str) -> Any:
        return (get(register, key) or 0) + earlier

    return add_notice(ahead, partner=inquiry.hub, request=request, now_ms=visit.now_ms)
