"""Orders: one request id, one operation, one body; and what a receipt for it must say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.ground.canonical import digest
from tallystick.ground.money import Amount, format_minor
from tallystick.handset.errors import Malformed
from tallystick.handset.terms import expected_terms
from tallystick.handset.transactions import read_transaction, read_wire_amount

ENROL = "device.enrol"
ENROLMENT_REFUSED = "enrolment.refused"
AUTHORITIES = ("code.create", "code.reserve", "mandate.create")
"""The orders whose T holds terms of an authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whom the provider bound a handset to."""

    device: str
    customer: str
    account: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """An enrolment as it was signed: sent again, sealed anew, it has one effect.

    `activation` is the digest of its code: whoever goes on with it brings the same code.
    """

    request: str
    activation: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked, once; a retry sends the same order under a new counter."""

    request: str
    operation: str
    body: Mapping[str, object]

    @property
    def transaction_data(self) -> str | None:
        """T, if this order moves the customer's own money."""
        found = self.body.get("transaction_data")
        return found if isinstance(found, str) else None


def payment_body(
    *, transaction_data: str, intent: str, sealed_pin: str | None, qr: str | None = None
) -> dict[str, object]:
    """Body of every payment; with `qr`, of merchant.pay."""
    body: dict[str, object] = {
        "transaction_data": transaction_data,
        "intent": intent,
        "pin": sealed_pin,
    }
    return body if qr is None else {**body, "qr": qr}


def bank_payee(iban: str) -> str:
    """The payee id of a bank account.

    >>> bank_payee("DE89 3704 0044 0532 0130 00")
    'bank:de89370400440532013000'
    """
    return f"bank:{iban.replace(' ', '').lower()}"


def wire_amount(amount: Amount) -> str:
    """An amount as the wire spells it."""
    return format_minor(amount.minor, amount.currency)


def expected_leaf(
    order: Order, *, account: str | None, currency: str
) -> dict[str, str | int | None]:
    """Members of the leaf that follow from the order alone.

    A receipt of an accepted order has each of them; of a refused one, each or null. An order that
    does not read (only a trial sends one) can only be answered by a refusal.
    """
    try:
        if order.transaction_data is not None:
            if order.operation in AUTHORITIES:
                return expected_terms(order.transaction_data, account=account)
            return _expected_payment(order.transaction_data, account=account, currency=currency)
        return {
            "instruction": None, "fee_minor": None, **_expected_funds(order, currency=currency),
        }  # fmt: skip
    except Malformed:
        return {"outcome": "refused"}


def own_account(account: str | None, currency: str, *, home: str) -> str | None:
    """The name of a holder's account in a currency; None for staff, who hold no e-money.

    >>> own_account("acc-1", "KES", home="KES"), own_account("acc-1", "USD", home="KES")
    ('acc-1', 'acc-1.usd')
    """
    return account if not account or currency == home else f"{account}.{currency.lower()}"


def _expected_payment(
    transaction_data: str, *, account: str | None, currency: str
) -> dict[str, str | int | None]:
    said = read_transaction(transaction_data)
    sold = said.amount.currency if said.receives is not None else currency
    return {
        "payer": own_account(account, sold, home=currency),
        "fee_minor": None if said.fee is None else said.fee.minor,
        "payee": said.payee_id,
        "amount_minor": said.amount.minor,
        "currency": said.amount.currency,
        "instruction": digest(transaction_data.encode("ascii")),
    }


def _expected_funds(order: Order, *, currency: str) -> dict[str, str | int]:
    if order.operation not in ("funds.confirm", "emoney.issue", "reservation.capture"):
        return {}
    stated = str(order.body.get("currency", currency))
    amount = read_wire_amount(str(order.body.get("amount")), stated)
    expected: dict[str, str | int] = {"amount_minor": amount.minor, "currency": stated}
    if order.operation == "emoney.issue":
        expected["payee"] = str(order.body.get("account"))
    return expected
