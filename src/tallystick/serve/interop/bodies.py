"""Bodies of the API as strangers send them, read strictly and turned into our words at once.

Members that we do not know are passed over, as the API's versions ask for; those that we know must
be as the API has them. Nothing of a body goes further than the edge but what is named here.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.serve.interop.amounts import AMOUNT, INSTANT
from tallystick.serve.interop.errors import MALFORMED, MISSING, VALIDATION, ApiRefused

BULK_ITEMS_MAX = 100
_END = r"$(?!\n)"
ID = (
    r"^([0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    rf"|[0-9A-HJKMNP-TV-Z]{{26}}){_END}"
)
"""A UUID (RFC 9562) in lower case, or a ULID, which newer participants send."""

Id = Annotated[str, msgspec.Meta(pattern=ID)]
Fsp = Annotated[str, msgspec.Meta(pattern=rf"^[A-Za-z0-9._~-]{{1,32}}{_END}")]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Word = Annotated[str, msgspec.Meta(pattern=rf"^[A-Z_]{{1,32}}{_END}")]
Instant = Annotated[str, msgspec.Meta(pattern=INSTANT[:-1] + _END)]
Lock = Annotated[str, msgspec.Meta(pattern=rf"^[A-Za-z0-9_-]{{43}}{_END}")]
PacketText = Annotated[
    str, msgspec.Meta(min_length=1, max_length=32768, pattern=rf"^[A-Za-z0-9_-]+={{0,2}}{_END}")
]
PartyType = Literal[
    "MSISDN", "EMAIL", "PERSONAL_ID", "BUSINESS", "DEVICE", "ACCOUNT_ID", "IBAN", "ALIAS",
    "CONSENT", "THIRD_PARTY_LINK",
]  # fmt: skip
PARTY_TYPES: frozenset[str] = frozenset(PartyType.__args__)  # type: ignore[attr-defined]
TransferState = Literal["RECEIVED", "RESERVED", "COMMITTED", "ABORTED"]


class Open(msgspec.Struct, frozen=True, rename="camel"):
    """Members of newer minor versions are passed over."""


class Money(Open, frozen=True):
    currency: Annotated[str, msgspec.Meta(pattern=rf"^[A-Z]{{3}}{_END}")]
    amount: Annotated[str, msgspec.Meta(pattern=AMOUNT[:-1] + _END, max_length=24)]


class PartyIdInfo(Open, frozen=True):
    party_id_type: PartyType
    party_identifier: Text
    party_sub_id_or_type: Text | None = None
    fsp_id: Fsp | None = None


class ComplexName(Open, frozen=True):
    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None


class PersonalInfo(Open, frozen=True):
    complex_name: ComplexName | None = None
    date_of_birth: Annotated[str, msgspec.Meta(max_length=10)] | None = None


class Party(Open, frozen=True):
    party_id_info: PartyIdInfo
    name: Text | None = None
    personal_info: PersonalInfo | None = None

    @property
    def said_name(self) -> str:
        """The name that is said of this party, or nothing."""
        if self.name:
            return self.name
        given = self.personal_info.complex_name if self.personal_info else None
        parts = (given.first_name, given.middle_name, given.last_name) if given else ()
        return " ".join(part for part in parts if part)


class TransactionType(Open, frozen=True):
    scenario: Literal["DEPOSIT", "WITHDRAWAL", "TRANSFER", "PAYMENT", "REFUND"]
    initiator: Literal["PAYER", "PAYEE"]
    initiator_type: Literal["CONSUMER", "AGENT", "BUSINESS", "DEVICE"]
    sub_scenario: Word | None = None


class QuoteBody(Open, frozen=True):
    quote_id: Id
    transaction_id: Id
    payee: Party
    payer: Party
    amount_type: Literal["SEND", "RECEIVE"]
    amount: Money
    transaction_type: TransactionType
    transaction_request_id: Id | None = None
    fees: Money | None = None
    note: Text | None = None
    expiration: Instant | None = None


class TransferBody(Open, frozen=True):
    transfer_id: Id
    payee_fsp: Fsp
    payer_fsp: Fsp
    amount: Money
    ilp_packet: PacketText
    condition: Lock
    expiration: Instant


class TransactionRequestBody(Open, frozen=True):
    transaction_request_id: Id
    payee: Party
    payer: PartyIdInfo
    amount: Money
    transaction_type: TransactionType
    note: Text | None = None
    authentication_type: Literal["OTP", "QRCODE", "U2F"] | None = None
    expiration: Instant | None = None


class PartyAnswer(Open, frozen=True):
    """PUT /parties."""

    party: Party


class QuoteAnswer(Open, frozen=True):
    """PUT /quotes."""

    transfer_amount: Money
    expiration: Instant
    ilp_packet: PacketText
    condition: Lock
    payee_receive_amount: Money | None = None
    payee_fsp_fee: Money | None = None


class TransferAnswer(Open, frozen=True):
    """PUT and PATCH of a transfer."""

    transfer_state: TransferState
    fulfilment: Lock | None = None
    completed_timestamp: Instant | None = None


class RequestAnswer(Open, frozen=True):
    """PUT /transactionRequests."""

    transaction_request_state: Literal["RECEIVED", "PENDING", "ACCEPTED", "REJECTED"]
    transaction_id: Id | None = None


class AuthenticationInfo(Open, frozen=True):
    """What was typed or scanned at the merchant's terminal."""

    authentication: Literal["OTP", "QRCODE", "U2F"]
    authentication_value: Annotated[str, msgspec.Meta(pattern=rf"^[!-~]{{1,64}}{_END}")]


class AuthorizationAnswer(Open, frozen=True):
    """PUT /authorizations."""

    response_type: Literal["ENTERED", "REJECTED", "RESEND"]
    authentication_info: AuthenticationInfo | None = None


class ErrorInformation(Open, frozen=True):
    error_code: Annotated[str, msgspec.Meta(pattern=rf"^[1-9][0-9]{{3}}{_END}")]
    error_description: Text


class ErrorAnswer(Open, frozen=True):
    error_information: ErrorInformation


class IndividualQuote(Open, frozen=True):
    quote_id: Id
    transaction_id: Id
    payee: Party
    amount_type: Literal["SEND", "RECEIVE"]
    amount: Money
    transaction_type: TransactionType
    note: Text | None = None


class BulkQuoteBody(Open, frozen=True):
    bulk_quote_id: Id
    payer: Party
    individual_quotes: Annotated[
        list[IndividualQuote], msgspec.Meta(min_length=1, max_length=BULK_ITEMS_MAX)
    ]
    expiration: Instant | None = None


class IndividualTransfer(Open, frozen=True):
    transfer_id: Id
    transfer_amount: Money
    ilp_packet: PacketText
    condition: Lock


class BulkTransferBody(Open, frozen=True):
    bulk_transfer_id: Id
    bulk_quote_id: Id
    payee_fsp: Fsp
    payer_fsp: Fsp
    individual_transfers: Annotated[
        list[IndividualTransfer], msgspec.Meta(min_length=1, max_length=BULK_ITEMS_MAX)
    ]
    expiration: Instant


B = TypeVar("B", bound=Open)
_decoders: dict[type[Open], msgspec.json.Decoder[Open]] = {}


def read_api_body(octets: bytes, kind: type[B]) -> B:
    """Read the body of a request.

    Refuses: ApiRefused 3101 for what is not one JSON object, 3102 for a missing member, 3100 for
             one that is not as it must be; each says where.
    """
    try:
        strict_object(octets)
    except EnvelopeRefused:
        raise ApiRefused(MALFORMED, "the body is not one JSON object") from None
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        body = decoder.decode(octets)
    except msgspec.ValidationError as error:
        raise _refused(str(error)) from None
    except (msgspec.DecodeError, RecursionError):
        raise ApiRefused(MALFORMED, "the body is not one JSON object") from None
    if not isinstance(body, kind):
        raise ApiRefused(MALFORMED, "the body is of another kind")
    return body


def _refused(said: str) -> ApiRefused:
    """The refusal for what the reader found: the place first, for descriptions are short."""
    text, _, place = said.rpartition(" - at `$")
    place = place.rstrip("`").replace(".", "/") if text else ""
    what = text or said
    if "missing required field" in what:
        return ApiRefused(MISSING, f"{place}/{what.split('`')[1]} is missing")
    return ApiRefused(VALIDATION, f"{place} is not as it must be")
