"""A vault for tests: keys in this process, a store in memory, facts in a list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tallystick.crypto.envelopes import FieldIndex, FieldKey, FieldRing
from tallystick.ground.clock import ManualClock
from tallystick.ground.facts import Fact
from tallystick.protect.tokens import (
    Asker,
    Form,
    LocalVaultKeys,
    ReleasePolicy,
    ReleaseRule,
    TokenDomain,
    TokenRange,
    TokenStore,
    TokenVault,
    VaultKeys,
)
from tallystick.testing import MemoryTokenStore

PANS = ("4111111111111111", "5555555555554444", "378282246310005", "6011000990139424")
RANGE = TokenRange(prefix="9000001")
SHOP, WEB, PHONE = "merchant:shop", "channel:web", "device:phone"
OLD, NEW = (FieldKey(id=name, root=bytes([n]) * 32) for n, name in enumerate(("old", "new"), 1))
INDEX = FieldIndex(bytes([3]) * 32)
CLEARING = Asker(party="service:clearing", purpose="settlement")
HELPDESK = Asker(party="service:helpdesk", purpose="support")
RULES = (
    ReleaseRule(
        party="service:clearing", purpose="settlement", domains=("merchant:*", WEB), form=Form.WHOLE
    ),
    ReleaseRule(party="service:helpdesk", purpose="support", domains=(SHOP,), per_day_max=3),
)


def local_keys(newest: FieldKey = OLD, *older: FieldKey) -> LocalVaultKeys:
    return LocalVaultKeys(FieldRing(newest, older), INDEX)


@dataclass
class World:
    """A vault, and everything around it that a test may touch."""

    store: TokenStore = field(default_factory=MemoryTokenStore)
    keys: VaultKeys = field(default_factory=local_keys)
    clock: ManualClock = field(default_factory=ManualClock)
    facts: list[Fact] = field(default_factory=list)
    rules: tuple[ReleaseRule, ...] = RULES
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vault = TokenVault(
            store=self.store,
            keys=self.keys,
            domains=(
                TokenDomain(name=SHOP, range=RANGE),
                TokenDomain(name=WEB, range=TokenRange(prefix="90000020", length=19)),
                TokenDomain(name=PHONE, range=RANGE, lifetime_s=60),
            ),
            release=ReleasePolicy(self.rules),
            clock=self.clock,
            record=self.facts.append,
            policy="sha256:policy",
            **self.more,
        )
