"""The orders of this room: of customers, and of the hub in our words; read strictly at once."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tallystick.protect.corridor import PaymentBody, Strict

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Text = Annotated[str, msgspec.Meta(max_length=160)]
Decimals = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z-]{26,36}\Z")]
PartyId = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9+._@-]{1,48}\Z")]
PartyType = Literal[
    "MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS"
]
Code = Annotated[str, msgspec.Meta(pattern=r"\A([0-9]{6,10}|[A-Za-z0-9_-]{22,64})\Z")]
Blind = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22,64}\Z")]
Reason = Literal[
    "packet", "condition", "amount", "currency", "expired", "quote", "payer", "payee", "scenario"
]


class FindBody(Strict, frozen=True):
    """Of interop.find: a party and an amount, or a request to pay that came from the hub."""

    type: PartyType | None = None
    id: PartyId | None = None
    amount: Decimals | None = None
    request: Annotated[str, msgspec.Meta(max_length=160)] | None = None


class ShowBody(Strict, frozen=True):
    inquiry: Id


class PayBody(PaymentBody, frozen=True):
    """Of interop.pay. `code`: what the merchant's terminal has to tell before it is sent.

    `blind` is chance beside it: the digest of the order is kept, and must tell nothing of the code.
    """

    inquiry: Id
    code: Code | None = None
    blind: Blind | None = None


class ConfirmBody(Strict, frozen=True):
    """Of interop.confirm. `code`: keyed digest of what was entered; `late`: its time is over."""

    request: Word
    response: Literal["entered", "rejected", "resend", "late"]
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=128)] | None = None


class QuoteBody(Strict, frozen=True):
    """Of interop.quote. `lifetime_s`: how long an offer stands; `expires_ms`: the payer's wish."""

    quote: Id
    transaction: Id
    payee: Word
    amount: Decimals
    currency: Currency
    payer_fsp: Word
    payer_name: Text
    scenario: Word
    lifetime_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)]
    expires_ms: Annotated[int, msgspec.Meta(ge=0)] | None = None


class ReceiveBody(Strict, frozen=True):
    """Of interop.receive. `hold`: reserve only, until the hub says that it is settled."""

    transfer: Id
    quote: Id
    amount: Decimals
    currency: Currency
    payer_fsp: Word
    expires_ms: Annotated[int, msgspec.Meta(ge=0)]
    hold: bool


class AnswerBody(Strict, frozen=True):
    """Of interop.answer: what the hub says of a party (`party`) or of a quote (`inquiry`)."""

    party: Annotated[str, msgspec.Meta(max_length=120)] | None = None
    inquiry: Id | None = None
    error: Word | None = None
    fsp: Word | None = None
    name: Text | None = None
    pay: Decimals | None = None
    receive: Decimals | None = None
    condition: Word | None = None
    packet: Annotated[str, msgspec.Meta(max_length=32768)] | None = None
    expires_ms: Annotated[int, msgspec.Meta(ge=0)] | None = None


class RefuseBody(Strict, frozen=True):
    """Of interop.refuse: what the interface found that does not fit."""

    reason: Reason


class BulkBody(Strict, frozen=True):
    """Of interop.bulk: the requests that came together, each decided by itself before this."""

    bulk: Id
    requests: Annotated[list[Word], msgspec.Meta(min_length=1, max_length=100)]
