"""Orders of partners that move nothing: the end of a batch, the price of a payment."""

from __future__ import annotations

import msgspec

from tallystick.ground.money import format_minor
from tallystick.protect.corridor import BatchBody, Decision, PriceBody, Visit, read_body
from tallystick.protect.enforcement import OrderMalformed
from tallystick.protect.interchange.parties import amount_of, partner_of


def close_batch(visit: Visit) -> Decision:
    """Record how the orders of a batch ended, each of which was decided by itself before."""
    partner_of(visit)
    body = read_body(visit.message.body, BatchBody)
    if body.taken > body.items:
        raise OrderMalformed("more orders were taken than there are")
    return Decision(data=msgspec.json.encode({"items": body.items, "taken": body.taken}))


def quote(visit: Visit) -> Decision:
    """What a payment of this amount costs: partners pay no fee, and there is one currency."""
    partner_of(visit)
    body = read_body(visit.message.body, PriceBody)
    amount = amount_of(visit, body.amount, body.currency)
    visit.slip.amount_minor, visit.slip.currency = amount.minor, amount.currency
    told = format_minor(amount.minor, amount.currency)
    return Decision(data=msgspec.json.encode({"sending": told, "receiving": told}))
