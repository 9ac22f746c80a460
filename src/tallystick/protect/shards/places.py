"""Where an account is kept follows from its name alone: no directory that could disagree."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.ground.errors import Misconfigured
from tallystick.ground.identifiers import AccountId, DeviceId
from tallystick.protect.enforcement import CAP_NONE, FLOOR_NONE, NewAccount

SHARDS_MAX = 64
CLEARING = "clearing."
_HELD_HERE = re.compile(r"acc-[a-z0-9]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardMap:
    """This is shard `number` of `count`; numbers start at 0."""

    number: int = 0
    count: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.count <= SHARDS_MAX and 0 <= self.number < self.count):
            raise Misconfigured(
                f"shard {self.number} of {self.count}",
                allowed=f"0 to {SHARDS_MAX - 1}, below count",
            )

    @property
    def peers(self) -> tuple[int, ...]:
        """The numbers of the others."""
        return tuple(number for number in range(self.count) if number != self.number)

    def keeper(self, account: str) -> int:
        """The shard that keeps an account: SHA-256 of its name, the first eight octets, modulo."""
        if self.count == 1:
            return 0
        return int.from_bytes(hashlib.sha256(account.encode()).digest()[:8], "big") % self.count

    def elsewhere(self, account: str) -> int | None:
        """The other shard that keeps a holder's account, or None: ours, or no holder's name."""
        if self.count == 1 or not _HELD_HERE.fullmatch(account):
            return None
        keeper = self.keeper(account)
        return None if keeper == self.number else keeper

    def own_name(self, draw: Callable[[], str]) -> str:
        """The first drawn name whose account (`acc-` and the name) is kept here."""
        while True:
            name = draw()
            if self.keeper(f"acc-{name}") == self.number:
                return name


ALONE = ShardMap()


def clearing_account(number: int) -> AccountId:
    """What this shard owes another one, or is owed when its balance is negative."""
    return AccountId(f"{CLEARING}{number}")


def clearing_accounts(shards: ShardMap, currency: str) -> tuple[NewAccount, ...]:
    """The account of each other shard: no floor, because the other side has the money on hold."""
    return tuple(clearing_of(number, currency) for number in shards.peers)


def clearing_of(number: int, currency: str) -> NewAccount:
    """One other shard's clearing account as it is opened."""
    return NewAccount(
        id=clearing_account(number),
        owner=shard_device(number),
        currency=currency,
        floor=FLOOR_NONE,
        cap=CAP_NONE,
    )


def shard_device(number: int) -> DeviceId:
    """The name under which another shard's orders are recorded here."""
    return DeviceId(f"shard-{number}")
