"""What a hub asks the payee's side: who is it, what will you take, take it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tallystick.ground.canonical import digest_of
from tallystick.protect.corridor import Pending
from tallystick.protect.enforcement import RequestConflict
from tallystick.protect.interop import ConsentState
from tallystick.serve.interop.arriving import BULK_BODY_MAX, Arrived
from tallystick.serve.interop.bodies import (
    PARTY_TYPES,
    BulkQuoteBody,
    BulkTransferBody,
    IndividualTransfer,
    QuoteBody,
    TransactionRequestBody,
    TransferAnswer,
    TransferBody,
)
from tallystick.serve.interop.counter import Counter, accepted, as_api, name_in, read, taken
from tallystick.serve.interop.deciding import Note, alias, as_quote, minor_of
from tallystick.serve.interop.errors import (
    BULK_QUOTE_UNKNOWN,
    BULK_TRANSFER_UNKNOWN,
    ID_UNKNOWN,
    MODIFIED,
    QUOTE_UNKNOWN,
    REQUEST_UNKNOWN,
    TRANSFER_UNKNOWN,
    VALIDATION,
    ApiRefused,
)
from tallystick.serve.interop.outward import Outward, put, put_error


class Payee:
    """The endpoints of the payee's side; each answers 202 and later by a callback."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    # ---- who is it ------------------------------------------------------------------------------

    async def party(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "parties")
        kind, name, path = _party_in(request)
        self._counter.messenger.pass_on(self._party(arrived, kind, name, path))
        return accepted()

    def _party(self, arrived: Arrived, kind: str, name: str, path: str) -> Outward:
        """A customer's name for a number; one answer for everybody whom we do not have."""
        counter, envelope = self._counter, arrived.envelope
        found = counter.view.party(alias(kind, name)) if path.count("/") == 3 else None
        if found is None:
            return _error(arrived, path, ID_UNKNOWN)
        party = {
            "partyIdInfo": {
                "partyIdType": kind,
                "partyIdentifier": name,
                "fspId": counter.hub.fsp,
            },
            "name": found.name[:128],
        }
        body = {"party": party}
        return put(path, "parties", body, to=envelope.source, version=envelope.version)

    # ---- what will you take ---------------------------------------------------------------------

    async def quote(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "quotes")
        said = read(arrived, QuoteBody)
        minor_of(said.amount)
        name, digest = f"quote-{said.quote_id}", digest_of(msgspec.to_builtins(said))
        if not self._again(arrived, name, digest, f"/quotes/{said.quote_id}"):
            await self._counter.committed(self._quote(arrived, said, told=True))
        return accepted()

    def _quote(self, arrived: Arrived, said: QuoteBody, *, told: bool) -> Pending:
        envelope = arrived.envelope
        return self._counter.desk.quote(
            said, source=envelope.source, version=envelope.version, how=arrived.how, told=told
        )

    async def show_quote(self, request: Request) -> Response:
        return await self._show(request, "quotes", "quote", QUOTE_UNKNOWN)

    async def bulk_quote(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "bulkQuotes", octets_max=BULK_BODY_MAX)
        said = read(arrived, BulkQuoteBody)
        digest = digest_of(msgspec.to_builtins(said))
        path = f"/bulkQuotes/{said.bulk_quote_id}"
        if self._again(arrived, f"bulkQuotes-{said.bulk_quote_id}", digest, path):
            return accepted()
        quotes = [as_quote(each, said.payer, said.expiration) for each in said.individual_quotes]
        pendings, items = self._each(arrived, "quote", [(q.quote_id, q) for q in quotes])
        pendings.append(self._gather(arrived, "bulkQuotes", said.bulk_quote_id, items, digest))
        await counter.committed(*pendings)
        return accepted()

    async def show_bulk_quote(self, request: Request) -> Response:
        return await self._show(request, "bulkQuotes", "bulkQuotes", BULK_QUOTE_UNKNOWN)

    # ---- take it --------------------------------------------------------------------------------

    async def transfer(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "transfers")
        said = read(arrived, TransferBody)
        minor_of(said.amount)
        name, digest = f"transfer-{said.transfer_id}", digest_of(msgspec.to_builtins(said))
        if not self._again(arrived, name, digest, f"/transfers/{said.transfer_id}"):
            await self._counter.committed(self._transfer(arrived, said, told=True))
        return accepted()

    def _transfer(self, arrived: Arrived, said: TransferBody, *, told: bool) -> Pending:
        envelope = arrived.envelope
        return self._counter.desk.transfer(
            said, source=envelope.source, version=envelope.version, how=arrived.how, told=told
        )

    async def show_transfer(self, request: Request) -> Response:
        return await self._show(request, "transfers", "transfer", TRANSFER_UNKNOWN)

    async def notify(self, request: Request) -> Response:
        """The hub settled or gave up a transfer that we hold for our customer (PATCH)."""
        counter = self._counter
        arrived = await counter.arrived(request, "transfers", asks=False)
        counter.demand_party(arrived)  # neither the payer nor the payee knows what was settled
        name, said = name_in(request), read(arrived, TransferAnswer)
        done = counter.teller.outcome(f"transfer-{name}")
        if done is None or done[0] != "ok":
            raise ApiRefused(TRANSFER_UNKNOWN)
        if said.transfer_state not in ("COMMITTED", "ABORTED"):
            raise ApiRefused(VALIDATION, "transferState is COMMITTED or ABORTED here")
        state = counter.teller.state_of(done[1])
        if state == "RESERVED":
            posted = said.transfer_state == "COMMITTED"
            hold = done[1]["transfer"]
            await counter.committed(counter.desk.settle(hold, posted=posted, how=arrived.how))
        elif state != said.transfer_state:
            raise ApiRefused(MODIFIED, f"this transfer is {state}")
        return taken()

    async def bulk_transfer(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "bulkTransfers", octets_max=BULK_BODY_MAX)
        said = read(arrived, BulkTransferBody)
        digest = digest_of(msgspec.to_builtins(said))
        path = f"/bulkTransfers/{said.bulk_transfer_id}"
        if self._again(arrived, f"bulkTransfers-{said.bulk_transfer_id}", digest, path):
            return accepted()
        singles = [_single(each, said) for each in said.individual_transfers]
        pendings, items = self._each(
            arrived, "transfer", [(one.transfer_id, one) for one in singles]
        )
        pendings.append(
            self._gather(arrived, "bulkTransfers", said.bulk_transfer_id, items, digest)
        )
        await counter.committed(*pendings)
        return accepted()

    async def show_bulk_transfer(self, request: Request) -> Response:
        return await self._show(request, "bulkTransfers", "bulkTransfers", BULK_TRANSFER_UNKNOWN)

    # ---- will you pay ---------------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        """A merchant elsewhere asks one of our customers to pay."""
        counter = self._counter
        arrived = await counter.arrived(request, "transactionRequests")
        said = read(arrived, TransactionRequestBody)
        minor_of(said.amount)
        name = said.transaction_request_id
        path = f"/transactionRequests/{name}"
        if not self._again(arrived, f"request-{name}", digest_of(msgspec.to_builtins(said)), path):
            envelope = arrived.envelope
            pending = counter.desk.request(
                said, source=envelope.source, version=envelope.version, how=arrived.how
            )
            await counter.committed(pending)
        counter.messenger.pass_on(self._request_state(arrived, name, path))
        return accepted()

    async def show_request(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "transactionRequests")
        name = name_in(request)
        path = f"/transactionRequests/{name}"
        self._counter.messenger.pass_on(self._request_state(arrived, name, path))
        return accepted()

    def _request_state(self, arrived: Arrived, name: str, path: str) -> Outward:
        counter = self._counter
        done = counter.teller.outcome(f"request-{name}")
        if done is None or done[0] != "ok":
            return _error(arrived, path, REQUEST_UNKNOWN)
        asked = counter.partners.payment_request(counter.hub.principal, f"request-{name}")
        state = "RECEIVED" if asked is None else _REQUEST_STATES[str(asked.state)]
        consent = None if asked is None else counter.view.consent(asked.id)
        if consent is not None and consent.state is ConsentState.OPEN:
            state = "PENDING"  # signed, and not confirmed at the terminal yet
        body = {"transactionRequestState": state, "transactionId": name}
        envelope = arrived.envelope
        return put(path, arrived.resource, body, to=envelope.source, version=envelope.version)

    async def authorise(self, request: Request) -> Response:
        """Merchants here send no transaction requests, so that none waits for a code."""
        arrived = await self._counter.arrived(request, "authorizations")
        path = f"/authorizations/{name_in(request)}"
        self._counter.messenger.pass_on(_error(arrived, path, REQUEST_UNKNOWN))
        return accepted()

    # ---- what they have in common ---------------------------------------------------------------

    def _again(self, arrived: Arrived, name: str, digest: str, path: str) -> bool:
        """Whether this was asked before; then it is answered as it was, or with 3106."""
        counter = self._counter
        try:
            order = counter.desk.earlier(name, digest)
        except RequestConflict:
            counter.tell_error(arrived, path, MODIFIED, what="this id belongs to another request")
            return True
        if order is None:
            return False
        counter.tell_again(name, order)
        return True

    def _each(
        self, arrived: Arrived, what: str, said: Sequence[tuple[str, QuoteBody | TransferBody]]
    ) -> tuple[list[Pending], list[Note]]:
        """Decide what came together, each by itself: one that is refused stops no other."""
        pendings: list[Pending] = []
        items: list[Note] = []
        for name, body in said:
            try:
                digest = digest_of(msgspec.to_builtins(body))
                if self._counter.desk.earlier(f"{what}-{name}", digest) is None:
                    pendings.append(self._one(arrived, body))
                items.append(self._kept(f"{what}-{name}"))
            except (ApiRefused, RequestConflict) as refusal:
                items.append({"id": name, "error": as_api(refusal).api})
        return pendings, items

    def _one(self, arrived: Arrived, said: QuoteBody | TransferBody) -> Pending:
        if isinstance(said, QuoteBody):
            return self._quote(arrived, said, told=False)
        return self._transfer(arrived, said, told=False)

    def _kept(self, name: str) -> Note:
        """What a bulk answer needs of one order: what its own answer would have."""
        order = self._counter.partners.order(self._counter.hub.principal, name)
        if order is None:
            raise ApiRefused(VALIDATION, "one of many was not decided")
        note: Note = msgspec.json.decode(order.note)
        wanted = ("id", "amount", "packet", "condition")
        return {member: note[member] for member in wanted if member in note}

    def _gather(
        self, arrived: Arrived, what: str, bulk: str, items: list[Note], digest: str
    ) -> Pending:
        envelope = arrived.envelope
        return self._counter.desk.gather(
            what, bulk, items=items, source=envelope.source, version=envelope.version,
            digest=digest, how=arrived.how,
        )  # fmt: skip

    async def _show(self, request: Request, resource: str, prefix: str, unknown: str) -> Response:
        """GET of something that was decided: the answer that it got."""
        counter = self._counter
        arrived = await counter.arrived(request, resource)
        name = name_in(request)
        request_name = f"{prefix}-{name}"
        order = counter.partners.order(counter.hub.principal, request_name)
        if order is None:
            counter.tell_error(arrived, f"/{resource}/{name}", unknown)
        else:
            counter.tell_again(request_name, order)
        return accepted()


_REQUEST_STATES = {
    "pending": "RECEIVED",
    "approved": "ACCEPTED",
    "declined": "REJECTED",
    "expired": "REJECTED",
}


_PLAIN = "+@:,;=!$&'()*"
"""What stands as it is in a segment of a path (RFC 3986 §3.3), beside letters and digits."""


def _party_in(request: Request) -> tuple[str, str, str]:
    """Type, identifier and path of a party. Refuses: ApiRefused."""
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in PARTY_TYPES:
        raise ApiRefused(VALIDATION, "partyIdType is not one that the API has")
    sub = request.path_params.get("sub")
    named = [name] if sub is None else [name, sub]
    if not all(map(_is_identifier, named)):
        raise ApiRefused(VALIDATION, "partyIdentifier has 1 to 128 characters")
    path = "/".join(("", "parties", kind, *(quote(part, safe=_PLAIN) for part in named)))
    return kind, name, path


def _is_identifier(text: str) -> bool:
    return 0 < len(text) <= 128 and text.isprintable() and text not in (".", "..")


def _error(arrived: Arrived, path: str, api: str) -> Outward:
    envelope = arrived.envelope
    return put_error(path, arrived.resource, api, to=envelope.source, version=envelope.version)


def _single(each: IndividualTransfer, bulk: BulkTransferBody) -> TransferBody:
    """One transfer of many, as if it had come alone."""
    return TransferBody(
        transfer_id=each.transfer_id,
        payee_fsp=bulk.payee_fsp,
        payer_fsp=bulk.payer_fsp,
        amount=each.transfer_amount,
        ilp_packet=each.ilp_packet,
        condition=each.condition,
        expiration=bulk.expiration,
    )
