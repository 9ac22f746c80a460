"""The terms of an authority, serialised once by the handset and signed as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.crypto.mechanisms import PublicKey, SignatureRefused, es256_verify
from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import DeviceId, NotAnIdentifier, RequestId, from_base64url
from tallystick.ground.limits import NAME_CHARACTERS_MAX, TRANSACTION_DATA_MAX
from tallystick.ground.money import Amount
from tallystick.protect.signatures.intent import IntentRefused, read_amount, read_instant

PAYMENTS_MAX = 10_000
_INSTANT = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"
Instant = Annotated[str, msgspec.Meta(pattern=_INSTANT)]
Decimals = Annotated[str, msgspec.Meta(max_length=20)]


class _Partner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    authority_id: str
    date_time: Instant
    kind: Literal["code", "reserved code", "mandate"]
    partner: _Partner | None
    currency: str
    amount: Decimals
    per_period: Decimals | None
    period_days: Annotated[int, msgspec.Meta(ge=1, le=366)] | None
    expires: Instant
    payments: Annotated[int, msgspec.Meta(ge=1, le=PAYMENTS_MAX)] | None = None


class _Terms(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["tallystick:authority:1"]
    credential_ids: list[str]
    payload: _Payload


_terms = msgspec.json.Decoder(_Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the customer saw and signed. `instruction` is the digest of the octets signed.

    `partner_id` and `partner_name` are empty for a code that anybody may redeem; `per_period` and
    `period_days` are there for a mandate and for nothing else; `payments`, how many there may be
    under a mandate, is 0 where that was not said.
    """

    kind: str
    partner_id: str
    partner_name: str
    amount: Amount
    per_period: Amount | None
    period_days: int
    payments: int
    expires_ms: int
    instruction: str


def verify_terms(
    *,
    transaction_data: str,
    signature: str,
    key: PublicKey,
    device: DeviceId,
    request: RequestId,
    currency: str,
) -> Terms:
    """Verify the signature over the terms as received, then read them.

    Refuses: IntentRefused for a bad signature, other terms than of an authority, another order's or
             device's, and for members that do not go together; CurrencyMismatch; AmountMalformed.
    """
    said = read_signed_terms(transaction_data, signature, key)
    payload = said.payload
    if payload.authority_id != request or said.credential_ids != [device]:
        raise IntentRefused("the signature stands for another order")
    partner = payload.partner
    if partner is not None and not partner.name.isprintable():
        raise IntentRefused("a name that reads otherwise than it is written cannot have been shown")
    _demand_whole(payload)
    amount = read_amount(payload.amount, payload.currency, currency)
    period = payload.per_period
    return Terms(
        kind=payload.kind,
        partner_id="" if partner is None else partner.id,
        partner_name="" if partner is None else partner.name,
        amount=amount,
        per_period=None if period is None else read_amount(period, payload.currency, currency),
        period_days=payload.period_days or 0,
        payments=payload.payments or 0,
        expires_ms=read_instant(payload.expires),
        instruction=digest(transaction_data.encode()),
    )


def read_signed_terms(transaction_data: str, signature: str, key: PublicKey) -> _Terms:
    """The terms, if the signature over them holds. Refuses: IntentRefused."""
    if len(transaction_data) > TRANSACTION_DATA_MAX:
        raise IntentRefused("the terms are too long")
    try:
        octets = transaction_data.encode()
        es256_verify(public=key, octets=octets, signature=from_base64url(signature))
        plain = from_base64url(transaction_data)
        strict_object(plain)
        return _terms.decode(plain)
    except (
        SignatureRefused,
        EnvelopeRefused,
        NotAnIdentifier,
        msgspec.DecodeError,
        UnicodeEncodeError,
    ) as refusal:
        raise IntentRefused("the signed terms were refused") from refusal


def _demand_whole(payload: _Payload) -> None:
    mandate = payload.kind == "mandate"
    if (payload.per_period is not None, payload.period_days is not None) != (mandate, mandate):
        raise IntentRefused("a period belongs to a mandate")
    if payload.payments is not None and not mandate:
        raise IntentRefused("a number of payments belongs to a mandate")
    if payload.kind != "code" and payload.partner is None:
        raise IntentRefused("a mandate or a reserved code names its partner")
