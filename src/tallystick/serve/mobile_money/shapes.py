"""What partners may send, read strictly at once. On the wire the names are the API's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.serve.mobile_money.errors import ApiRefused, malformed

Text = Annotated[str, msgspec.Meta(max_length=256)]
Some = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Sum = Annotated[str, msgspec.Meta(min_length=1, max_length=23)]
Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
Whole = (
    Annotated[int, msgspec.Meta(ge=1, le=999_999)]
    | Annotated[str, msgspec.Meta(pattern=r"\A[1-9][0-9]{0,5}\Z")]
)
Frequency = Literal[
    "weekly", "fortnight", "monthspecificdate", "twomonths", "threemonths", "fourmonths",
    "sixmonths", "yearly", "lastdaymonth", "lastdaymonthworking", "lastmonday", "lasttuesday",
    "lastwednesday", "lastthursday", "lastfriday", "lastsaturday", "lastsunday",
    "specificdaymonthly",
]  # fmt: skip


class Shape(
    msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True, rename="camel"
):
    """Unknown members are refused."""


class Pair(Shape, frozen=True):
    """One identifier of a party, or one member of custom data."""

    key: Some
    value: Some


Parties = Annotated[list[Pair], msgspec.Meta(min_length=1, max_length=10)]
Extras = Annotated[list[Pair], msgspec.Meta(max_length=20)]


class Fee(Shape, frozen=True):
    fee_type: Some
    fee_amount: Sum
    fee_currency: Currency


class RequestingOrganisation(Shape, frozen=True):
    requesting_organisation_identifier_type: Literal["lei", "swiftbic", "organisationid"]
    requesting_organisation_identifier: Some


class Common(Shape, frozen=True, kw_only=True):
    """What describes an order and changes nothing about it; it is kept and told again."""

    requesting_organisation_transaction_reference: Text | None = None
    sub_type: Text | None = None
    description_text: Annotated[str, msgspec.Meta(max_length=160)] | None = None
    fees: Annotated[list[Fee], msgspec.Meta(max_length=20)] | None = None
    geo_code: Text | None = None
    requesting_organisation: RequestingOrganisation | None = None
    servicing_identity: Text | None = None
    request_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    custom_data: Extras | None = None
    metadata: Extras | None = None


class TransactionBody(Common, frozen=True, kw_only=True):
    amount: Sum
    currency: Currency
    credit_party: Parties | None = None
    debit_party: Parties | None = None
    one_time_code: Text | None = None
    original_transaction_reference: Text | None = None
    type: Text | None = None


class ReversalBody(Common, frozen=True, kw_only=True):
    type: Literal["reversal", "adjustment"]
    amount: Sum | None = None
    currency: Currency | None = None
    credit_party: Parties | None = None
    debit_party: Parties | None = None


class BatchItem(TransactionBody, frozen=True, kw_only=True):
    """A transaction inside a batch: its type stands in it."""


class BatchBody(Shape, frozen=True, kw_only=True):
    transactions: Annotated[list[BatchItem], msgspec.Meta(min_length=1, max_length=100)]
    batch_title: Text | None = None
    batch_description: Text | None = None
    scheduled_start_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    request_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    custom_data: Extras | None = None


class QuotationBody(Common, frozen=True, kw_only=True):
    request_amount: Sum
    request_currency: Currency
    credit_party: Parties | None = None
    debit_party: Parties | None = None
    type: Text | None = None
    chosen_delivery_method: Text | None = None


class CodeRequestBody(Shape, frozen=True, kw_only=True):
    """A code that the customer shall sign for the partner that asks."""

    amount: Sum
    currency: Currency
    amount_type: Literal["exact", "maximum"] | None = None
    code_lifetime: Whole | None = None
    hold_funds_indicator: bool = False
    redemption_account_identifiers: Parties | None = None
    requesting_organisation: RequestingOrganisation | None = None
    request_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    custom_data: Extras | None = None
    metadata: Extras | None = None


class MandateRequestBody(Shape, frozen=True, kw_only=True):
    """A mandate that the customer shall sign in favour of the partner that asks."""

    amount_limit: Sum
    currency: Currency
    frequency_type: Frequency
    payee: Parties | None = None
    start_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    end_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    number_of_payments: Whole | None = None
    mandate_status: Literal["active"] | None = None
    requesting_organisation: RequestingOrganisation | None = None
    request_date: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    custom_data: Extras | None = None
    metadata: Extras | None = None


class Patch(Shape, frozen=True, kw_only=True):
    """One change of a resource, as RFC 6902 writes it."""

    op: Literal["replace"]
    path: Some
    value: Some


class TokenBody(msgspec.Struct, frozen=True):
    grant_type: str
    client_id: str = ""
    client_secret: str = ""


class _Patches(msgspec.Struct, forbid_unknown_fields=True):
    patches: Annotated[list[Patch], msgspec.Meta(min_length=1, max_length=1)]


B = TypeVar("B", bound=msgspec.Struct)
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


def read_shape(octets: bytes, kind: type[B]) -> B:
    """Read a body. Refuses: ApiRefused, saying where and what is wrong."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        strict_object(octets)
        body = decoder.decode(octets)
    except msgspec.ValidationError as error:
        raise _validation(str(error)) from None
    except (msgspec.DecodeError, EnvelopeRefused, RecursionError):
        raise malformed("body", "not one JSON object, each member once") from None
    if not isinstance(body, kind):
        raise malformed("body", "of another kind")
    return body


def read_patch(octets: bytes, *, path: str, values: Sequence[str]) -> None:
    """A body of one change, of this member to one of these values. Refuses: ApiRefused."""
    (patch,) = read_shape(b'{"patches":%s}' % octets, _Patches).patches
    if patch.path.removeprefix("/") != path or patch.value not in values:
        raise malformed("body", f"only /{path} is changed, and only to {values[0]}")


def whole_number(value: int | str | None) -> int | None:
    """A number that clients send as one, or in digits."""
    return None if value is None else int(value)


def _validation(said: str) -> ApiRefused:
    if "missing required field" in said:
        return ApiRefused("validation", "mandatoryValueNotSupplied", f"body: {said}")
    if "length" in said:
        return ApiRefused("validation", "lengthError", f"body: {said}")
    return malformed("body", said)


def plain(body: msgspec.Struct) -> dict[str, Any]:
    """A shape as JSON material, without what was not said."""
    value = msgspec.to_builtins(body)
    return {name: one for name, one in value.items() if one is not None}
