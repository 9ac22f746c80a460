"""A key store and a payment module in memory, for tests of what stands on them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from tallystick.crypto.keys import SNAPSHOT, Entry, KeyId, MasterKey, SoftwareMasterKey, StoredKey
from tallystick.crypto.payment import Bench, LocalModule, ModulePolicy
from tallystick.ground.clock import Clock, ManualClock
from tallystick.ground.secret import Secret


class MemoryKeyStore:
    """Implements KeyStore in memory. `rows` and `entries` may be tampered with."""

    def __init__(self) -> None:
        self.rows: dict[str, StoredKey] = {}
        self.entries: list[Entry] = []

    def get(self, key: KeyId) -> StoredKey | None:
        return self.rows.get(key)

    def keys(self, *, after: str, limit: int) -> Sequence[StoredKey]:
        ids = sorted(name for name in self.rows if name > after)
        return [self.rows[name] for name in ids[:limit]]

    def journal(self, *, after: int | None) -> Iterable[Entry]:
        if after is None:
            after = max((one.sequence for one in self.entries if one.kind == SNAPSHOT), default=1)
            after -= 1
        return [entry for entry in self.entries if entry.sequence > after]

    def commit(self, keys: Sequence[StoredKey], entries: Sequence[Entry]) -> None:
        self.rows.update((key.id, key) for key in keys)
        self.entries.extend(entries)

    def close(self) -> None:
        """Nothing to let go of."""


def local_bench(
    *,
    store: MemoryKeyStore | None = None,
    master: MasterKey | None = None,
    clock: Clock | None = None,
    policy: ModulePolicy | None = None,
) -> Bench:
    """A bench over memory, with a master key of its own unless one is given."""
    return Bench(
        store=store or MemoryKeyStore(),
        master=master or SoftwareMasterKey(Secret(os.urandom(32)), count=None),
        clock=clock or ManualClock(),
        policy=policy,
    )


def local_module(bench: Bench | None = None, *, policy: ModulePolicy | None = None) -> LocalModule:
    """A payment module in this process, over memory."""
    return LocalModule(bench or local_bench(policy=policy))
