"""The transaction object T: written once, shown from itself, signed as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import msgspec

from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import account_id, request_id, to_base64url
from tallystick.ground.limits import NAME_CHARACTERS_MAX, TRANSACTION_DATA_MAX
from tallystick.ground.money import EXPONENTS, Amount, format_minor, parse_amount
from tallystick.handset.errors import Malformed, ShownDiffers, refusing
from tallystick.handset.keys import DeviceKey
from tallystick.handset.reading import Strict, read_json, read_octets

PAYMENT_TYPE = "tallystick:payment:1"
_PAYMENT_NAME_MAX = 160
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


class _Payee(Strict):
    name: str
    id: str


class _Received(Strict):
    currency: str
    amount: str


class _Payload(Strict):
    transaction_id: str
    date_time: str
    payee: _Payee
    currency: str
    amount: str
    fee: str | msgspec.UnsetType = msgspec.UNSET
    refunds: str | msgspec.UnsetType = msgspec.UNSET
    receives: _Received | msgspec.UnsetType = msgspec.UNSET
    until: str | msgspec.UnsetType = msgspec.UNSET


class _Transaction(Strict):
    type: Literal["tallystick:payment:1"]
    credential_ids: list[str]
    payload: _Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What T says."""

    request: str
    device: str
    date_time: str
    payee_id: str
    payee_name: str
    amount: Amount
    fee: Amount | None = None
    refunds: str | None = None
    receives: Amount | None = None
    until: str | None = None


def write_transaction(
    *,
    request: str,
    device: str,
    at_ms: int,
    payee_id: str,
    payee_name: str,
    amount: Amount,
    fee: Amount | None = None,
    refunds: str | None = None,
    receives: Amount | None = None,
    until_ms: int | None = None,
) -> str:
    """Serialise a payment once. Gives: T, the base64url text that is signed and sent.

    A fee of nothing is left out: there is one way to say it.
    """
    payload: dict[str, object] = {
        "transaction_id": request,
        "date_time": iso_instant(at_ms),
        "payee": {"name": payee_name, "id": payee_id},
        "currency": amount.currency,
        "amount": format_minor(amount.minor, amount.currency),
    }
    if fee is not None and fee.minor:
        payload["fee"] = format_minor(fee.minor, amount.currency)
    if refunds is not None:
        payload["refunds"] = refunds
    if receives is not None:
        got = format_minor(receives.minor, receives.currency)
        payload["receives"] = {"currency": receives.currency, "amount": got}
    if until_ms is not None:
        payload["until"] = iso_instant(until_ms)
    whole = {"type": PAYMENT_TYPE, "credential_ids": [device], "payload": payload}
    return to_base64url(msgspec.json.encode(whole))


@lru_cache(maxsize=64)
def read_transaction(transaction_data: str) -> Transaction:
    """Read T back. Refuses: Malformed for anything that could be shown in two ways.

    That is: another shape, a name with characters that do not print (line ends, marks that turn the
    direction of text), an amount in another spelling.
    """
    if len(transaction_data) > TRANSACTION_DATA_MAX:
        raise Malformed("the transaction is too long")
    with refusing(Malformed, "transaction"):
        said = read_json(read_octets(transaction_data), _Transaction)
        payload, name = said.payload, said.payload.payee.name
        if len(said.credential_ids) != 1 or not _INSTANT.fullmatch(payload.date_time):
            raise Malformed("one device and one instant are named")
        if not (1 <= len(name) <= NAME_CHARACTERS_MAX and name.isprintable()):
            raise Malformed("the payee's name cannot be shown")
        return Transaction(
            request=request_id(payload.transaction_id),
            device=said.credential_ids[0],
            date_time=payload.date_time,
            payee_id=account_id(payload.payee.id),
            payee_name=name,
            amount=read_wire_amount(payload.amount, payload.currency),
            fee=_read_fee(payload),
            refunds=_read_refunds(payload),
            receives=_read_received(payload),
            until=_read_until(payload),
        )


def _read_fee(payload: _Payload) -> Amount | None:
    if not isinstance(payload.fee, str):
        return None
    fee = read_wire_amount(payload.fee, payload.currency)
    if fee.minor == 0:
        raise Malformed("a fee of nothing is left out")
    return fee


def _read_refunds(payload: _Payload) -> str | None:
    said = payload.refunds
    if not isinstance(said, str):
        return None
    if not (1 <= len(said) <= _PAYMENT_NAME_MAX and said.isascii() and said.isprintable()):
        raise Malformed("no payment has such a name")
    return said


def _read_until(payload: _Payload) -> str | None:
    if not isinstance(payload.until, str):
        return None
    if not _INSTANT.fullmatch(payload.until):
        raise Malformed("not an instant")
    return payload.until


def _read_received(payload: _Payload) -> Amount | None:
    said = payload.receives
    if not isinstance(said, _Received):
        return None
    return read_wire_amount(said.amount, said.currency)


def read_wire_amount(text: str, currency: str) -> Amount:
    """Read a decimal string with exactly the currency's decimals. Refuses: Malformed."""
    if currency not in EXPONENTS:
        raise Malformed("not a currency that this handset knows")
    try:
        amount = parse_amount(text, currency)
    except Misconfigured:
        raise Malformed("not an amount") from None
    if format_minor(amount.minor, currency) != text:
        raise Malformed("not the one spelling of an amount")
    return amount


def describe_order(transaction_data: str) -> str:
    """The text that the customer is shown, made from T itself. Refuses: Malformed.

    >>> T = write_transaction(request="a" * 16, device="d-1", at_ms=0, payee_id="a-7",
    ...                       payee_name="Mama Njeri", amount=Amount(minor=150000, currency="KES"))
    >>> print(describe_order(T))
    Pay      1500.00 KES
    To       Mama Njeri
    Account  a-7
    At       1970-01-01T00:00:00Z
    """
    said = read_transaction(transaction_data)
    lines = [f"{'Pay' if said.until is None else 'Reserve':<8} {said.amount}"]
    if said.fee is not None:
        lines += [f"Fee      {said.fee}", f"Total    {said.amount + said.fee}"]
    if said.receives is not None:
        lines.append(f"Receive  {said.receives}")
    lines += [f"To       {said.payee_name}", f"Account  {said.payee_id}"]
    if said.refunds is not None:
        lines.append(f"Of       {said.refunds}")
    if said.until is not None:
        lines.append(f"Until    {said.until}")
    return "\n".join([*lines, f"At       {said.date_time}"])


def sign_intent(transaction_data: str, *, shown: str, key: DeviceKey) -> str:
    """The mobile digital signature S over T. Refuses: ShownDiffers if another text was shown."""
    if shown != describe_order(transaction_data):
        raise ShownDiffers("the text that was shown is not what would be signed")
    return to_base64url(key.sign(transaction_data.encode("ascii")))
