"""The vault of tokens over its file and a payment module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly.stores import postgres
from tallystick.backends.sqlite import SqliteTokenStore
from tallystick.crypto.payment import PaymentModule
from tallystick.ground.clock import Clock, SystemClock
from tallystick.ground.facts import Fact
from tallystick.protect.tokens import (
    ModuleVaultKeys,
    ReleasePolicy,
    ReleaseRule,
    TokenDomain,
    TokenStore,
    TokenVault,
    VaultRows,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVault:
    """A vault that is open, its rows for a change of key, and who keeps count of its openings."""

    vault: TokenVault
    rows: VaultRows
    release: ReleasePolicy


@contextmanager
def open_token_vault(
    place: Path | str,
    module: PaymentModule,
    *,
    sealing: str,
    index: str,
    domains: Iterable[TokenDomain],
    rules: Iterable[ReleaseRule],
    record: Callable[[Fact], None],
    clock: Clock | None = None,
    policy: str = "",
) -> Iterator[OpenVault]:
    """Open the vault of a folder, or of a PostgreSQL database, for as long as the block lasts.

    Takes:   a folder, or an address `postgresql://user@host/database`; `sealing`, the handle of a
             field-sealing key (AES_256, usage 11), and `index`, that of an HMAC key (HMAC_SHA256,
             usage M7); `record`, which keeps facts.
    Refuses: Misconfigured for a folder whose vault another process has.
    """
    store = _open_store(place)
    keys, release = ModuleVaultKeys(module, sealing=sealing, index=index), ReleasePolicy(rules)
    try:
        yield OpenVault(
            vault=TokenVault(
                store=store,
                keys=keys,
                domains=domains,
                release=release,
                clock=clock or SystemClock(),
                record=record,
                policy=policy,
            ),
            rows=VaultRows(store, keys),
            release=release,
        )
    finally:
        store.close()


def _open_store(place: Path | str) -> TokenStore:
    if isinstance(place, Path):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SqliteTokenStore(place)
    store: TokenStore = postgres().PostgresTokenStore(place)
    return store
