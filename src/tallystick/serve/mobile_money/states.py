"""How an order of a partner stands, and how it reads as a transaction of the API."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import DeviceId
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import Authority, PartnerOrder, RequestState
from tallystick.serve.mobile_money.errors import not_found, said
from tallystick.serve.mobile_money.signed import authority_object, authority_path

POLL_LIMIT = 100
PENDING, COMPLETED, FAILED = "pending", "completed", "failed"
BATCH, QUOTE = "partner.batch", "partner.quote"
AUTHORITY = "authority"
"""What an order is about, when it is about a code or mandate and not about money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One order: `status`, the outside code of a refusal, until when it waits for the customer.

    `authority` is the code or mandate that it made, or ended.
    """

    order: PartnerOrder
    status: str
    code: str
    expires_ms: int | None = None
    authority: str = ""

    @property
    def moves(self) -> bool:
        """Whether it is shown as a transaction: codes and mandates are not."""
        return self.order.operation not in (BATCH, QUOTE) and not self.about_authority

    @property
    def about_authority(self) -> bool:
        return bool(json.loads(self.order.note).get("what") == AUTHORITY)


def standing(partners: Partners, partner: DeviceId, request: str) -> Standing:
    """How one order of this partner stands. Refuses: ApiRefused for anybody else's as for none."""
    order = partners.order(partner, request)
    recorded = None if order is None else partners.outcome(partner, request)
    if order is None or recorded is None:
        raise not_found()
    code = str(json.loads(recorded.committed.leaf)["code"])
    if code != "ok":
        return Standing(order=order, status=FAILED, code=code)
    asked = partners.payment_request(partner, request)
    if asked is None:
        ended = json.loads(order.body)["authority"] if order.operation == "partner.end" else ""
        return Standing(order=order, status=COMPLETED, code="ok", authority=ended)
    state = asked.state_at(partners.now_ms())
    if state is RequestState.PENDING:
        return Standing(order=order, status=PENDING, code="ok", expires_ms=asked.expires_ms)
    if state is RequestState.APPROVED:
        return Standing(order=order, status=COMPLETED, code="ok", authority=asked.authority)
    return Standing(order=order, status=FAILED, code=f"request.{state}")


def request_state(
    partners: Partners, partner: DeviceId, request: str, *, first: bool = False
) -> dict[str, Any]:
    """The API's request state. `first`: as it is told at the start, when nothing is known yet."""
    now = standing(partners, partner, request)
    status = PENDING if first else now.status
    state: dict[str, Any] = {
        "serverCorrelationId": request,
        "status": status,
        "notificationMethod": "callback" if now.order.callback else "polling",
        "objectReference": request if status == PENDING else now.authority or request,
        "pollLimit": POLL_LIMIT,
    }
    if status == PENDING and now.expires_ms is not None:
        state["expiryTime"] = iso_instant(now.expires_ms)
        state["pendingReason"] = "the customer has to approve"
    if status == FAILED:
        state["error"] = said(now.code, now.order.at_ms)
    return state


def transaction_object(partners: Partners, partner: DeviceId, request: str) -> dict[str, Any]:
    """The transaction as the API shows it: what was asked, and how it stands."""
    now = standing(partners, partner, request)
    if not now.moves:
        raise not_found()
    note = json.loads(now.order.note)
    shown: dict[str, Any] = {
        **note["asked"],
        "transactionReference": request,
        "transactionStatus": now.status,
        "type": note["type"],
        "creationDate": iso_instant(now.order.at_ms),
        "modificationDate": iso_instant(now.order.at_ms),
    }
    if "original" in note:
        shown["originalTransactionReference"] = note["original"]
    return shown


def batch_object(partners: Partners, partner: DeviceId, request: str) -> dict[str, Any]:
    """A batch: it is completed as soon as it can be seen."""
    now = standing(partners, partner, request)
    if now.order.operation != BATCH:
        raise not_found()
    items = json.loads(now.order.body)["items"]
    ends = [standing(partners, partner, item_id(request, n)).status for n in range(items)]
    asked: dict[str, Any] = json.loads(now.order.note)["asked"]
    return asked | {
        "batchId": request,
        "batchStatus": COMPLETED,
        "processingFlag": False,
        "completedFlag": PENDING not in ends,
        "parsingSuccessCount": items,
        "completionCount": ends.count(COMPLETED),
        "rejectionCount": ends.count(FAILED),
        "creationDate": iso_instant(now.order.at_ms),
        "completionDate": iso_instant(now.order.at_ms),
    }


def quotation_object(partners: Partners, partner: DeviceId, request: str) -> dict[str, Any]:
    """A quotation with its one quote."""
    now = standing(partners, partner, request)
    recorded = partners.outcome(partner, request)
    data = recorded.committed.data if recorded is not None else None
    if now.order.operation != QUOTE or data is None:
        raise not_found()
    told = json.loads(data)
    asked: dict[str, Any] = json.loads(now.order.note)["asked"]
    return asked | {
        "quotationReference": request,
        "quotationStatus": COMPLETED,
        "creationDate": iso_instant(now.order.at_ms),
        "quotes": [
            {
                "quoteId": request,
                "sendingAmount": told["sending"],
                "sendingCurrency": partners.currency,
                "receivingAmount": told["receiving"],
                "receivingCurrency": partners.currency,
            }
        ],
    }


def item_id(batch: str, number: int) -> str:
    """The id of one order of a batch."""
    return str(uuid.uuid5(uuid.UUID(batch), str(number)))


def link_of(partners: Partners, now: Standing, request: str) -> str:
    """Where the outcome of an order is. Refuses: ApiRefused while a code or mandate is awaited."""
    if now.about_authority:
        return authority_path(_authority(partners, now))
    kinds = {BATCH: "batchtransactions", QUOTE: "quotations"}
    return f"/{kinds.get(now.order.operation, 'transactions')}/{request}"


def final_object(partners: Partners, partner: DeviceId, request: str) -> dict[str, Any]:
    """What a callback tells: what came of the request, or the error that ended it."""
    now = standing(partners, partner, request)
    if now.status == FAILED:
        return dict(said(now.code, now.order.at_ms))
    if now.about_authority:
        return authority_object(partners, _authority(partners, now))
    shows = {BATCH: batch_object, QUOTE: quotation_object}
    return shows.get(now.order.operation, transaction_object)(partners, partner, request)


def _authority(partners: Partners, now: Standing) -> Authority:
    """What the customer signed. Refuses: ApiRefused before that."""
    found = partners.authority(now.authority) if now.authority else None
    if found is None:
        raise not_found("the customer has not signed it")
    return found
