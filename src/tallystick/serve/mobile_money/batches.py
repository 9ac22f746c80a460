"""Batches: many transactions in one request, each decided by itself and each with its own outcome.

The orders' ids are drawn from the batch's; the batch is closed when all of them are on the disk.
Whoever lost the answer sends the batch again: what was done is not done twice, the rest is.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from tallystick.ground.canonical import digest
from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import DeviceId
from tallystick.protect.corridor import ExternalOrder, Partners
from tallystick.serve.mobile_money.accounts import Page, page_of
from tallystick.serve.mobile_money.arrivals import Asked, read_instant
from tallystick.serve.mobile_money.deciding import Decider
from tallystick.serve.mobile_money.errors import ApiRefused, not_found, not_served, said
from tallystick.serve.mobile_money.shapes import BatchBody, BatchItem, plain, read_shape
from tallystick.serve.mobile_money.states import (
    BATCH,
    COMPLETED,
    FAILED,
    Standing,
    batch_object,
    item_id,
    standing,
    transaction_object,
)
from tallystick.serve.mobile_money.transactions import Transactions


class Batches:
    """What the API asks about batches."""

    def __init__(self, partners: Partners, decider: Decider, transactions: Transactions) -> None:
        self._partners, self._decider, self._transactions = partners, decider, transactions

    async def create(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        """Decide every transaction, then close the batch."""
        body = read_shape(asked.body, BatchBody)
        self._demand_now(asked)
        start = body.scheduled_start_date
        if start and read_instant(start, "scheduledStartDate") > self._partners.now_ms():
            raise not_served("a batch is done when it is sent")
        await self._decider.callback(asked, asynchronous=True)
        of = digest(asked.body)
        orders = [
            self._item(asked, number, one, of) for number, one in enumerate(body.transactions)
        ]
        codes = await self._decider.decide(orders)
        told = plain(body)
        told.pop("transactions")
        draft = {"items": len(codes), "taken": codes.count("ok")}
        note = {"type": "batch", "asked": told, "of": of}
        return await self._decider.answered(asked, (BATCH, draft), note, show=batch_object)

    def _demand_now(self, asked: Asked) -> None:
        """Before any order of it is decided: a stale batch uses up no ids."""
        window_ms = self._partners.parameter("message.window_s") * 1000
        now_ms = self._partners.now_ms()
        if asked.issued_ms is not None and abs(now_ms - asked.issued_ms) > window_ms:
            raise ApiRefused("validation", "genericError", "X-Date: outside of the window")

    def _item(self, asked: Asked, number: int, one: BatchItem, of: str) -> ExternalOrder:
        """One order; what is wrong with it is its own end, and nobody else's."""
        request = item_id(asked.id, number)
        try:
            draft, note = self._transactions.draft(asked, one.type or "", one)
        except ApiRefused as flaw:
            note = {"type": one.type or "none", "asked": {}, "of": of, "error": flaw.plain(0)}
            return self._decider.order(asked, request, ("partner.pay", {}), note, flaw=flaw)
        return self._decider.order(asked, request, draft, {**note, "of": of})

    async def view(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        return 200, batch_object(self._partners, asked.partner.id, _name(asked))

    async def completions(self, asked: Asked) -> Page:
        """The transactions that were done."""
        return page_of(asked, self._items(asked, COMPLETED), lambda one: self._done(*one))

    async def rejections(self, asked: Asked) -> Page:
        """The transactions that were not, each with its reason."""
        return page_of(asked, self._items(asked, FAILED), lambda one: self._rejected(*one))

    def _items(self, asked: Asked, status: str) -> list[tuple[DeviceId, str, Standing]]:
        partner, batch = asked.partner.id, _name(asked)
        now = standing(self._partners, partner, batch)
        if now.order.operation != BATCH:
            raise not_found()
        names = [item_id(batch, number) for number in range(json.loads(now.order.body)["items"])]
        found = [(partner, name, standing(self._partners, partner, name)) for name in names]
        return [one for one in found if one[2].status == status]

    def _done(self, partner: DeviceId, name: str, now: Standing) -> dict[str, Any]:
        shown = transaction_object(self._partners, partner, name)
        kept = ("transactionReference", "creditParty", "debitParty")
        return {member: shown[member] for member in kept if member in shown} | {
            "completionDate": iso_instant(now.order.at_ms),
            "link": f"/transactions/{name}",
        }

    def _rejected(self, partner: DeviceId, name: str, now: Standing) -> dict[str, Any]:
        note = json.loads(now.order.note)
        error = note.get("error") or said(now.code, now.order.at_ms)
        kept = ("creditParty", "debitParty", "requestingOrganisationTransactionReference")
        return {member: note["asked"][member] for member in kept if member in note["asked"]} | {
            "transactionReference": name,
            "rejectionReason": f"{error['errorCode']}: {error['errorDescription']}",
            "rejectionDate": iso_instant(now.order.at_ms),
        }


def _name(asked: Asked) -> str:
    name = asked.path["batchId"].lower()
    try:
        return str(uuid.UUID(name))
    except ValueError:
        raise not_found() from None
