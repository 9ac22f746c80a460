"""Money from our customer to somebody at another provider: find, be offered, sign, reserve."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import msgspec

from tallystick.ground.clock import iso_instant
from tallystick.ground.facts import CUSTOMER_AUTHENTICATED, PAYEE_RESOLVED
from tallystick.ground.money import format_minor
from tallystick.protect.corridor import (
    Decision,
    PayeeMismatch,
    Visit,
    authorise_payment,
    clear_payment,
    post,
    read_body,
)
from tallystick.protect.devices import DEVICES, Device, DeviceState
from tallystick.protect.enforcement import (
    Mark,
    OrderMalformed,
    ServiceClosed,
    Transfer,
    TransferKind,
)
from tallystick.protect.interop.consents import (
    CODE_LIFETIME_S,
    CONSENTS,
    KINDS,
    Consent,
    ConsentState,
    code_digest,
)
from tallystick.protect.interop.notices import ASK, AUTHORISE, FIND, PAY, told
from tallystick.protect.interop.orders import AnswerBody, FindBody, PayBody, ShowBody
from tallystick.protect.interop.records import (
    FIND_LIFETIME_S,
    INQUIRIES,
    INQUIRIES_WAITING_MAX,
    OPEN,
    OPEN_MAX,
    SENT,
    WAITING,
    HubUnknown,
    Inquiry,
    InquiryState,
    InquiryUnknown,
)
from tallystick.protect.partners import (
    DIRECTORY,
    DIRECTORY_KEY,
    PARTNER_HOLDS,
    PARTNER_ORDERS,
    PENDING_REQUESTS,
    REQUESTS,
    PartnerHold,
    RequestState,
    order_key,
)
from tallystick.protect.signatures import Intent, read_amount


def find(visit: Visit) -> Decision:
    """Ask the hub who a party is and what paying it costs; the handset comes back to see."""
    body = read_body(visit.message.body, FindBody)
    _own_account(visit)
    hub = _hub(visit)
    inquiry = _requested(visit, hub, body.request) if body.request else _named(visit, hub, body)
    visit.marks.append(Mark(INQUIRIES, inquiry.id, inquiry))
    if inquiry.state is InquiryState.FINDING:
        party = f"{inquiry.party_type}/{inquiry.party_id}"
        waiting = _still_waiting(visit, party)
        if len(waiting) >= INQUIRIES_WAITING_MAX:
            raise InquiryUnknown("too many ask for this party at once")
        visit.marks.append(Mark(WAITING, party, [*waiting, inquiry.id]))
        visit.marks += told(visit, inquiry, FIND)
    else:
        visit.marks += told(visit, inquiry, ASK)
    return Decision(data=msgspec.json.encode({"inquiry": inquiry.id}))


def show(visit: Visit) -> Decision:
    """What is known of an inquiry so far."""
    body = read_body(visit.message.body, ShowBody)
    _own_account(visit)
    inquiry, currency = _own(visit, body.inquiry), visit.desk.policy.currency
    state, error = _state_of(visit, inquiry)
    offered = inquiry.state in (InquiryState.OFFERED, InquiryState.ORDERED)
    shown = {
        "state": state,
        "payee": {"id": inquiry.payee, "name": inquiry.payee_name} if offered else None,
        "amount": format_minor(inquiry.pay_minor, currency) if offered else None,
        "receives": format_minor(inquiry.receive_minor, currency) if offered else None,
        "currency": currency,
        "expires": iso_instant(inquiry.expires_ms) if offered else None,
        "error": error,
        "confirm": confirmed_by(visit, inquiry) or None,
    }
    return Decision(data=msgspec.json.encode(shown))


def answer(visit: Visit) -> Decision:
    """Take what the hub says of a party or of a quote; it only ever completes what was asked."""
    body = read_body(visit.message.body, AnswerBody)
    if body.party is not None:
        return _party(visit, body, body.party)
    inquiry = visit.desk.registers.get(INQUIRIES, body.inquiry or "")
    if inquiry is None or inquiry.state is not InquiryState.QUOTING or not _asked(visit, inquiry):
        raise InquiryUnknown("nobody asked for this quote")
    after = inquiry.failed(body.error) if body.error else _offered(visit, inquiry, body)
    visit.marks.append(Mark(INQUIRIES, after.id, after))
    return Decision()


def pay(visit: Visit) -> Decision:
    """Reserve what the customer signed for the offered payee, and let the hub be told."""
    body = read_body(visit.message.body, PayBody)
    intent = authorise_payment(visit, body)
    inquiry = _own(visit, body.inquiry)
    _demand_offer(visit, inquiry, intent)
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE", register="hub")
    clear_payment(visit, intent, None)
    transfer = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.HOLD,
        debit=visit.device.account,
        credit=inquiry.hub_account,
        amount_minor=intent.amount.minor,
        purpose=visit.message.operation,
    )
    held = PartnerHold.of(transfer, partner=inquiry.hub)
    ordered = replace(inquiry, state=InquiryState.ORDERED, hold=held.id)
    asked = _consent(visit, ordered, body)
    visit.marks += [
        Mark(PARTNER_HOLDS, held.id, held),
        Mark(INQUIRIES, ordered.id, ordered),
        Mark(SENT, ordered.transfer, ordered.id),
        Mark(OPEN, ordered.hub, [*_open(visit, ordered), ordered.id]),
        *_approved(visit, ordered),
        *asked,
        *told(visit, ordered, AUTHORISE if asked else PAY),
    ]
    return post(visit, transfer)


def _consent(visit: Visit, inquiry: Inquiry, body: PayBody) -> list[Mark[Any]]:
    """What has to come back from the merchant's terminal first, where the customer chose a code.

    Refuses: OrderMalformed for a code that the merchant's side did not offer to ask for, and for
             one that could be guessed from the digest of its order.
    """
    code = body.code
    if (code is None) != (body.blind is None):
        raise OrderMalformed("a code and what blinds it come together")
    if code is None:
        return []
    kind = confirmed_by(visit, inquiry)
    if not kind or (kind == "OTP") != (len(code) <= 10):
        raise OrderMalformed("the merchant asks for no such code")
    consent = Consent(
        inquiry=inquiry.id,
        hold=inquiry.hold,
        kind=kind,
        digest=code_digest(inquiry.hold, code, seal=visit.desk.seal_document),
        tries=visit.desk.policy.parameter("pin.tries_max"),
        expires_ms=min(inquiry.expires_ms, visit.now_ms + 1000 * CODE_LIFETIME_S),
    )
    return [Mark(CONSENTS, inquiry.request, consent)]


def confirmed_by(visit: Visit, inquiry: Inquiry) -> str:
    """How the merchant's side would have the payment confirmed at its terminal, or nothing."""
    order = visit.desk.registers.get(PARTNER_ORDERS, inquiry.request) if inquiry.request else None
    kind = "" if order is None else msgspec.json.decode(order.note).get("confirm", "")
    return kind if kind in KINDS else ""


def _named(visit: Visit, hub: Device, body: FindBody) -> Inquiry:
    """An inquiry for a party that the customer names."""
    if body.type is None or body.id is None or body.amount is None:
        raise OrderMalformed("a party has a type, an id and an amount")
    currency = visit.desk.policy.currency
    amount = read_amount(body.amount, currency, currency)
    party_id = body.id.removeprefix("+") if body.type == "MSISDN" else body.id
    return _inquiry(visit, hub, party=(body.type, party_id), amount_minor=amount.minor)


def _requested(visit: Visit, hub: Device, name: str) -> Inquiry:
    """An inquiry for a request to pay that came through the hub: who asks is known already."""
    request = visit.desk.registers.get(REQUESTS, name)
    order = None
    if request is not None:
        request.demand_open(visit.device.account, visit.now_ms)
        order = visit.desk.registers.get(
            PARTNER_ORDERS, order_key(request.partner, request.request)
        )
    if request is None or order is None or request.partner != hub.id:
        raise InquiryUnknown("no such request")
    note = msgspec.json.decode(order.note)
    started = _inquiry(
        visit,
        hub,
        party=(note["party_type"], note["party_id"]),
        amount_minor=request.amount_minor,
    )
    return replace(
        started,
        state=InquiryState.QUOTING,
        request=request.id,
        request_wire=note["id"],
        payee_fsp=note["fsp"],
        payee_name=note["name"],
    )


def _inquiry(visit: Visit, hub: Device, *, party: tuple[str, str], amount_minor: int) -> Inquiry:
    chance = visit.desk.chance
    inquiry = Inquiry(
        id=_uuid(chance(16)),
        transfer=_uuid(chance(16)),
        account=visit.device.account,
        hub=hub.id,
        hub_account=hub.account,
        party_type=party[0],
        party_id=party[1],
        amount_minor=amount_minor,
        asked_ms=visit.now_ms,
    )
    if len(inquiry.payee) > 64:
        raise OrderMalformed("a payee's id has at most 64 characters")
    return inquiry


def _party(visit: Visit, body: AnswerBody, party: str) -> Decision:
    """Who the party is, for everybody who waits to hear it; they are offered a quote next."""
    found = [visit.desk.registers.get(INQUIRIES, name) for name in _still_waiting(visit, party)]
    for inquiry in (one for one in found if one is not None):
        if body.error or not (body.fsp and body.name):
            after = inquiry.failed(body.error or "3204")
        else:
            after = replace(
                inquiry,
                state=InquiryState.QUOTING,
                payee_fsp=body.fsp,
                payee_name=body.name,
            )
            visit.marks += told(visit, after, ASK)
        visit.marks.append(Mark(INQUIRIES, after.id, after))
    visit.marks.append(Mark(WAITING, party, []))
    return Decision()


def _offered(visit: Visit, inquiry: Inquiry, body: AnswerBody) -> Inquiry:
    """The offer as the customer will see it; one that costs more than was asked for is none."""
    if not (body.pay and body.condition and body.packet and body.expires_ms):
        raise OrderMalformed("an offer has an amount, a condition, a packet and an end")
    currency = visit.desk.policy.currency
    pay_minor = read_amount(body.pay, currency, currency).minor
    receive_minor = pay_minor
    if body.receive is not None:
        receive_minor = read_amount(body.receive, currency, currency).minor
    if pay_minor > inquiry.amount_minor or receive_minor > pay_minor:
        return inquiry.failed("3100")
    return replace(
        inquiry,
        state=InquiryState.OFFERED,
        pay_minor=pay_minor,
        receive_minor=receive_minor,
        condition=body.condition,
        packet=body.packet,
        expires_ms=body.expires_ms,
    )


def _demand_offer(visit: Visit, inquiry: Inquiry, intent: Intent) -> None:
    """What was signed is what was offered, and the offer still stands."""
    if inquiry.state is not InquiryState.OFFERED or visit.now_ms > inquiry.expires_ms:
        raise InquiryUnknown("no offer that stands")
    signed = (intent.payee_id, intent.payee_name, intent.amount.minor)
    if signed != (inquiry.payee, inquiry.payee_name, inquiry.pay_minor):
        raise PayeeMismatch("what was signed is not what was offered")


def _open(visit: Visit, inquiry: Inquiry) -> list[str]:
    """Inquiries whose money is still reserved. Refuses: ServiceClosed when they are too many."""
    get = visit.desk.registers.get
    found = [(name, get(INQUIRIES, name)) for name in get(OPEN, inquiry.hub) or []]
    held = [(name, get(PARTNER_HOLDS, one.hold)) for name, one in found if one is not None]
    waiting = [name for name, hold in held if hold is not None and not hold.resolved]
    if len(waiting) >= OPEN_MAX:
        raise ServiceClosed("the hub settles nothing")
    return waiting


def _approved(visit: Visit, inquiry: Inquiry) -> list[Mark[Any]]:
    """The request to pay that this answers, if any, as approved."""
    if not inquiry.request:
        return []
    request = visit.desk.registers.get(REQUESTS, inquiry.request)
    if request is None:
        raise InquiryUnknown("no such request")
    request.demand_open(visit.device.account, visit.now_ms)
    names = visit.desk.registers.get(PENDING_REQUESTS, request.payer) or []
    return [
        Mark(REQUESTS, request.id, request.answered(RequestState.APPROVED, inquiry.hold)),
        Mark(PENDING_REQUESTS, request.payer, [name for name in names if name != request.id]),
    ]


def _hub(visit: Visit) -> Device:
    """The first hub that is registered and may act. Refuses: HubUnknown."""
    for name in visit.desk.registers.get(DIRECTORY, DIRECTORY_KEY) or []:
        device = visit.desk.registers.get(DEVICES, name)
        if device is not None and device.role == "hub" and device.state is DeviceState.BOUND:
            return device
    raise HubUnknown("no hub is registered")


def _still_waiting(visit: Visit, party: str) -> list[str]:
    """Inquiries for a party that nobody has answered yet."""
    names = visit.desk.registers.get(WAITING, party) or []
    found = [(name, visit.desk.registers.get(INQUIRIES, name)) for name in names]
    return [
        name
        for name, one in found
        if one is not None
        and one.state is InquiryState.FINDING
        and visit.now_ms - one.asked_ms < FIND_LIFETIME_S * 1000
    ]


def _own(visit: Visit, name: str) -> Inquiry:
    inquiry = visit.desk.registers.get(INQUIRIES, name)
    if inquiry is None or inquiry.account != visit.device.account:
        raise InquiryUnknown("no such inquiry")
    return inquiry


def _asked(visit: Visit, inquiry: Inquiry) -> bool:
    return inquiry.hub == visit.device.id


def _state_of(visit: Visit, inquiry: Inquiry) -> tuple[str, str | None]:
    """The state as the customer reads it: what became of the money included."""
    if inquiry.state is InquiryState.ORDERED:
        return outcome_of(visit, inquiry), None
    asking = inquiry.state in (InquiryState.FINDING, InquiryState.QUOTING)
    late_ms = inquiry.asked_ms + FIND_LIFETIME_S * 1000 if asking else inquiry.expires_ms
    if inquiry.state is not InquiryState.FAILED and visit.now_ms > late_ms:
        return "expired", None
    return str(inquiry.state), inquiry.error or None


def outcome_of(visit: Visit, inquiry: Inquiry) -> str:
    """confirming, ordered, completed or returned: what became of the reserved money."""
    held = visit.desk.registers.get(PARTNER_HOLDS, inquiry.hold)
    if held is None or not held.resolved:
        consent = visit.desk.registers.get(CONSENTS, inquiry.request)
        waits = consent is not None and consent.state is ConsentState.OPEN
        return "confirming" if waits else str(InquiryState.ORDERED)
    settled = visit.desk.registers.get(PARTNER_ORDERS, held.resolved)
    posted = settled is not None and msgspec.json.decode(settled.body)["verdict"] == "post"
    return "completed" if posted else "returned"


def _own_account(visit: Visit) -> None:
    """A question about one's own payment: the device is the factor."""
    visit.slip.payer = visit.device.account
    if visit.tally.demands(CUSTOMER_AUTHENTICATED):
        visit.tally.notch(CUSTOMER_AUTHENTICATED, "C-CUST-PIN", factor="device")


def _uuid(chance: bytes) -> str:
    """A version 4 UUID (RFC 9562) of 16 octets of chance."""
    return str(uuid.UUID(bytes=chance, version=4))
