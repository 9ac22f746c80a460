"""The home of a vault of tokens: its settings, its rows, and the journal of what it did.

vault.toml                keys, domains, and who may have what (vault_file.py)
vault.sqlite              the rows, unless the settings name a database
facts/                    the journal (vault_journal.py)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly.token_vault import open_token_vault
from tallystick.assembly.vault_file import VaultSettings, read_vault_file
from tallystick.assembly.vault_journal import VaultJournal
from tallystick.crypto.payment import PaymentModule
from tallystick.ground.clock import Clock, SystemClock, day_of
from tallystick.ground.errors import Misconfigured
from tallystick.protect.tokens import TokenVault, VaultRows


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultHome:
    """A vault that is open in its home."""

    settings: VaultSettings
    vault: TokenVault
    rows: VaultRows
    journal: VaultJournal


@contextmanager
def open_vault_home(
    folder: Path, module: PaymentModule, *, clock: Clock | None = None
) -> Iterator[VaultHome]:
    """Open a vault as its settings say, for as long as the block lasts.

    What parties were given today counts on, as the journal has it.
    Refuses: Misconfigured while another process has it open, and for settings or a journal that are
             not what they may be.
    """
    settings, used = read_vault_file(folder), clock or SystemClock()
    if not settings.domains:
        allowed = "tallystick tokens domain VAULT NAME --prefix DIGITS"
        raise Misconfigured("a vault without a domain", where=str(folder), allowed=allowed)
    with ExitStack() as open_ones:
        journal = open_ones.enter_context(closing(VaultJournal(folder, settings.id)))
        opened = open_ones.enter_context(
            open_token_vault(
                settings.store or folder,
                module,
                sealing=settings.sealing,
                index=settings.index,
                domains=settings.domains,
                rules=settings.rules,
                record=journal.append,
                clock=used,
                policy=settings.digest,
            )
        )
        opened.release.recall(journal.newest_day(day_of(used.now_ms())))
        yield VaultHome(settings=settings, vault=opened.vault, rows=opened.rows, journal=journal)
