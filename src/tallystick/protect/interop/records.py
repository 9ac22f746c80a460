"""What is remembered of payments that cross a hub: quotes we gave, inquiries of our customers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.enforcement import Register, decode_record, encode_record

INQUIRIES_WAITING_MAX = 20
"""Inquiries that may wait for the same party at once."""
OPEN_MAX = 500
"""Transfers that may wait for the hub at once: beyond it, nothing more is reserved."""
FIND_LIFETIME_S = 60
"""How long a customer waits for a hub that does not answer."""


class InquiryUnknown(Refused):
    """No such inquiry of this customer, or not in this state: one answer."""

    code, clause, public_code = "inquiry.unknown", "11", "payee.unknown"


class HubUnknown(Refused):
    """No hub is registered: nobody beyond these books can be reached."""

    code, clause, public_code = "hub.unknown", "11", "payee.unknown"


class TermsRefused(Refused):
    """A request of the hub that does not fit what was agreed; `reason` says in which way."""

    code, clause = "terms.mismatch", "11"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class QuoteUnknown(Refused):
    """A transfer for an offer that we never made."""

    code, clause = "quote.unknown", "11"


class QuoteExpired(Refused):
    """The offer stood for a while, and that is over."""

    code, clause = "quote.expired", "11"


class TransferExpired(Refused):
    """The payer's side gave this transfer until an instant that has passed."""

    code, clause = "transfer.expired", "11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What we, the payee's side, offered: the terms that a transfer must repeat.

    `payee` is the account; the party and the payer stand in the order itself.
    """

    id: str
    transaction: str
    payee: AccountId
    amount_minor: int
    payer_fsp: str
    payer_name: str
    expires_ms: int

    def demand_fit(self, *, amount_minor: int, payer_fsp: str, now_ms: int) -> None:
        """Refuses: TermsRefused for a transfer of other terms, QuoteExpired."""
        if amount_minor != self.amount_minor:
            raise TermsRefused("amount")
        if payer_fsp != self.payer_fsp:
            raise TermsRefused("payer")
        if now_ms > self.expires_ms:
            raise QuoteExpired("the offer stands no more")


QUOTES: Register[Quote] = Register(
    "interop_quote",
    lambda quote: encode_record(asdict(quote)),
    lambda octets: Quote(**decode_record(octets)),
)


class InquiryState(StrEnum):
    """finding -> quoting -> offered -> ordered; failed from the first two."""

    FINDING = "finding"
    QUOTING = "quoting"
    OFFERED = "offered"
    ORDERED = "ordered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """A customer's way to a payee at another provider: who is it, what does it cost, pay.

    `id` is also the quote's id, `transfer` the transfer's (both UUIDs that we chose). `request` is
    the merchant's request to pay that this answers, or empty; `request_wire` its id at the hub.
    `condition`, `packet` and `expires_ms` are the payee's offer. `hold` is the reserved money.
    """

    id: str
    transfer: str
    account: AccountId
    hub: DeviceId
    hub_account: AccountId
    party_type: str
    party_id: str
    amount_minor: int
    asked_ms: int
    state: InquiryState = InquiryState.FINDING
    request: str = ""
    request_wire: str = ""
    payee_fsp: str = ""
    payee_name: str = ""
    pay_minor: int = 0
    receive_minor: int = 0
    condition: str = ""
    packet: str = ""
    expires_ms: int = 0
    error: str = ""
    hold: str = ""

    @property
    def payee(self) -> str:
        """The payee as the customer signs it."""
        return payee_name_of(self.party_type, self.party_id)

    def failed(self, error: str) -> Inquiry:
        return replace(self, state=InquiryState.FAILED, error=error)


def payee_name_of(party_type: str, party_id: str) -> str:
    """How a party of another provider is written as a payee's id.

    >>> payee_name_of("MSISDN", "255700000001")
    'hub:msisdn:255700000001'
    """
    return f"hub:{party_type.lower()}:{party_id.lower()}"


def _inquiry(octets: bytes) -> Inquiry:
    plain = decode_record(octets)
    return Inquiry(**plain | {"state": InquiryState(plain["state"])})


INQUIRIES: Register[Inquiry] = Register(
    "interop_inquiry",
    lambda one: encode_record(asdict(one) | {"state": str(one.state)}),
    _inquiry,
)

SENT: Register[str] = Register(
    "interop_sent", lambda inquiry: inquiry.encode(), lambda octets: octets.decode()
)
"""Transfer id -> the inquiry that it pays."""

OPEN: Register[list[str]] = Register(
    "interop_open",
    lambda names: json.dumps(names, separators=(",", ":")).encode(),
    lambda octets: list(json.loads(octets)),
)
"""Hub -> inquiries whose reserved money was not settled when the list was last written."""

WAITING: Register[list[str]] = Register(
    "interop_waiting",
    lambda names: json.dumps(names, separators=(",", ":")).encode(),
    lambda octets: list(json.loads(octets)),
)
"""Party as `TYPE/identifier` -> inquiries that wait to hear who it is."""
