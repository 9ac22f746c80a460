"""Requests of the hub as orders of its principal: one for each, decided in the one corridor."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from tallystick.ground.canonical import canonical_json, digest_of
from tallystick.ground.clock import DAY_MS
from tallystick.ground.identifiers import (
    NotAnIdentifier,
    RequestId,
    from_base64url,
    to_base64url,
)
from tallystick.ground.money import EXPONENTS, format_minor
from tallystick.protect.corridor import ExternalOrder, Partners, Pending
from tallystick.protect.enforcement import RequestConflict
from tallystick.protect.interop import INTERFACE
from tallystick.protect.partners import PartnerOrder
from tallystick.serve.interop.amounts import AmountRefused, read_instant, read_minor, write_minor
from tallystick.serve.interop.bodies import (
    IndividualQuote,
    Money,
    Party,
    PartyIdInfo,
    QuoteBody,
    TransactionRequestBody,
    TransferBody,
)
from tallystick.serve.interop.errors import VALIDATION, ApiRefused
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.ilp import (
    Packet,
    PacketRefused,
    condition_of,
    fulfilment_of,
    read_packet,
    write_packet,
)

Note = dict[str, Any]


class Desk:
    """Turns what the hub asks into orders; a retry is recognised by what it says, not how."""

    def __init__(self, hub: Hub, partners: Partners) -> None:
        self._hub, self._partners = hub, partners

    def earlier(self, request: str, digest: str) -> PartnerOrder | None:
        """The order that was made of this request before.

        Refuses: RequestConflict when the same id stands for something else now.
        """
        order = self._partners.order(self._hub.principal, request)
        if order is not None and msgspec.json.decode(order.note).get("digest") != digest:
            raise RequestConflict("this id belongs to another request")
        return order

    def quote(self, said: QuoteBody, *, source: str, version: str, how: str, told: bool) -> Pending:
        """An offer for what a payer wants to send. `told`: by a callback of its own."""
        hub = self._hub
        minor = minor_of(said.amount)
        packet = write_packet(self._packet(said, minor))
        expires_ms = None if said.expiration is None else read_instant(said.expiration)
        order = {
            "quote": said.quote_id,
            "transaction": said.transaction_id,
            "payee": alias_of(said.payee.party_id_info),
            "amount": format_minor(minor, said.amount.currency),
            "currency": said.amount.currency,
            "payer_fsp": source,
            "payer_name": said.payer.said_name[:160],
            "scenario": said.transaction_type.scenario,
            "lifetime_s": hub.quote_lifetime_s,
            "expires_ms": expires_ms,
        }
        note = self._note("quote", said.quote_id, source, version) | {
            "amount": write_minor(minor, said.amount.currency),
            "packet": to_base64url(packet),
            "condition": condition_of(fulfilment_of(packet, hub.keys.fulfilment)),
            "digest": digest_of(msgspec.to_builtins(said)),
        }
        return self._decide(
            f"quote-{said.quote_id}", "interop.quote", order, note, how=how, told=told
        )

    def transfer(
        self, said: TransferBody, *, source: str, version: str, how: str, told: bool
    ) -> Pending:
        """Money for what we offered; what does not fit the offer is refused and written down."""
        note = self._note("receive", said.transfer_id, source, version) | {
            "packet": said.ilp_packet.rstrip("="),
            "digest": digest_of(msgspec.to_builtins(said)),
        }
        operation, order = self._terms(said, source)
        request = f"transfer-{said.transfer_id}"
        return self._decide(request, operation, order, note, how=how, told=told)

    def request(
        self, said: TransactionRequestBody, *, source: str, version: str, how: str
    ) -> Pending:
        """A merchant of another provider asks one of our customers to pay."""
        minor = minor_of(said.amount)
        info = said.payee.party_id_info
        order = {
            "payer": alias_of(said.payer),
            "amount": format_minor(minor, said.amount.currency),
            "currency": said.amount.currency,
            "expires_s": self._lifetime_s(said.expiration),
            "reference": (said.note or "")[:128],
        }
        note = self._note("request", said.transaction_request_id, source, version) | {
            "party_type": info.party_id_type,
            "party_id": info.party_identifier,
            "fsp": info.fsp_id or source,
            "name": said.payee.said_name or info.party_identifier,
            "confirm": said.authentication_type or "",
            "digest": digest_of(msgspec.to_builtins(said)),
        }
        request = f"request-{said.transaction_request_id}"
        return self._decide(request, "partner.request", order, note, how=how, told=True)

    def gather(
        self, what: str, bulk: str, *, items: list[Note], source: str, version: str, digest: str,
        how: str,
    ) -> Pending:  # fmt: skip
        """What came together, once each of it was decided."""
        note = self._note(what, bulk, source, version) | {"items": items, "digest": digest}
        order = {"bulk": bulk, "requests": [item["id"] for item in items]}
        return self._decide(f"{what}-{bulk}", "interop.bulk", order, note, how=how, told=True)

    def answer(self, about: Mapping[str, Any], *, how: str) -> Pending:
        """What the hub says of something that we asked."""
        name = hashlib.sha256(canonical_json(dict(about))).hexdigest()[:40]
        salt = self._partners.chance(6).hex()  # the same party may be asked for again tomorrow
        note = {"what": "answer", "digest": ""}
        request = f"answer-{name}{salt}"
        return self._decide(request, "interop.answer", about, note, how=how, told=False)

    def confirm(self, request: str, response: str, *, code: str | None, how: str) -> Pending:
        """What came back for a one-time code; of the code only its digest is written down."""
        order: Note = {"request": request, "response": response}
        if code is not None:
            order["code"] = code
        note = {"what": "confirm", "digest": ""}
        name = f"confirm-{self._partners.chance(16).hex()}"
        return self._decide(name, "interop.confirm", order, note, how=how, told=False)

    def settle(self, hold: str, *, posted: bool, how: str) -> Pending:
        """How the hub settled money that is reserved; the same word twice is one order."""
        verdict = "post" if posted else "void"
        name = hashlib.sha256(hold.encode()).hexdigest()[:40]
        order = {"hold": hold, "verdict": verdict}
        note = {"what": "settle", "digest": ""}
        request = f"settle-{name}-{verdict}"
        return self._decide(request, "partner.settle", order, note, how=how, told=False)

    def _decide(
        self, request: str, operation: str, order: Mapping[str, Any], note: Note, *, how: str,
        told: bool,
    ) -> Pending:  # fmt: skip
        return self._partners.decide(
            ExternalOrder(
                partner=self._hub.principal,
                request=RequestId(request),
                operation=operation,
                body=canonical_json(dict(order)),
                authenticated={"how": how},
                note=canonical_json(note).decode(),
                interface=INTERFACE if told else "",
                callback=INTERFACE if told else "",
            )
        )

    def _note(self, what: str, name: str, source: str, version: str) -> Note:
        return {"what": what, "id": name, "to": source, "version": version}

    def _packet(self, said: QuoteBody, minor: int) -> Packet:
        """The transaction that the fulfilment will stand for, whole: nothing of it is kept."""
        info = said.payee.party_id_info
        kept = (
            "quote_id", "transaction_id", "payee", "payer", "amount", "transaction_type", "note",
        )  # fmt: skip
        plain: dict[str, Any] = msgspec.to_builtins(said)
        camel = {name: _camel(name) for name in kept}
        transaction = {camel[n]: plain[camel[n]] for n in kept if plain[camel[n]] is not None}
        transaction["payee"]["partyIdInfo"]["fspId"] = self._hub.fsp
        address = f"g.{self._hub.fsp}.{info.party_id_type.lower()}.{info.party_identifier.lower()}"
        return Packet(amount=minor, address=address, transaction=_without_nulls(transaction))

    def _terms(self, said: TransferBody, source: str) -> tuple[str, Note]:
        """The order of a transfer: to receive, or to refuse with the reason."""
        hub = self._hub
        try:
            octets = from_base64url(said.ilp_packet.rstrip("="))
            packet = read_packet(octets)
        except (NotAnIdentifier, PacketRefused):
            return "interop.refuse", {"reason": "packet"}
        if condition_of(fulfilment_of(octets, hub.keys.fulfilment)) != said.condition:
            return "interop.refuse", {"reason": "condition"}
        minor = minor_of(said.amount)
        if packet.amount != minor:
            return "interop.refuse", {"reason": "amount"}
        if said.payee_fsp != hub.fsp:
            return "interop.refuse", {"reason": "payee"}
        if said.payer_fsp != source:
            return "interop.refuse", {"reason": "payer"}
        return "interop.receive", {
            "transfer": said.transfer_id,
            "quote": packet.transaction["quoteId"],
            "amount": format_minor(minor, said.amount.currency),
            "currency": said.amount.currency,
            "payer_fsp": said.payer_fsp,
            "expires_ms": read_instant(said.expiration),
            "hold": hub.reserve,
        }

    def _lifetime_s(self, expiration: str | None) -> int:
        if expiration is None:
            return 3600
        left_ms = read_instant(expiration) - self._partners.now_ms()
        return max(60, min(left_ms, 7 * DAY_MS) // 1000)


def minor_of(money: Money) -> int:
    """Minor units of an amount. Refuses: ApiRefused 3100, saying which member is wrong."""
    if money.currency not in EXPONENTS:
        raise ApiRefused(VALIDATION, "amount/currency is not one that we know")
    try:
        return read_minor(money.amount, money.currency)
    except AmountRefused as refusal:
        raise ApiRefused(VALIDATION, f"amount: {refusal}") from None


def alias_of(party: PartyIdInfo) -> str:
    """The alias under which one of our customers is registered, as the party is written."""
    return alias(party.party_id_type, party.party_identifier)


def alias(party_type: str, identifier: str) -> str:
    """
    >>> alias("MSISDN", "+254700000001"), alias("EMAIL", "a@b.example")
    ('msisdn:254700000001', 'email:a@b.example')
    """
    plain = identifier.removeprefix("+") if party_type == "MSISDN" else identifier
    return f"{party_type.lower()}:{plain}"[:64]


def as_quote(item: IndividualQuote, payer: Party, expiration: str | None) -> QuoteBody:
    """One quote of many, as if it had come alone."""
    return QuoteBody(
        quote_id=item.quote_id,
        transaction_id=item.transaction_id,
        payee=item.payee,
        payer=payer,
        amount_type=item.amount_type,
        amount=item.amount,
        transaction_type=item.transaction_type,
        note=item.note,
        expiration=expiration,
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return value
