"""Open redemptions into one payment file: listed in the books first, written afterwards."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

from tallystick.assembly import Payout, TrustAccount, read_trust_account
from tallystick.cli.bank.desk import Desk
from tallystick.ground.clock import iso_instant
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import Amount
from tallystick.serve.bank import AccountParty, CreditTransfer, CreditTransfers, write_message

LIST_MAX = 40
"""Most redemptions in one order to list them (docs/reference/wire.md)."""
_NAME_MAX = 70
"""Longest name that payment schemes carry; a longer one is cut."""


def unlisted(trust: TrustAccount) -> list[Payout]:
    """Open redemptions that stand in no payment file yet, the oldest name first."""
    found = [one for one in trust.payouts.values() if one.state == "open" and not one.hold.message]
    return sorted(found, key=lambda one: one.hold.id)


def list_payouts(desk: Desk, payouts: Sequence[Payout]) -> str:
    """Have the books list redemptions in a new payment file; gives its name.

    The name follows from what is in it. Refuses: DeskRefused, when somebody listed one meanwhile.
    """
    names = [one.hold.id for one in payouts]
    message = f"PAY{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:30].upper()}"
    for start in range(0, len(names), LIST_MAX):
        holds = names[start : start + LIST_MAX]
        body = {"message": message, "holds": holds}
        desk.order("payouts.list", body, once=f"{message}/{start}")
    return message


def payment_file(
    home: Path, message: str, *, kind: str, payer: AccountParty, currency: str
) -> tuple[bytes, list[Payout]]:
    """The file of this name from the books alone: the same octets whenever it is asked for.

    Redemptions that are resolved by now are in it as well: it says what was ordered then.
    Refuses: Misconfigured when nothing is listed under this name.
    """
    trust = read_trust_account(home)
    listed = [one for one in trust.payouts.values() if one.hold.message == message]
    if not listed:
        known = sorted({one.hold.message for one in trust.payouts.values()} - {""})
        raise Misconfigured(
            "no redemption is listed in such a file",
            where=message,
            allowed=", ".join(known) or "nothing was listed yet",
        )
    listed.sort(key=lambda one: one.hold.id)
    return (
        write_message(
            CreditTransfers(
                kind=kind,
                message=message,
                created=iso_instant(max(one.hold.listed_ms for one in listed)),
                payer=payer,
                transfers=tuple(_transfers(listed, currency)),
            )
        ),
        listed,
    )


def _transfers(listed: Iterable[Payout], currency: str) -> Iterable[CreditTransfer]:
    for one in listed:
        hold = one.hold
        yield CreditTransfer(
            end_to_end=one.end_to_end,
            uetr=_uetr(one.end_to_end),
            amount=Amount(minor=hold.amount_minor, currency=currency),
            payee=AccountParty(
                name=hold.name[:_NAME_MAX] or "NOTPROVIDED",
                account=hold.bank.removeprefix("bank:").upper(),
            ),
            text=f"redemption {one.end_to_end}",
        )


def _uetr(end_to_end: str) -> str:
    """A UUID in the shape of version 4 that follows from the end-to-end id."""
    octets = hashlib.sha256(f"uetr {end_to_end}".encode()).digest()[:16]
    return str(uuid.UUID(bytes=octets, version=4))
