"""Settlements of the platform itself: nobody ordered them, and the evidence tells why."""

from __future__ import annotations

from typing import Any

from tallystick.protect.enforcement import Mark, NewAccount, Settlement, Tally
from tallystick.protect.messages import Slip


def own_settlement(
    tally: Tally,
    *,
    operation: str,
    marks: tuple[Mark[Any], ...] = (),
    accounts: tuple[NewAccount, ...] = (),
) -> Settlement:
    """A finished tally as something to commit, without device, request or answer."""
    octets = tally.octets(code="ok")
    slip = Slip(
        request=None, operation=operation, device=None, at_ms=tally.at_ms, policy=tally.policy
    )
    return Settlement(
        device=None,
        request=None,
        order="",
        code="ok",
        at_ms=tally.at_ms,
        leaf=slip.leaf(code="ok", tally=octets),
        tally=octets,
        accounts=accounts,
        marks=marks,
    )
