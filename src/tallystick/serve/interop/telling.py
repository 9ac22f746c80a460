"""What a notice becomes: the callback or the request that the hub is owed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.protect.corridor import Partners, Waiting
from tallystick.protect.interop import INTERFACE, ConsentState, HubView, Inquiry
from tallystick.protect.partners import PartnerOrder
from tallystick.serve.interop.amounts import write_instant, write_minor
from tallystick.serve.interop.errors import api_code, error_body
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.ilp import fulfilment_of
from tallystick.serve.interop.messenger import Late
from tallystick.serve.interop.outward import Outward, put, put_error

Body = dict[str, Any]


class Teller:
    """Makes messages of what was committed; asks the books and nobody else."""

    def __init__(self, hub: Hub, partners: Partners, view: HubView) -> None:
        self._hub, self._partners, self._view = hub, partners, view
        self._made = {
            "quote": self._quote,
            "receive": self._received,
            "request": self._rejected,
            "bulkQuotes": self._bulk_quotes,
            "bulkTransfers": self._bulk_transfers,
            "find": self._find,
            "ask": self._ask,
            "authorise": self._authorise,
            "pay": self._pay,
        }

    def of_notice(self, waiting: Waiting) -> Outward | Late | None:
        """The message of a notice; None when it is no business of this interface."""
        if waiting.order.interface != INTERFACE:
            return None
        return self.of_order(waiting.notice.request, waiting.order)

    def of_order(self, request: str, order: PartnerOrder) -> Outward | Late | None:
        """The message of an order, as soon as its outcome is on the disk."""
        note: Body = msgspec.json.decode(order.note)
        make = self._made.get(note["what"])
        if make is None:
            raise Defect("a notice that nobody can tell")
        return make(request, note)

    # ---- payee side -----------------------------------------------------------------------------

    def outcome(self, request: str) -> tuple[str, Body] | None:
        """Code and data of a committed order; None while it is not."""
        recorded = self._partners.outcome(self._hub.principal, request)
        if recorded is None:
            return None
        leaf, data = recorded.committed.leaf, recorded.committed.data
        return msgspec.json.decode(leaf)["code"], msgspec.json.decode(data) if data else {}

    def _quote(self, request: str, note: Body) -> Outward | Late:
        done = self.outcome(request)
        if done is None:
            return Late()
        path, to, version = f"/quotes/{note['id']}", note["to"], note["version"]
        if done[0] != "ok":
            return put_error(path, "quotes", api_code(done[0]), to=to, version=version)
        return put(path, "quotes", self._offer(note, done[1]), to=to, version=version)

    def _offer(self, note: Body, data: Body) -> Body:
        amount = {"amount": note["amount"], "currency": self._hub.currency}
        return {
            "transferAmount": amount,
            "payeeReceiveAmount": amount,
            "expiration": write_instant(data["expires_ms"]),
            "ilpPacket": note["packet"],
            "condition": note["condition"],
        }

    def _received(self, request: str, note: Body) -> Outward | Late:
        done = self.outcome(request)
        if done is None:
            return Late()
        path, to, version = f"/transfers/{note['id']}", note["to"], note["version"]
        if done[0] != "ok":
            return put_error(path, "transfers", api_code(done[0]), to=to, version=version)
        body = self._fulfilled(note, done[1]) | {"transferState": self.state_of(done[1])}
        return put(path, "transfers", body, to=to, version=version)

    def state_of(self, data: Body) -> str:
        """COMMITTED, RESERVED or ABORTED: what became of a transfer that we took."""
        held = self._view.hold(data["transfer"])
        if held is None:
            return "COMMITTED"
        if not held.resolved:
            return "RESERVED"
        settled = self._view.order(held.resolved)
        posted = settled is not None and msgspec.json.decode(settled.body)["verdict"] == "post"
        return "COMMITTED" if posted else "ABORTED"

    def _fulfilled(self, note: Body, data: Body) -> Body:
        """The fulfilment follows from the packet again, now that the money has moved."""
        fulfilment = fulfilment_of(from_base64url(note["packet"]), self._hub.keys.fulfilment)
        return {
            "fulfilment": to_base64url(fulfilment),
            "completedTimestamp": write_instant(data["at_ms"]),
        }

    def _rejected(self, request: str, note: Body) -> Outward | Late | None:
        """A request to pay that the customer declined; an approved one is told by its transfer."""
        asked = self._partners.payment_request(self._hub.principal, request)
        if asked is None or asked.state != "declined":
            return None
        if self._waits(asked.id):
            return Late()
        body = {"transactionRequestState": "REJECTED"}
        path = f"/transactionRequests/{note['id']}"
        return put(path, "transactionRequests", body, to=note["to"], version=note["version"])

    def _bulk_quotes(self, request: str, note: Body) -> Outward | Late:
        done = self._all_done(request, "quote", note["items"])
        if done is None:
            return Late()
        results: list[Body] = []
        expires_ms = self._partners.now_ms()
        for item, code, data in done:
            offer = error_body(code)
            if code == "ok":
                offer = self._offer(item, data)
                offer.pop("expiration")
                expires_ms = max(expires_ms, data["expires_ms"])
            results.append({"quoteId": item["id"]} | offer)
        body = {"individualQuoteResults": results, "expiration": write_instant(expires_ms)}
        path = f"/bulkQuotes/{note['id']}"
        return put(path, "bulkQuotes", body, to=note["to"], version=note["version"])

    def _bulk_transfers(self, request: str, note: Body) -> Outward | Late:
        done = self._all_done(request, "transfer", note["items"])
        if done is None:
            return Late()
        results: list[Body] = []
        last_ms = 0
        for item, code, data in done:
            result = error_body(code)
            if code == "ok":
                result = {"fulfilment": self._fulfilled(item, data)["fulfilment"]}
                last_ms = max(last_ms, data["at_ms"])
            results.append({"transferId": item["id"]} | result)
        body: Body = {"bulkTransferState": "COMPLETED", "individualTransferResults": results}
        if last_ms:
            body["completedTimestamp"] = write_instant(last_ms)
        path = f"/bulkTransfers/{note['id']}"
        return put(path, "bulkTransfers", body, to=note["to"], version=note["version"])

    def _all_done(
        self, request: str, what: str, items: list[Body]
    ) -> list[tuple[Body, str, Body]] | None:
        """Each of many with `ok` or the API's code, and its data; None until all are committed."""
        if self.outcome(request) is None:
            return None
        done: list[tuple[Body, str, Body]] = []
        for item in items:
            outcome = self.outcome(f"{what}-{item['id']}")
            if "error" in item:
                done.append((item, item["error"], {}))
            elif outcome is None:
                return None
            else:
                code, data = outcome
                done.append((item, code if code == "ok" else api_code(code), data))
        return done

    # ---- payer side -----------------------------------------------------------------------------

    def _find(self, _: str, note: Body) -> Outward | Late:
        inquiry = self._view.inquiry(note["inquiry"])
        if inquiry is None:
            return Late()
        path = f"/parties/{inquiry.party_type}/{inquiry.party_id}"
        return Outward(method="GET", path=path, resource="parties", destination=None, asks=True)

    def _ask(self, _: str, note: Body) -> Outward | Late:
        inquiry = self._view.inquiry(note["inquiry"])
        if inquiry is None or inquiry.state == "finding":
            return Late()
        body: Body = {
            "quoteId": inquiry.id,
            "transactionId": inquiry.transfer,
            "payee": {"partyIdInfo": self._payee(inquiry), "name": inquiry.payee_name},
            "payer": self._payer(inquiry),
            "amountType": "SEND",
            "amount": self._money(inquiry.amount_minor),
            "transactionType": {
                "scenario": "PAYMENT" if inquiry.request else "TRANSFER",
                "initiator": "PAYEE" if inquiry.request else "PAYER",
                "initiatorType": "BUSINESS" if inquiry.request else "CONSUMER",
            },
        }
        if inquiry.request:
            body["transactionRequestId"] = inquiry.request_wire
        return self._post("quotes", body, inquiry)

    def _authorise(self, _: str, note: Body) -> Outward | Late | None:
        """Ask for the code at the merchant's terminal; what was answered already is not asked."""
        inquiry = self._view.inquiry(note["inquiry"])
        consent = None if inquiry is None else self._view.consent(inquiry.request)
        if inquiry is None or consent is None or consent.rounds < note["number"]:
            return Late()
        if consent.rounds > note["number"] or not consent.waits_at(self._partners.now_ms()):
            return None
        asked = {
            "authenticationType": consent.kind,
            "retriesLeft": str(consent.tries),
            "amount": write_minor(inquiry.pay_minor, self._hub.currency),
            "currency": self._hub.currency,
        }
        return Outward(
            method="GET",
            path=f"/authorizations/{inquiry.request_wire}?{urlencode(asked)}",
            resource="authorizations",
            destination=inquiry.payee_fsp,
            asks=True,
        )

    def _pay(self, _: str, note: Body) -> Outward | Late:
        inquiry = self._view.inquiry(note["inquiry"])
        if inquiry is None or not inquiry.hold or self._waits(inquiry.request):
            return Late()
        body = {
            "transferId": inquiry.transfer,
            "payerFsp": self._hub.fsp,
            "payeeFsp": inquiry.payee_fsp,
            "amount": self._money(inquiry.pay_minor),
            "ilpPacket": inquiry.packet,
            "condition": inquiry.condition,
            "expiration": write_instant(inquiry.expires_ms),
        }
        return self._post("transfers", body, inquiry)

    def _waits(self, request: str) -> bool:
        """Whether the books, as they are on the disk, still wait for a one-time code."""
        consent = self._view.consent(request) if request else None
        return consent is not None and consent.state is ConsentState.OPEN

    def _post(self, resource: str, body: Body, inquiry: Inquiry) -> Outward:
        return Outward(
            method="POST",
            path=f"/{resource}",
            resource=resource,
            destination=inquiry.payee_fsp,
            body=body,
            asks=True,
        )

    def _money(self, minor: int) -> Body:
        return {"amount": write_minor(minor, self._hub.currency), "currency": self._hub.currency}

    def _payee(self, inquiry: Inquiry) -> Body:
        return {
            "partyIdType": inquiry.party_type,
            "partyIdentifier": inquiry.party_id,
            "fspId": inquiry.payee_fsp,
        }

    def _payer(self, inquiry: Inquiry) -> Body:
        """The payer by account and name, as a transfer between providers must tell."""
        holder = self._partners.holder(inquiry.account)
        party: Body = {
            "partyIdInfo": {
                "partyIdType": "ACCOUNT_ID",
                "partyIdentifier": inquiry.account,
                "fspId": self._hub.fsp,
            }
        }
        return party if holder is None else party | {"name": holder.name[:128]}
