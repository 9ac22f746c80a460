"""The terms of an authority: written once, shown from themselves, signed as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from tallystick.ground.canonical import digest
from tallystick.ground.clock import iso_instant
from tallystick.ground.identifiers import account_id, request_id, to_base64url
from tallystick.ground.limits import NAME_CHARACTERS_MAX, TRANSACTION_DATA_MAX
from tallystick.ground.money import Amount, format_minor
from tallystick.handset.errors import Malformed, ShownDiffers, refusing
from tallystick.handset.keys import DeviceKey
from tallystick.handset.reading import Strict, read_json, read_octets
from tallystick.handset.transactions import read_wire_amount

TERMS_TYPE = "tallystick:authority:1"
Kind = Literal["code", "reserved code", "mandate"]
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


class _Partner(Strict):
    name: str
    id: str


class _Payload(Strict):
    authority_id: str
    date_time: str
    kind: Kind
    partner: _Partner | None
    currency: str
    amount: str
    per_period: str | None
    period_days: int | None
    expires: str
    payments: int | None = None


class _Terms(Strict):
    type: Literal["tallystick:authority:1"]
    credential_ids: list[str]
    payload: _Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a customer lets a partner take. `partner` is name and account, or None for anybody.

    `per_period` and `period_days` belong to a mandate and to nothing else, and so does `payments`,
    how many there may be, which may be left out.
    """

    kind: Kind
    partner: tuple[str, str] | None
    amount: Amount
    expires_ms: int
    per_period: Amount | None = None
    period_days: int | None = None
    payments: int | None = None


def write_terms(terms: Terms, *, request: str, device: str, at_ms: int) -> str:
    """Serialise terms once. Gives: T, the base64url text that is signed and sent."""
    partner = None
    if terms.partner is not None:
        partner = {"name": terms.partner[0], "id": terms.partner[1]}
    period = terms.per_period
    payload = {
        "authority_id": request,
        "date_time": iso_instant(at_ms),
        "kind": terms.kind,
        "partner": partner,
        "currency": terms.amount.currency,
        "amount": format_minor(terms.amount.minor, terms.amount.currency),
        "per_period": None if period is None else format_minor(period.minor, period.currency),
        "period_days": terms.period_days,
        "expires": iso_instant(terms.expires_ms),
    }
    if terms.payments is not None:
        payload["payments"] = terms.payments
    whole = {"type": TERMS_TYPE, "credential_ids": [device], "payload": payload}
    return to_base64url(msgspec.json.encode(whole))


def describe_terms(data: str) -> str:
    """The text that the customer is shown, made from T itself. Refuses: Malformed.

    >>> terms = Terms(kind="code", partner=("Duka", "acc-7"), expires_ms=60_000,
    ...               amount=Amount(minor=150000, currency="KES"))
    >>> print(describe_terms(write_terms(terms, request="a" * 16, device="d-1", at_ms=0)))
    Allow    code
    Partner  Duka
    Account  acc-7
    Up to    1500.00 KES
    Until    1970-01-01T00:01:00Z
    """
    said = read_terms(data)
    partner = said.partner
    lines = [
        f"Allow    {said.kind}",
        f"Partner  {partner.name if partner else 'whoever has the code'}",
        *([f"Account  {partner.id}"] if partner else []),
        f"Up to    {read_wire_amount(said.amount, said.currency)}",
    ]
    if said.per_period is not None:
        most = read_wire_amount(said.per_period, said.currency)
        lines.append(f"And      {most} in {said.period_days} days")
    if said.payments is not None:
        lines.append(f"Times    {said.payments}")
    return "\n".join([*lines, f"Until    {said.expires}"])


def read_terms(data: str) -> _Payload:
    """Read T back. Refuses: Malformed for anything that could be shown in two ways."""
    if len(data) > TRANSACTION_DATA_MAX:
        raise Malformed("the terms are too long")
    with refusing(Malformed, "terms"):
        said = read_json(read_octets(data), _Terms)
        payload = said.payload
        request_id(payload.authority_id)
        for text in (payload.date_time, payload.expires):
            if len(said.credential_ids) != 1 or not _INSTANT.fullmatch(text):
                raise Malformed("one device and two instants are named")
        if payload.partner is not None:
            account_id(payload.partner.id)
            name = payload.partner.name
            if not (1 <= len(name) <= NAME_CHARACTERS_MAX and name.isprintable()):
                raise Malformed("the partner's name cannot be shown")
        read_wire_amount(payload.amount, payload.currency)
        if (payload.per_period is None) != (payload.period_days is None):
            raise Malformed("a period is whole or not there")
        if payload.payments is not None and (payload.per_period is None or payload.payments < 1):
            raise Malformed("a number of payments belongs to a mandate")
    return payload


def sign_terms(data: str, *, shown: str, key: DeviceKey) -> str:
    """The mobile digital signature S over T. Refuses: ShownDiffers if another text was shown."""
    if shown != describe_terms(data):
        raise ShownDiffers("the text that was shown is not what would be signed")
    return to_base64url(key.sign(data.encode("ascii")))


def expected_terms(data: str, *, account: str | None) -> dict[str, str | int | None]:
    """What the receipt of an accepted authority says. Refuses: Malformed."""
    said = read_terms(data)
    return {
        "payer": account,
        "payee": said.partner.id if said.partner else None,
        "amount_minor": read_wire_amount(said.amount, said.currency).minor,
        "currency": said.currency,
        "instruction": digest(data.encode("ascii")),
    }
