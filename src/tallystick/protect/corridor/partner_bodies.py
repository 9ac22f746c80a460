"""The orders of partners, and of customers about what partners may take; read strictly at once."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tallystick.protect.corridor.bodies import Name, PaymentBody, Short, Strict

Decimals = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
Account = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reference = Annotated[str, msgspec.Meta(max_length=128)]
Transfer = Annotated[str, msgspec.Meta(min_length=1, max_length=160)]
Digest = Annotated[str, msgspec.Meta(pattern=r"\Asha256:[0-9a-f]{64}\Z")]


class AuthorityBody(PaymentBody, frozen=True):
    """Terms of an authority, their signature, the sealed PIN: as of a payment.

    `request` is a partner's that this answers.
    """

    request: Transfer | None = None


class AuthorityNameBody(Strict, frozen=True):
    authority: Short


class ApproveBody(PaymentBody, frozen=True):
    request: Transfer


class RequestNameBody(Strict, frozen=True):
    request: Transfer


class PayBody(Strict, frozen=True):
    """Of partner.pay and partner.hold. `payee`: an account, or `msisdn:` and a phone number."""

    payee: Account
    amount: Decimals
    currency: Currency


class CollectBody(Strict, frozen=True):
    authority: Short
    amount: Decimals
    currency: Currency
    payer: Account | None = None


class RefundBody(Strict, frozen=True):
    original: Short
    currency: Currency
    amount: Decimals | None = None


class SettleHoldBody(Strict, frozen=True):
    hold: Transfer
    verdict: Literal["post", "void"]


class ProposedBody(Strict, frozen=True):
    """The terms that a partner asks a customer to sign; the amount stands beside them."""

    kind: Literal["code", "reserved code", "mandate"]
    lifetime_s: Annotated[int, msgspec.Meta(ge=60, le=604_800)] | None = None
    until_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] | None = None
    per_period: Decimals | None = None
    period_days: Annotated[int, msgspec.Meta(ge=1, le=366)] | None = None
    payments: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class RequestBody(Strict, frozen=True):
    """Of partner.request: a payment, or with `authority` a code or mandate to be signed."""

    payer: Account
    amount: Decimals
    currency: Currency
    expires_s: Annotated[int, msgspec.Meta(ge=60, le=604_800)] = 3_600
    reference: Reference = ""
    authority: ProposedBody | None = None


class BatchBody(Strict, frozen=True):
    items: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    taken: Annotated[int, msgspec.Meta(ge=0, le=1000)]


class PriceBody(Strict, frozen=True):
    amount: Decimals
    currency: Currency


class OrganisationBody(Strict, frozen=True):
    """`registered`: the day on which it was founded; `document`: its number in that register."""

    name: Name
    registered: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    country: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
    document: Short


class PartnerKeysBody(Strict, frozen=True):
    session: dict[str, str]
    signature: dict[str, str]
    agreement: dict[str, str]


class RegisterPartnerBody(Strict, frozen=True):
    organisation: OrganisationBody
    role: Literal["partner", "hub"]
    tier: Short
    scopes: Annotated[
        list[Literal["pay", "collect", "refund", "hold", "settle", "request", "names"]],
        msgspec.Meta(min_length=1, max_length=7),
    ]
    keys: PartnerKeysBody
    secret: Digest
    api_key: Digest
    jws_key: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    fsp: Annotated[str, msgspec.Meta(max_length=32)] = ""
