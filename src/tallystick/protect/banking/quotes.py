"""Quotes: what an order would cost or give, said before anything is signed."""

from __future__ import annotations

import msgspec

from tallystick.ground.clock import day_of
from tallystick.ground.money import Amount, format_minor
from tallystick.protect import emoney
from tallystick.protect.corridor import Decision, QuoteBody, Visit, read_body
from tallystick.protect.enforcement import OrderMalformed
from tallystick.protect.signatures import read_amount
from tallystick.standard import FEE_KINDS


def quote(visit: Visit) -> Decision:
    """The fee of a payment, or what an exchange gives; nothing is promised beyond the terms."""
    body = read_body(visit.message.body, QuoteBody)
    visit.slip.payer = visit.device.account
    if body.operation == "fx.exchange":
        return _exchange(visit, body)
    if body.operation not in FEE_KINDS or body.receives is not None:
        raise OrderMalformed("no quote is made of such an order")
    policy = visit.desk.policy
    amount = read_amount(body.amount, body.currency or policy.currency, policy.currency)
    price = emoney.price_of(policy.terms.fees.get(body.operation), amount.minor)
    return _answer(
        amount,
        fee_minor=price.on_top_minor,
        receives=Amount(minor=price.received_minor, currency=amount.currency),
    )


def _exchange(visit: Visit, body: QuoteBody) -> Decision:
    policy = visit.desk.policy
    sold_in, bought_in = body.currency or policy.currency, body.receives or policy.currency
    pair = emoney.pair_of(policy.terms.pairs, sold_in, bought_in, today=day_of(visit.now_ms))
    sold = read_amount(body.amount, sold_in, sold_in)
    return _answer(sold, fee_minor=0, receives=emoney.exchanged(pair, sold))


def _answer(amount: Amount, *, fee_minor: int, receives: Amount) -> Decision:
    said = {
        "currency": amount.currency,
        "amount": format_minor(amount.minor, amount.currency),
        "fee": format_minor(fee_minor, amount.currency),
        "total": format_minor(amount.minor + fee_minor, amount.currency),
        "receives": {
            "currency": receives.currency,
            "amount": format_minor(receives.minor, receives.currency),
        },
    }
    return Decision(data=msgspec.json.encode(said))
