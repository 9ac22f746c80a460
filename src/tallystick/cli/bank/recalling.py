"""A request to get one of our payments back."""

from __future__ import annotations

import hashlib

from tallystick.assembly import TrustAccount
from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount
from tallystick.serve.bank import Recall, Recalls, write_message


def recall_file(
    trust: TrustAccount, payment: str, *, currency: str, asks: str, asked: str, reason: str
) -> bytes:
    """A camt.056 about one payment; its name follows from the payment, so it asks once.

    Refuses: Misconfigured for a payment that was never put into a file.
    """
    payout = trust.payouts.get(payment)
    if payout is None or not payout.hold.message:
        raise Misconfigured(
            "no payment file of ours has it",
            where=payment,
            allowed="an end-to-end id of bank status",
        )
    hold = payout.hold
    name = hashlib.sha256(f"recall {payment}".encode()).hexdigest()[:30].upper()
    one = Recall(
        id=f"RCL{name}",
        about=hold.message,
        about_kind="pain.001.001.09",
        end_to_end=payment,
        amount=Amount(minor=hold.amount_minor, currency=currency),
        reason=reason,
    )
    return write_message(
        Recalls(
            kind="camt.056",
            message=f"TLY{name}",
            created=iso_instant(hold.listed_ms),
            asks=asks,
            asked=asked,
            recalls=(one,),
        )
    )
