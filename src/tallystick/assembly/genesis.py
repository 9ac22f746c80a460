"""The first settlement of a set of books: system accounts, offers for staff devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tallystick.assembly.own_settlements import own_settlement
from tallystick.crypto.modules import Kept
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.facts import PLATFORM_OPENED
from tallystick.ground.identifiers import AccountId, CustomerId
from tallystick.protect.devices import DEVICES, Device, new_code, offer_device
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Mark,
    NewAccount,
    Settlement,
    Tally,
    record_details,
)

STATEMENT_MAX = 512
STAFF = ("treasury", "backoffice", "laboratory")


def opening(
    policy: SecurityPolicy,
    *,
    first: bool,
    accounts: tuple[NewAccount, ...],
    peers: Sequence[Device],
    module: str,
    level: str,
    kept: Kept,
    now_ms: int,
    chance: Callable[[int], bytes],
) -> tuple[Settlement, Mapping[str, str]]:
    """What opening a platform commits, and the activation codes of staff when it is the first time.

    `accounts` are the provider's own that the terms need and that are not open yet, `peers` the
    other shards that are not known yet.
    The leaf says which policy is in force from here on, which crypto module serves it, and where
    that one keeps its keys and uses them.
    """
    tally = Tally(
        subject="platform",
        policy=policy.digest,
        at_ms=now_ms,
        demanded=(),
        salt=chance(SALT_OCTETS),
    )
    codes = {role: new_code(chance(8)) for role in STAFF} if first else {}
    marks: tuple[Mark[Any], ...] = tuple(
        offer_device(
            code,
            customer=CustomerId(f"staff-{role}"),
            account=AccountId(""),
            role=role,
            now_ms=now_ms,
        )
        for role, code in codes.items()
    )
    marks += tuple(Mark(DEVICES, peer.id, peer) for peer in peers)
    tally.notch(
        PLATFORM_OPENED,
        "C-KEY-SOFTWARE",
        module=module,
        level=level,
        keys_level=str(kept.level),
        signs_level=str(kept.signs),
        keys_statement=kept.statement[:STATEMENT_MAX],
        **record_details(marks),
    )
    settlement = own_settlement(tally, operation="platform.open", marks=marks, accounts=accounts)
    return settlement, codes
