"""Money from another provider's customer to one of ours: quote, then receive what was quoted."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tallystick.ground.facts import PARTIES_CLEAR, PAYEE_RESOLVED
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import Amount
from tallystick.protect.corridor import (
    Decision,
    Leg,
    PayeeUnknown,
    Visit,
    clear_leg,
    foresee_room,
    holder_of,
    post,
    read_body,
)
from tallystick.protect.diligence import ALIASES
from tallystick.protect.enforcement import Mark, Transfer, TransferKind
from tallystick.protect.interop.orders import BulkBody, QuoteBody, ReceiveBody, RefuseBody
from tallystick.protect.interop.records import (
    QUOTES,
    Quote,
    QuoteUnknown,
    TermsRefused,
    TransferExpired,
)
from tallystick.protect.partners import PARTNER_HOLDS, PartnerHold
from tallystick.protect.screening import Party, check_parties
from tallystick.protect.signatures import read_amount

TAKEN = frozenset({"TRANSFER", "PAYMENT", "DEPOSIT"})
"""Scenarios in which money comes to our customer without an agent's till in between."""


def quote(visit: Visit) -> Decision:
    """Offer to take an amount for one of our customers, until an instant.

    What can be known beforehand is looked at now, as a transfer's would be: who the payee is,
    whether so much more fits into the payee's limits and account, whether either party is listed.
    Nothing of it counts yet, and a transfer is judged again when it comes.
    """
    body = read_body(visit.message.body, QuoteBody)
    if body.scenario not in TAKEN:
        raise TermsRefused("scenario")
    amount = _amount(visit, body.amount, body.currency)
    payee = _payee(visit, body.payee)
    _write_down(visit, payee, amount)
    _look_ahead(visit, payee, amount, body.payer_name)
    expires_ms = visit.now_ms + body.lifetime_s * 1000
    if body.expires_ms is not None:
        expires_ms = min(expires_ms, body.expires_ms)
    offer = Quote(
        id=body.quote,
        transaction=body.transaction,
        payee=payee,
        amount_minor=amount.minor,
        payer_fsp=body.payer_fsp,
        payer_name=body.payer_name,
        expires_ms=expires_ms,
    )
    visit.marks.append(Mark(QUOTES, offer.id, offer))
    return Decision(data=msgspec.json.encode({"expires_ms": expires_ms}))


def receive(visit: Visit) -> Decision:
    """Take a transfer that repeats a quote's terms: the hub's money becomes the customer's."""
    body = read_body(visit.message.body, ReceiveBody)
    amount = _amount(visit, body.amount, body.currency)
    offer = visit.desk.registers.get(QUOTES, body.quote)
    if offer is None:
        raise QuoteUnknown("no such offer")
    _write_down(visit, offer.payee, amount)
    offer.demand_fit(amount_minor=amount.minor, payer_fsp=body.payer_fsp, now_ms=visit.now_ms)
    if visit.now_ms > body.expires_ms:
        raise TransferExpired("the transfer came too late")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE", register="quote")
    if visit.tally.demands(PARTIES_CLEAR) and offer.payer_name:
        check_parties(visit.desk.screening, (Party(role="payer", name=offer.payer_name),))
    leg = Leg(payer=visit.device.account, payee=offer.payee, amount_minor=amount.minor)
    clear_leg(visit, leg)
    return _moved(visit, leg, reserve=body.hold)


def refuse(visit: Visit) -> Decision:
    """Write down that a request of the hub was refused before its terms could be believed."""
    body = read_body(visit.message.body, RefuseBody)
    if body.reason == "expired":
        raise TransferExpired("the transfer came too late")
    if body.reason == "quote":
        raise QuoteUnknown("no such offer")
    raise TermsRefused(body.reason)


def gather(visit: Visit) -> Decision:
    """Keep together what came together, so that it is answered together. Nothing moves here."""
    read_body(visit.message.body, BulkBody)
    return Decision()


def _moved(visit: Visit, leg: Leg, *, reserve: bool) -> Decision:
    transfer = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.HOLD if reserve else TransferKind.MOVE,
        debit=leg.payer,
        credit=leg.payee,
        amount_minor=leg.amount_minor,
        purpose=visit.message.operation,
    )
    if reserve:
        held = PartnerHold.of(transfer, partner=visit.device.id)
        visit.marks.append(Mark(PARTNER_HOLDS, held.id, held))
    data = {"transfer": transfer.id, "at_ms": visit.now_ms}
    return replace(post(visit, transfer), data=msgspec.json.encode(data))


def _amount(visit: Visit, text: str, currency: str) -> Amount:
    return read_amount(text, currency, visit.desk.policy.currency)


def _payee(visit: Visit, alias: str) -> AccountId:
    """The customer behind an alias. Refuses: PayeeUnknown, also for the hub itself."""
    target = visit.desk.registers.get(ALIASES, alias)
    if target is None or target == visit.device.account:
        raise PayeeUnknown("no such party")
    return AccountId(target)


def _write_down(visit: Visit, payee: AccountId, amount: Amount) -> None:
    visit.slip.payer, visit.slip.payee = visit.device.account, payee
    visit.slip.amount_minor, visit.slip.currency = amount.minor, amount.currency


def _look_ahead(visit: Visit, payee: AccountId, amount: Amount, payer_name: str) -> None:
    holder = holder_of(visit, payee)
    foresee_room(visit, holder, payee, amount.minor)
    said = (Party(role="payer", name=payer_name),) if payer_name else ()
    check_parties(visit.desk.screening, (*said, Party.of("payee", holder)))
