"""The orders inside sealed messages: strangers' data, read strictly and at once."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from tallystick.ground.limits import NAME_CHARACTERS_MAX
from tallystick.protect.enforcement import OrderMalformed

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Codes = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Unknown members are refused."""


class PaymentBody(Strict, frozen=True):
    transaction_data: Annotated[str, msgspec.Meta(max_length=4096)]
    intent: Annotated[str, msgspec.Meta(max_length=128)]
    pin: Annotated[str, msgspec.Meta(max_length=1024)] | None


class PinBody(msgspec.Struct, frozen=True):
    """The sealed PIN of any payment order, before the order itself is read."""

    pin: Annotated[str, msgspec.Meta(max_length=1024)] | None = None


class SignedBody(msgspec.Struct, frozen=True):
    """The signed part of any payment order, before the order itself is read."""

    transaction_data: Annotated[str, msgspec.Meta(max_length=4096)]
    intent: Annotated[str, msgspec.Meta(max_length=128)]


class MerchantPaymentBody(PaymentBody, frozen=True):
    qr: Annotated[str, msgspec.Meta(max_length=512)]


class EmptyBody(Strict, frozen=True):
    pass


Currency = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{3}\Z")]
PaymentName = Annotated[str, msgspec.Meta(min_length=1, max_length=160)]


class CaptureBody(Strict, frozen=True):
    reservation: PaymentName
    amount: Annotated[str, msgspec.Meta(max_length=20)]


class ReleaseBody(Strict, frozen=True):
    reservation: PaymentName


class ReservationsBody(Strict, frozen=True):
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)] | None = None


class BalanceBody(Strict, frozen=True):
    currency: Currency | None = None


class StatementBody(Strict, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)]
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)] | None = None
    currency: Currency | None = None


class QuoteBody(Strict, frozen=True):
    operation: Short
    amount: Annotated[str, msgspec.Meta(max_length=20)]
    currency: Currency | None = None
    receives: Currency | None = None


class OpenBody(Strict, frozen=True):
    currency: Currency


class ReactivateBody(Strict, frozen=True):
    pin: Annotated[str, msgspec.Meta(max_length=1024)]


class CustomerBody(Strict, frozen=True):
    name: Name
    born: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    document: Short
    msisdn: Annotated[str, msgspec.Meta(pattern=r"\A[1-9][0-9]{6,14}\Z")] | None = None


class RegisterBody(Strict, frozen=True):
    customer: CustomerBody
    role: Literal["customer", "merchant", "agent"]
    tier: Short


class OfferBody(Strict, frozen=True):
    customer: Short


class SuspendBody(Strict, frozen=True):
    device: Short
    reason: Name


class ReverseBody(Strict, frozen=True):
    payment: PaymentName
    reason: Name


class ConfirmBody(Strict, frozen=True):
    amount: Annotated[str, msgspec.Meta(max_length=20)]
    reference: Short
    currency: Currency | None = None


class IssueBody(Strict, frozen=True):
    account: Short
    amount: Annotated[str, msgspec.Meta(max_length=20)]
    currency: Currency | None = None


class ExpireBody(Strict, frozen=True):
    hold: Annotated[str, msgspec.Meta(min_length=1, max_length=160)]


class SettleBody(Strict, frozen=True):
    hold: Annotated[str, msgspec.Meta(min_length=1, max_length=160)]
    verdict: Literal["paid", "failed"]


class PurseKeyBody(Strict, frozen=True):
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Annotated[str, msgspec.Meta(max_length=43)]
    y: Annotated[str, msgspec.Meta(max_length=43)]


class LoadBody(PaymentBody, frozen=True):
    key: PurseKeyBody


class DepositBody(Strict, frozen=True):
    voucher: Annotated[str, msgspec.Meta(min_length=1, max_length=534)]


class UnloadBody(Strict, frozen=True):
    purse: Short


class AmountBody(Strict, frozen=True):
    amount: Annotated[str, msgspec.Meta(max_length=20)]


class PayoutsBody(Strict, frozen=True):
    message: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]{1,35}$")]
    holds: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=160)]],
        msgspec.Meta(min_length=1, max_length=40),
    ]


Digest = Annotated[str, msgspec.Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
Minor = Annotated[int, msgspec.Meta(ge=-(2**53) + 1, le=2**53 - 1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class BreaksBody(Strict, frozen=True):
    missing_in_books: Count
    missing_at_bank: Count
    amount: Count
    duplicate: Count
    date: Count
    balance: Count


class ReconcileBody(Strict, frozen=True):
    statement: Digest
    report: Digest
    day: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    until_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    opening_minor: Minor
    closing_minor: Minor
    late_credit_minor: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    late_debit_minor: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    entries: Count
    matched: Count
    breaks: BreaksBody


class TrialBody(Strict, frozen=True):
    trial: Short
    threat: Short
    outcome: Literal["withstood", "failed"]
    expected: Codes
    seen: Codes


B = TypeVar("B", bound=msgspec.Struct)
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[msgspec.Struct]] = {}


def read_body(octets: bytes, kind: type[B]) -> B:
    """Read an order of this kind. Refuses: OrderMalformed."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        body = decoder.decode(octets)
    except msgspec.DecodeError as error:
        raise OrderMalformed(f"the order is not as it must be: {error}") from None
    except RecursionError:
        raise OrderMalformed("the order is nested too deeply") from None
    if not isinstance(body, kind):
        raise OrderMalformed("the order is of another kind")
    return body
