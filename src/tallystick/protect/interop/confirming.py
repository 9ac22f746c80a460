"""The merchant's side answers: the code was entered, refused, or shall be asked for again."""

from __future__ import annotations

from typing import Any

import msgspec

from tallystick.ground.facts import CUSTOMER_AUTHENTICATED
from tallystick.protect.corridor import Decision, Visit, read_body
from tallystick.protect.enforcement import Mark, OrderMalformed
from tallystick.protect.interop.consents import (
    CONSENTS,
    CodeWrong,
    Consent,
    ConsentState,
    ConsentUnknown,
)
from tallystick.protect.interop.notices import AUTHORISE, PAY, told
from tallystick.protect.interop.orders import ConfirmBody
from tallystick.protect.interop.records import INQUIRIES, Inquiry
from tallystick.protect.partners import (
    PARTNER_HOLDS,
    PARTNER_ORDERS,
    REQUESTS,
    RequestState,
    add_notice,
    order_key,
)


def confirm(visit: Visit) -> Decision:
    """Send a signed payment whose code came back, or see that it is never sent.

    Nothing moves here: the money is reserved since the signature, and is given back by a settlement
    of its own once a consent is closed. A wrong code is refused and counted.
    """
    body = read_body(visit.message.body, ConfirmBody)
    key = order_key(visit.device.id, body.request)
    consent, inquiry = _open(visit, key)
    visit.slip.payer, visit.slip.payee = inquiry.account, inquiry.payee
    visit.slip.amount_minor, visit.slip.currency = inquiry.pay_minor, visit.desk.policy.currency
    if consent.late_at(visit.now_ms) != (body.response == "late"):
        raise ConsentUnknown("the time of this code is over" if body.code else "there is time left")
    if body.response == "entered":
        after = _entered(visit, key, consent, inquiry, body.code)
    elif body.response == "resend":
        after = consent.asked_again()
    else:
        after = consent.ended(ConsentState.CLOSED)
    visit.marks += _after(visit, key, after, inquiry)
    return Decision(data=msgspec.json.encode({"state": after.state, "tries": after.tries}))


def _entered(
    visit: Visit, key: str, consent: Consent, inquiry: Inquiry, digest: str | None
) -> Consent:
    """The consent that a matching code released. Refuses: CodeWrong, which counts."""
    if digest is None:
        raise OrderMalformed("a code that was entered is there")
    if not consent.matches(digest):
        counted = consent.counted(digest)
        marks = () if counted == consent else tuple(_after(visit, key, counted, inquiry))
        raise CodeWrong("another code", marks=marks)
    visit.tally.notch(
        CUSTOMER_AUTHENTICATED, "C-CUST-PIN", factor="code", kind=consent.kind, hold=consent.hold
    )
    return consent.ended(ConsentState.RELEASED)


def _after(visit: Visit, key: str, after: Consent, inquiry: Inquiry) -> list[Mark[Any]]:
    """The consent, and what is to be told now: the transfer, the question again, or the end."""
    marks: list[Mark[Any]] = [Mark(CONSENTS, key, after)]
    if after.state is ConsentState.RELEASED:
        return marks + told(visit, inquiry, PAY)
    if after.state is ConsentState.OPEN:
        return marks + told(visit, inquiry, AUTHORISE, number=after.rounds)
    return marks + _rejected(visit, key)


def _rejected(visit: Visit, key: str) -> list[Mark[Any]]:
    """The request to pay as declined, and the notice that says so to the merchant's side."""
    get = visit.desk.registers.get
    request = get(REQUESTS, key)
    if request is None or get(PARTNER_ORDERS, key) is None:
        return []
    declined = request.answered(RequestState.DECLINED)
    return [
        Mark(REQUESTS, key, declined),
        *add_notice(get, partner=request.partner, request=request.request, now_ms=visit.now_ms),
    ]


def _open(visit: Visit, key: str) -> tuple[Consent, Inquiry]:
    """What waits under a name. Refuses: ConsentUnknown, also when its money was given back."""
    get = visit.desk.registers.get
    consent = get(CONSENTS, key)
    inquiry = None if consent is None else get(INQUIRIES, consent.inquiry)
    held = None if consent is None else get(PARTNER_HOLDS, consent.hold)
    if consent is None or inquiry is None or held is None:
        raise ConsentUnknown("nothing waits under this name")
    if consent.state is not ConsentState.OPEN or held.resolved:
        raise ConsentUnknown("it was confirmed or ended before")
    return consent, inquiry
