"""Settlements of the platform itself: nobody ordered them, and the evidence tells why."""

from __future__ import annotations

from typing import Any

from tallystick.protect.enforcement import (
    Mark,
    NewAccount,
    Settlement,
    Tally,
    Transfer,
    postings_digest,
)
from tallystick.protect.messages import Slip


def own_settlement(
    tally: Tally,
    *,
    operation: str,
    marks: tuple[Mark[Any], ...] = (),
    accounts: tuple[NewAccount, ...] = (),
    transfers: tuple[Transfer, ...] = (),
    currency: str | None = None,
) -> Settlement:
    """A finished tally as something to commit, without device, request or answer.

    Of `transfers`, in this currency, the leaf tells who the first is about.
    """
    octets = tally.octets(code="ok")
    slip = Slip(
        request=None, operation=operation, device=None, at_ms=tally.at_ms, policy=tally.policy
    )
    for first in transfers[:1]:
        slip.payer, slip.payee = first.debit, first.credit
        slip.amount_minor, slip.currency = first.amount_minor, currency
    return Settlement(
        device=None,
        request=None,
        order="",
        code="ok",
        at_ms=tally.at_ms,
        leaf=slip.leaf(code="ok", tally=octets, postings=postings_digest(transfers)),
        tally=octets,
        accounts=accounts,
        transfers=transfers,
        marks=marks,
    )
