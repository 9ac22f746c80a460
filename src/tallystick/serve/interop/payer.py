"""What a hub answers to the payer's side: who the party is, what it costs, how it ended."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.ground.money import format_minor
from tallystick.protect.interop import Consent, ConsentState, Inquiry
from tallystick.serve.interop.amounts import read_instant
from tallystick.serve.interop.arriving import Arrived
from tallystick.serve.interop.bodies import (
    AuthorizationAnswer,
    ErrorAnswer,
    Money,
    PartyAnswer,
    QuoteAnswer,
    RequestAnswer,
    TransferAnswer,
)
from tallystick.serve.interop.counter import Counter, name_in, read, taken
from tallystick.serve.interop.deciding import minor_of
from tallystick.serve.interop.errors import (
    BULK_QUOTE_UNKNOWN,
    BULK_TRANSFER_UNKNOWN,
    MODIFIED,
    QUOTE_UNKNOWN,
    REQUEST_UNKNOWN,
    TRANSFER_UNKNOWN,
    VALIDATION,
    ApiRefused,
)
from tallystick.serve.interop.ilp import PacketRefused, fulfils, read_packet
from tallystick.serve.interop.payee import _party_in


class Payer:
    """The callbacks to what we asked: each completes an inquiry, or is refused at once."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def party(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "parties", asks=False)
        kind, name, _ = _party_in(request)
        said = read(arrived, PartyAnswer).party
        about = {
            "party": f"{kind}/{name}",
            "fsp": said.party_id_info.fsp_id or arrived.envelope.source,
            "name": (said.said_name or name)[:140],
        }
        await self._heard(f"{kind}/{name}", about, arrived.how)
        return taken()

    async def party_error(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "parties", asks=False)
        kind, name, _ = _party_in(request)
        code = read(arrived, ErrorAnswer).error_information.error_code
        about = {"party": f"{kind}/{name}", "error": code}
        await self._heard(f"{kind}/{name}", about, arrived.how)
        return taken()

    async def _heard(self, party: str, about: dict[str, str], how: str) -> None:
        """What nobody waits for is passed over: the hub may tell it, and nothing follows."""
        if self._counter.view.waits_for(party):
            await self._counter.committed(self._counter.desk.answer(about, how=how))

    async def quote(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "quotes", asks=False)
        said, inquiry = read(arrived, QuoteAnswer), self._asked(request, QUOTE_UNKNOWN)
        counter.demand_party(arrived, inquiry.payee_fsp)
        pay_minor = self._own_minor(said.transfer_amount)
        about = {
            "inquiry": inquiry.id,
            "pay": format_minor(pay_minor, counter.hub.currency),
            "condition": said.condition,
            "packet": said.ilp_packet.rstrip("="),
            "expires_ms": read_instant(said.expiration),
        }
        if said.payee_receive_amount is not None:
            receives_minor = self._own_minor(said.payee_receive_amount)
            about["receive"] = format_minor(receives_minor, counter.hub.currency)
        if _amount_in(said.ilp_packet) != pay_minor:
            raise ApiRefused(VALIDATION, "ilpPacket is of another amount")
        await counter.committed(counter.desk.answer(about, how=arrived.how))
        return taken()

    async def quote_error(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "quotes", asks=False)
        code = read(arrived, ErrorAnswer).error_information.error_code
        inquiry = self._asked(request, QUOTE_UNKNOWN)
        counter.demand_party(arrived, inquiry.payee_fsp)
        about = {"inquiry": inquiry.id, "error": code}
        await counter.committed(counter.desk.answer(about, how=arrived.how))
        return taken()

    async def transfer(self, request: Request) -> Response:
        """The end of a payment of ours: posted with the fulfilment, voided when it was aborted."""
        counter = self._counter
        arrived = await counter.arrived(request, "transfers", asks=False)
        said, inquiry = read(arrived, TransferAnswer), self._paid(request)
        counter.demand_party(arrived, inquiry.payee_fsp)
        if said.transfer_state == "COMMITTED":
            if said.fulfilment is None or not fulfils(said.fulfilment, inquiry.condition):
                raise ApiRefused(VALIDATION, "fulfilment does not fulfil the condition")
            await self._settle(inquiry, arrived.how, posted=True)
        elif said.transfer_state == "ABORTED":
            await self._settle(inquiry, arrived.how, posted=False)
        return taken()

    async def transfer_error(self, request: Request) -> Response:
        counter = self._counter
        arrived = await counter.arrived(request, "transfers", asks=False)
        read(arrived, ErrorAnswer)
        inquiry = self._paid(request)
        counter.demand_party(arrived, inquiry.payee_fsp)
        await self._settle(inquiry, arrived.how, posted=False)
        return taken()

    async def _settle(self, inquiry: Inquiry, how: str, *, posted: bool) -> None:
        """Settle once; the same word again changes nothing, another word is refused."""
        counter = self._counter
        held = counter.view.hold(inquiry.hold)
        state = "RESERVED"
        if held is not None and held.resolved:
            state = counter.teller.state_of({"transfer": inquiry.hold})
        if state == "RESERVED":
            await counter.committed(counter.desk.settle(inquiry.hold, posted=posted, how=how))
        elif state != ("COMMITTED" if posted else "ABORTED"):
            raise ApiRefused(MODIFIED, f"this transfer is {state}")

    async def authorisation(self, request: Request) -> Response:
        """What became of a one-time code at the merchant's terminal."""
        arrived = await self._counter.arrived(request, "authorizations", asks=False)
        said = read(arrived, AuthorizationAnswer)
        name, consent = self._consent(arrived, request)
        response, entered = said.response_type.lower(), said.authentication_info
        code = None
        if response == "entered":
            if entered is None or entered.authentication != consent.kind:
                raise ApiRefused(VALIDATION, "authenticationInfo is not what was asked for")
            code = self._counter.view.digest_of(consent, entered.authentication_value)
        if consent.late_at(self._counter.partners.now_ms()):
            response, code = "late", None
        await self._concluded(name, response, code, consent, arrived.how)
        return taken()

    async def authorisation_error(self, request: Request) -> Response:
        """The merchant's side cannot ask its customer: the payment is not sent."""
        arrived = await self._counter.arrived(request, "authorizations", asks=False)
        read(arrived, ErrorAnswer)
        name, consent = self._consent(arrived, request)
        late = consent.late_at(self._counter.partners.now_ms())
        response = "late" if late else "rejected"
        await self._concluded(name, response, None, consent, arrived.how)
        return taken()

    def _consent(self, arrived: Arrived, request: Request) -> tuple[str, Consent]:
        """Refuses: ApiRefused where nothing waits, and for somebody else's word."""
        counter, name = self._counter, name_in(request)
        consent = counter.view.consent(counter.concluder.key(name))
        inquiry = None if consent is None else counter.view.inquiry(consent.inquiry)
        if consent is None or inquiry is None:
            raise ApiRefused(REQUEST_UNKNOWN)
        counter.demand_party(arrived, inquiry.payee_fsp)
        if consent.state is not ConsentState.OPEN:
            raise ApiRefused(MODIFIED, "this request was confirmed or ended before")
        return name, consent

    async def _concluded(
        self, name: str, response: str, code: str | None, consent: Consent, how: str
    ) -> None:
        counter = self._counter
        await counter.concluder.answered(name, response, code, hold=consent.hold, how=how)
        counter.messenger.wake()

    # What we never ask, nobody can answer: the request is read all the same, and named unknown.

    async def request(self, request: Request) -> Response:
        arrived = await self._counter.arrived(request, "transactionRequests", asks=False)
        read(arrived, RequestAnswer)
        raise ApiRefused(REQUEST_UNKNOWN)

    async def bulk_quote(self, request: Request) -> Response:
        await self._counter.arrived(request, "bulkQuotes", asks=False)
        raise ApiRefused(BULK_QUOTE_UNKNOWN)

    async def bulk_transfer(self, request: Request) -> Response:
        await self._counter.arrived(request, "bulkTransfers", asks=False)
        raise ApiRefused(BULK_TRANSFER_UNKNOWN)

    def _asked(self, request: Request, unknown: str) -> Inquiry:
        inquiry = self._counter.view.inquiry(name_in(request))
        if inquiry is None:
            raise ApiRefused(unknown)
        return inquiry

    def _paid(self, request: Request) -> Inquiry:
        """Refuses: ApiRefused where no transfer was sent.

        Its name is also the transaction's, which the payee had from the quote; so the word for one
        that waits for a one-time code is not taken.
        """
        view = self._counter.view
        inquiry = view.paid_by(name_in(request))
        consent = None if inquiry is None else view.consent(inquiry.request)
        if inquiry is None or (consent and consent.state is not ConsentState.RELEASED):
            raise ApiRefused(TRANSFER_UNKNOWN)
        return inquiry

    def _own_minor(self, money: Money) -> int:
        if money.currency != self._counter.hub.currency:
            raise ApiRefused(VALIDATION, "currency is not ours")
        return minor_of(money)


def _amount_in(packet: str) -> int:
    try:
        return read_packet(from_base64url(packet.rstrip("="))).amount
    except (PacketRefused, NotAnIdentifier):
        raise ApiRefused(VALIDATION, "ilpPacket is not one packet") from None
