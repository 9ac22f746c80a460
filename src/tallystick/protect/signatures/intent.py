"""One transaction object, serialised once by the handset and signed as it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.crypto.mechanisms import PublicKey, SignatureRefused, es256_verify
from tallystick.ground.canonical import digest
from tallystick.ground.errors import Misconfigured, Refused
from tallystick.ground.identifiers import DeviceId, NotAnIdentifier, RequestId, from_base64url
from tallystick.ground.limits import NAME_CHARACTERS_MAX, TRANSACTION_DATA_MAX
from tallystick.ground.money import Amount, format_minor, parse_amount


class IntentRefused(Refused):
    """The signature does not stand for this order."""

    code, clause = "intent.refused", "7.1"


class AmountMalformed(Refused):
    """Not a positive amount with exactly the currency's decimals."""

    code, clause = "amount.malformed", "7.1"


class CurrencyMismatch(Refused):
    """Another currency than the service's."""

    code, clause = "currency.mismatch", "7.1"


_INSTANT = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"


class _Payee(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Received(msgspec.Struct, forbid_unknown_fields=True):
    currency: str
    amount: Annotated[str, msgspec.Meta(max_length=20)]


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    transaction_id: str
    date_time: Annotated[str, msgspec.Meta(pattern=_INSTANT)]
    payee: _Payee
    currency: str
    amount: Annotated[str, msgspec.Meta(max_length=20)]
    fee: Annotated[str, msgspec.Meta(max_length=20)] | msgspec.UnsetType = msgspec.UNSET
    refunds: Annotated[str, msgspec.Meta(min_length=1, max_length=160)] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    receives: _Received | msgspec.UnsetType = msgspec.UNSET
    until: Annotated[str, msgspec.Meta(pattern=_INSTANT)] | msgspec.UnsetType = msgspec.UNSET


class _TransactionData(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["tallystick:payment:1"]
    credential_ids: list[str]
    payload: _Payload


_transaction_data = msgspec.json.Decoder(_TransactionData)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the customer saw and signed. `instruction` is the digest of the octets signed.

    `fee_minor` is paid on top, `refunds` names the payment that is given back, `receives` is what
    an exchange gives, `until_ms` is how long money is only reserved.
    """

    payee_id: str
    payee_name: str
    amount: Amount
    instruction: str
    fee_minor: int = 0
    refunds: str | None = None
    receives: Amount | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The payee that a transaction object names."""

    payee_id: str
    payee_name: str


def verify_intent(
    *,
    transaction_data: str,
    signature: str,
    key: PublicKey,
    device: DeviceId,
    request: RequestId,
    currency: str,
    also: Collection[str] = (),
) -> Intent:
    """Verify the signature over the transaction object as received, then read it.

    Takes:   `also`, currencies beside the service's own in which this order may be.
    Refuses: IntentRefused for a bad signature, another object type, another order's object,
             another device's credential, and for a name with characters that do not print or turn
             the direction of text; CurrencyMismatch; AmountMalformed.
    Source:  dynamic linking (EU 2018/389 Art. 5); object shape after OpenID4VP transaction_data.
    """
    if len(transaction_data) > TRANSACTION_DATA_MAX:
        raise IntentRefused("the transaction object is too long")
    octets = transaction_data.encode()
    try:
        es256_verify(public=key, octets=octets, signature=from_base64url(signature))
        plain = from_base64url(transaction_data)
        strict_object(plain)  # of a member that stands twice the decoder would take the last
        signed = _transaction_data.decode(plain)
    except (SignatureRefused, EnvelopeRefused, NotAnIdentifier, msgspec.DecodeError) as refusal:
        raise IntentRefused("the signed transaction was refused") from refusal
    if signed.payload.transaction_id != request or signed.credential_ids != [device]:
        raise IntentRefused("the signature stands for another order")
    if not signed.payload.payee.name.isprintable():
        raise IntentRefused("a name that reads otherwise than it is written cannot have been shown")
    return _intent(signed.payload, digest(octets), currency, also)


def _intent(payload: _Payload, instruction: str, currency: str, also: Collection[str]) -> Intent:
    stated = payload.currency
    amount = read_amount(payload.amount, stated, stated if stated in also else currency)
    fee, refunds, receives = payload.fee, payload.refunds, payload.receives
    until = payload.until
    return Intent(
        payee_id=payload.payee.id,
        payee_name=payload.payee.name,
        amount=amount,
        instruction=instruction,
        fee_minor=read_amount(fee, stated, stated).minor if isinstance(fee, str) else 0,
        refunds=refunds if isinstance(refunds, str) else None,
        receives=_received(receives, also) if isinstance(receives, _Received) else None,
        until_ms=read_instant(until) if isinstance(until, str) else None,
    )


def _received(said: _Received, also: Collection[str]) -> Amount:
    """What an exchange gives, in a currency that may be exchanged."""
    if said.currency not in also:
        raise CurrencyMismatch("the service exchanges no such currency")
    return read_amount(said.amount, said.currency, said.currency)


def read_instant(text: str) -> int:
    """Milliseconds since 1970 UTC of an instant as the wire spells it. Refuses: IntentRefused."""
    try:
        instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise IntentRefused("not an instant") from error
    return int(instant.timestamp()) * 1000


def read_shown(transaction_data: str) -> Shown:
    """What a transaction object says was shown, for whoever has its signature's word elsewhere.

    Refuses: IntentRefused for anything but one object of our kind.
    """
    try:
        plain = from_base64url(transaction_data)
        strict_object(plain)
        signed = _transaction_data.decode(plain)
    except (EnvelopeRefused, NotAnIdentifier, msgspec.DecodeError) as refusal:
        raise IntentRefused("not a transaction object") from refusal
    payee = signed.payload.payee
    return Shown(payee_id=payee.id, payee_name=payee.name)


def read_amount(text: str, stated: str, currency: str) -> Amount:
    """Read an amount from the wire. Refuses: CurrencyMismatch, AmountMalformed."""
    if stated != currency:
        raise CurrencyMismatch("the service moves another currency")
    try:
        amount = parse_amount(text, currency)
    except Misconfigured:
        raise AmountMalformed("an amount is digits with the currency's decimals") from None
    if amount.minor <= 0 or format_minor(amount.minor, currency) != text:
        raise AmountMalformed("an amount is positive and has one spelling")
    return amount
