"""Corrections: a payment is set right by new transfers, never by an edit.

A reversal gives everything back, fee and commission included, once. Refunds give back up to the
amount, in parts; the fee stays. Their transfers are named after those of the payment, so that the
names themselves keep a second reversal, and a second refund of one number, out of the books.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.moves import move
from tallystick.protect.enforcement import (
    Mark,
    Register,
    Transfer,
    TransferKind,
    TransferRow,
    decode_record,
    encode_record,
)

REVERSE, REFUND = "payment.reverse", "payment.refund"
CORRECTING = (REVERSE, REFUND)
"""Purposes of transfers that give something back."""
REVERSIBLE = ("remote.pay", "merchant.pay", "agent.cash_in", "agent.cash_out")
"""What the back office may reverse. A transfer to a bank is settled or expires instead."""
REFUNDABLE = ("remote.pay", "merchant.pay", "reservation.capture")
"""What a payee may give back by itself."""


def payment_name(transfer: str) -> str:
    """The name of the order that a transfer belongs to, or that it corrects.

    >>> payment_name("dev-1.request.fee.reversed")
    'dev-1.request'
    """
    return ".".join(transfer.split(".")[:2])


class PaymentUnknown(Refused):
    """No such payment, not yours to correct, or too old: one answer."""

    code, clause = "payment.unknown", "13"


class PaymentCorrected(Refused):
    """It was given back before, so far that this would be more than was paid."""

    code, clause = "payment.corrected", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What was given back of one payment; `reversed_by` is empty while it stands."""

    refunded_minor: int = 0
    refunds: int = 0
    reversed_by: str = ""


CORRECTIONS: Register[Correction] = Register(
    "correction",
    lambda one: encode_record(
        {
            "refunded_minor": one.refunded_minor,
            "refunds": one.refunds,
            "reversed_by": one.reversed_by,
        }
    ),
    lambda octets: Correction(**decode_record(octets)),
)
"""By the name of the payment's first transfer."""


def reverse(
    rows: Sequence[TransferRow], *, payment: str, known: Correction | None, by: str
) -> tuple[tuple[Transfer, ...], Mark[Correction]]:
    """Every transfer of a payment the other way round, the last one first.

    Refuses: PaymentCorrected when any of it was given back; PaymentUnknown for what only reserved
             money: whoever resolves the hold gives it back.
    """
    if any(row.kind != TransferKind.MOVE for row in rows):
        raise PaymentUnknown("money on hold is not reversed")
    if known is not None:
        raise PaymentCorrected("this payment was given back, in whole or in part")
    transfers = tuple(
        move(f"{row.id}.reversed", row.credit, row.debit, row.amount_minor, REVERSE)
        for row in reversed(rows)
    )
    return transfers, Mark(CORRECTIONS, payment, Correction(reversed_by=by))


def refund(
    *,
    payment: str,
    payee: AccountId,
    payer: AccountId,
    amount_minor: int,
    paid_minor: int,
    known: Correction | None,
) -> tuple[Transfer, Mark[Correction]]:
    """Give a part of a payment back, from its payee to its payer. Refuses: PaymentCorrected."""
    before = known or Correction()
    if before.reversed_by or before.refunded_minor + amount_minor > paid_minor:
        raise PaymentCorrected("no more than the payment is given back")
    after = Correction(
        refunded_minor=before.refunded_minor + amount_minor, refunds=before.refunds + 1
    )
    transfer = move(f"{payment}.refund.{after.refunds}", payee, payer, amount_minor, REFUND)
    return transfer, Mark(CORRECTIONS, payment, after)
