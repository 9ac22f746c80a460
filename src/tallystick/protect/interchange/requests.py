"""Requests: asked by a partner, answered by the customer, told to the partner."""

from __future__ import annotations

from typing import Any

import msgspec

from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import format_minor
from tallystick.protect.corridor import (
    ApproveBody,
    Decision,
    EmptyBody,
    PayeeMismatch,
    PayeeUnknown,
    RequestBody,
    RequestNameBody,
    Visit,
    authorise_payment,
    clear_payment,
    holder_of,
    post_payment,
    read_body,
    resolve_payee,
)
from tallystick.protect.devices import DEVICES
from tallystick.protect.enforcement import Mark, OperationForbidden
from tallystick.protect.interchange.parties import account_named, amount_of, partner_of
from tallystick.protect.interchange.proposals import proposed, shown_terms
from tallystick.protect.partners import (
    COLLECTED,
    PARTNER_ORDERS,
    PAYMENT,
    PENDING_EACH_MAX,
    PENDING_MAX,
    PENDING_REQUESTS,
    REQUESTS,
    Collected,
    PaymentRequest,
    RequestState,
    RequestUnknown,
    add_notice,
    order_key,
)


def ask(visit: Visit) -> Decision:
    """Ask a customer to pay, or to sign a code or mandate.

    Nobody learns here whether the account exists: it only never answers.
    """
    partner = partner_of(visit)
    body = read_body(visit.message.body, RequestBody)
    amount = amount_of(visit, body.amount, body.currency)
    payer = _payer(visit, body.payer)
    asked = PaymentRequest(
        id=visit.transfer_id,
        partner=visit.device.id,
        request=visit.message.request,
        payer=payer,
        payee=visit.device.account,
        payee_name=partner.name,
        amount_minor=amount.minor,
        reference=body.reference,
        asked_ms=visit.now_ms,
        expires_ms=visit.now_ms + body.expires_s * 1000,
    )
    request = asked if body.authority is None else proposed(visit, asked, body.authority)
    visit.slip.payee, visit.slip.amount_minor = visit.device.account, amount.minor
    visit.slip.currency = amount.currency
    visit.marks.append(Mark(REQUESTS, request.id, request))
    if payer:
        names = [one.id for one in _open_requests(visit, payer)]
        visit.marks.append(Mark(PENDING_REQUESTS, payer, [*names, request.id]))
    return Decision(data=msgspec.json.encode({"request": request.id}))


def show_requests(visit: Visit) -> Decision:
    """What waits for this customer's answer."""
    read_body(visit.message.body, EmptyBody)
    visit.slip.payer = visit.device.account
    currency = visit.desk.policy.currency
    shown = [
        {
            "request": one.id,
            "payee": one.payee,
            "name": one.payee_name,
            "amount": format_minor(one.amount_minor, currency),
            "currency": currency,
            "reference": one.reference,
            "asked": iso_instant(one.asked_ms),
            "expires": iso_instant(one.expires_ms),
            "kind": one.kind,
            "terms": shown_terms(one, currency),
        }
        for one in _open_requests(visit, visit.device.account)
    ]
    return Decision(data=msgspec.json.encode({"requests": shown}))


def approve(visit: Visit) -> Decision:
    """Pay what was requested: a payment that the customer signs like any other."""
    body = read_body(visit.message.body, ApproveBody)
    intent = authorise_payment(visit, body)
    request = own_request(visit, body.request)
    asker = visit.desk.registers.get(DEVICES, request.partner)
    if asker is None or asker.role == "hub":
        raise OperationForbidden("a request of another provider's merchant is paid across the hub")
    if (intent.payee_id, intent.amount.minor) != (request.payee, request.amount_minor):
        raise PayeeMismatch("what was signed is not what was requested")
    payee = resolve_payee(visit, intent)
    clear_payment(visit, intent, payee)
    decision = post_payment(visit, intent)
    paid = Collected(
        transfer=visit.transfer_id, payer=visit.device.account, amount_minor=intent.amount.minor
    )
    visit.marks.append(Mark(COLLECTED, request.id, paid))
    visit.marks += answered(visit, request.answered(RequestState.APPROVED, visit.transfer_id))
    return decision


def decline(visit: Visit) -> Decision:
    """Say no to a request."""
    body = read_body(visit.message.body, RequestNameBody)
    request = own_request(visit, body.request, kind=None)
    visit.marks += answered(visit, request.answered(RequestState.DECLINED))
    return Decision()


def _payer(visit: Visit, name: str) -> AccountId:
    """The account asked, or nobody: unknown, the partner's own, or with too many requests."""
    try:
        account = account_named(visit, name)
        holder_of(visit, account)
    except PayeeUnknown:
        return AccountId("")
    waiting = _open_requests(visit, account)
    own = sum(1 for one in waiting if one.partner == visit.device.id)
    full = len(waiting) >= PENDING_MAX or own >= PENDING_EACH_MAX
    return AccountId("") if full or account == visit.device.account else account


def _open_requests(visit: Visit, account: AccountId) -> list[PaymentRequest]:
    names = visit.desk.registers.get(PENDING_REQUESTS, account) or []
    found = (visit.desk.registers.get(REQUESTS, name) for name in names)
    return [
        one
        for one in found
        if one is not None and one.state_at(visit.now_ms) is RequestState.PENDING
    ]


def own_request(visit: Visit, name: str, *, kind: str | None = PAYMENT) -> PaymentRequest:
    """A request of this kind that waits for this customer. Refuses: RequestUnknown."""
    request = visit.desk.registers.get(REQUESTS, name)
    if request is None:
        raise RequestUnknown("no open request of that name")
    request.demand_open(visit.device.account, visit.now_ms, kind=kind)
    return request


def answered(visit: Visit, request: PaymentRequest) -> list[Mark[Any]]:
    """The request as it ended, and the notice that tells its partner."""
    open_still = [one.id for one in _open_requests(visit, request.payer) if one.id != request.id]
    marks: list[Mark[Any]] = [
        Mark(REQUESTS, request.id, request),
        Mark(PENDING_REQUESTS, request.payer, open_still),
    ]
    order = visit.desk.registers.get(PARTNER_ORDERS, order_key(request.partner, request.request))
    if order is not None and order.callback:
        marks += add_notice(
            visit.desk.registers.get,
            partner=request.partner,
            request=request.request,
            now_ms=visit.now_ms,
        )
    return marks
