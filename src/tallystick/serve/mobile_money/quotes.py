"""Quotations: what a payment would cost. Partners pay no fee here and there is one currency."""

from __future__ import annotations

from typing import Any

from tallystick.protect.corridor import Partners
from tallystick.serve.mobile_money.amounts import read_sum
from tallystick.serve.mobile_money.arrivals import Asked
from tallystick.serve.mobile_money.deciding import Decider
from tallystick.serve.mobile_money.shapes import QuotationBody, plain, read_shape
from tallystick.serve.mobile_money.states import QUOTE, quotation_object


class Quotes:
    """What the API asks about quotations."""

    def __init__(self, partners: Partners, decider: Decider) -> None:
        self._partners, self._decider = partners, decider

    async def create(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        body = read_shape(asked.body, QuotationBody)
        ours = self._partners.currency
        amount = read_sum(body.request_amount, body.request_currency, ours=ours)
        told = plain(body)
        told.pop("type", None)
        note = {"type": body.type or "transfer", "asked": told}
        draft = (QUOTE, {"amount": amount, "currency": ours})
        return await self._decider.answered(asked, draft, note, show=quotation_object)

    async def view(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        name = asked.path["quotationReference"].lower()
        return 200, quotation_object(self._partners, asked.partner.id, name)
