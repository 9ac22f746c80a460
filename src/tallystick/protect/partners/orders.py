"""What partners asked for, and what remains to be said or done about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.enforcement import Register, Transfer, decode_record, encode_record


class RefundRefused(Refused):
    """Nothing was collected under this name, or no more than what is left of it goes back."""

    code, clause = "refund.refused", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerOrder:
    """One order of a partner as it came: what the interface was asked, and where to tell the end.

    `body` is the order in our words; `note` what the interface wants to remember of the wire;
    `callback` where the outcome is told, or empty; `interface` who tells it.
    """

    operation: str
    body: str
    note: str
    interface: str
    callback: str
    at_ms: int


PARTNER_ORDERS: Register[PartnerOrder] = Register(
    "partner_order",
    lambda order: encode_record(asdict(order)),
    lambda octets: PartnerOrder(**decode_record(octets)),
)


def order_key(partner: str, request: str) -> str:
    """Orders, requests and what was collected are known by partner and request id."""
    return f"{partner}.{request}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Money that a partner was paid by a customer, and how much of it went back."""

    transfer: str
    payer: AccountId
    amount_minor: int
    refunded_minor: int = 0

    def refund(self, amount_minor: int) -> Collected:
        """Refuses: RefundRefused for more than what is left."""
        if not 0 < amount_minor <= self.amount_minor - self.refunded_minor:
            raise RefundRefused("more than what is left of this payment")
        return replace(self, refunded_minor=self.refunded_minor + amount_minor)


COLLECTED: Register[Collected] = Register(
    "collected",
    lambda one: encode_record(asdict(one)),
    lambda octets: Collected(**decode_record(octets)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerHold:
    """Money reserved between a customer and a partner until the partner says how it ended.

    `partner` alone may settle it. `resolved` is the transfer that did.
    """

    id: str
    partner: DeviceId
    debit: AccountId
    credit: AccountId
    amount_minor: int
    resolved: str = ""

    @classmethod
    def of(cls, transfer: Transfer, *, partner: DeviceId) -> PartnerHold:
        """What a hold in the books is to its partner."""
        return cls(
            id=transfer.id,
            partner=partner,
            debit=transfer.debit,
            credit=transfer.credit,
            amount_minor=transfer.amount_minor,
        )


PARTNER_HOLDS: Register[PartnerHold] = Register(
    "partner_hold",
    lambda hold: encode_record(asdict(hold)),
    lambda octets: PartnerHold(**decode_record(octets)),
)
