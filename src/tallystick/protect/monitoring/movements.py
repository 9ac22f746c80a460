"""What monitoring sees of a payment, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tallystick.ground.errors import Defect

REMOTE_PAY: Final = "remote.pay"
PAYMENTS: Final = frozenset(
    {
        REMOTE_PAY,
        "merchant.pay",
        "reservation.make",
        "banking.transfer",
        "agent.cash_in",
        "agent.cash_out",
        "interop.pay",
        "interop.receive",
        "request.approve",
        "code.reserve",
        "partner.pay",
        "partner.collect",
        "partner.hold",
    }
)
"""Kinds of movement that a customer asks for; typologies count these and no others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that moved from payer to payee. `seq` is its place in the ledger's total order.

    `at_ms` is the event's own time; it need not grow with `seq`. `device` may be empty.
    """

    seq: int
    at_ms: int
    kind: str
    payer: str
    payee: str
    amount_minor: int
    device: str

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise Defect("a movement moves a positive amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A pattern that a payment completes: what was observed, against which threshold."""

    typology: str
    action: str
    observed: int
    threshold: int
    window_s: int
