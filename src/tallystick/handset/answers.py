"""The `data` beside a receipt: which operation brings which members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tallystick.handset.asked import Asked
from tallystick.handset.errors import Malformed
from tallystick.handset.reading import Strict, Whole


class _Enrolled(Strict):
    device: str
    customer: str
    account: str
    role: str


class _Balance(Strict):
    currency: str
    available: str
    reserved: str


class _Line(Strict):
    at: str
    kind: str
    amount: str
    balance: str
    counterparty: str | None
    reference: str | None
    payment: str | None


class _Lines(Strict):
    lines: list[_Line]
    next: Whole | None


class _Received(Strict):
    currency: str
    amount: str


class _Quoted(Strict):
    currency: str
    amount: str
    fee: str
    total: str
    receives: _Received


class _Opened(Strict):
    account: str


class _Registered(Strict):
    customer: str
    account: str
    activation: str
    qr: str | None


class _Offered(Strict):
    activation: str


class _Authority(Strict):
    authority: str


class _Requests(Strict):
    requests: list[Asked]


class _PartnerRegistered(Strict):
    partner: str
    customer: str
    account: str


class _Inquiry(Strict):
    inquiry: str


class _Payee(Strict):
    id: str
    name: str


class _Offer(Strict):
    state: str
    payee: _Payee | None
    amount: str | None
    receives: str | None
    currency: str
    expires: str | None
    error: str | None
    confirm: Literal["OTP", "QRCODE"] | None


class _Loaded(Strict):
    purse: str
    loaded: str
    certificate: str


class _Ended(Strict):
    reservation: str
    taken: str
    released: str


class _Reservation(Strict):
    reservation: str
    payer: str
    payee: str
    amount: str
    made: str
    until: str
    state: str
    taken: str


class _Reservations(Strict):
    reservations: list[_Reservation]
    next: Whole | None


_SHAPES: dict[str, type[Strict]] = {
    "device.enrol": _Enrolled,
    "banking.balance": _Balance,
    "banking.statement": _Lines,
    "customer.register": _Registered,
    "device.offer": _Offered,
    "purse.load": _Loaded,
    "reservation.capture": _Ended,
    "reservation.release": _Ended,
    "reservation.list": _Reservations,
    "code.create": _Authority,
    "code.reserve": _Authority,
    "mandate.create": _Authority,
    "request.list": _Requests,
    "partner.register": _PartnerRegistered,
    "interop.find": _Inquiry,
    "interop.show": _Offer,
    "payment.quote": _Quoted,
    "account.open": _Opened,
}


def check_data(
    data: Mapping[str, object] | None, *, operation: str, outcome: str
) -> Mapping[str, object] | None:
    """Give `data` back if it has the operation's members. Refuses: Malformed.

    >>> check_data(None, operation="remote.pay", outcome="accepted")
    """
    shape = _SHAPES.get(operation) if outcome == "accepted" else None
    if shape is None:
        if data is not None:
            raise Malformed("data where the wire page has none")
        return None
    try:
        msgspec.convert(data, shape, strict=True)
    except msgspec.ValidationError:
        raise Malformed(f"data of another shape than {operation} brings") from None
    return data
