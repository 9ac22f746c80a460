"""What a vault of tokens did becomes evidence of a service, and one that forgets is caught."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from tallystick.assembly.own_settlements import own_settlement
from tallystick.assembly.platform import Platform
from tallystick.assembly.vault_journal import Told, VaultJournal
from tallystick.ground.errors import Refused
from tallystick.protect.enforcement import (
    SALT_OCTETS,
    Mark,
    Register,
    Settlement,
    Tally,
    record_details,
)

_PAGE = 200


def _encode(place: str) -> bytes:
    return place.encode("ascii")


def _decode(octets: bytes) -> str:
    return octets.decode("ascii")


VAULT_JOURNALS: Register[str] = Register("vault-journal", _encode, _decode)
"""How far the journal of each vault was read, and the head of its chain there."""


class VaultRolledBack(Refused):
    """The evidence knows more of a vault's journal, or another one, than the vault does."""

    code, clause = "vault.rolled_back", "8"


async def carry_vault_facts(platform: Platform, journal: VaultJournal) -> int:
    """Put what a vault did since the last time into the evidence; gives how many facts.

    On the event loop that decides, and one at a time. The facts are durable in the evidence when
    this returns: whoever gives something away waits for it.
    Refuses: VaultRolledBack when the journal is shorter than the evidence says, or another one;
             Misconfigured when files of it are gone that were never carried.
    """
    read, head = _place(platform.record(VAULT_JOURNALS, journal.vault))
    if journal.sequence < read or (read and journal.head_at(read) != head):
        raise VaultRolledBack(f"the journal of {journal.vault} is not the one that was proven")
    count, page = 0, list[Told]()
    for told in journal.after(read):
        page.append(told)
        if len(page) == _PAGE:
            count += await _commit(platform, journal, page)
            page = []
    return count + await _commit(platform, journal, page)


async def _commit(platform: Platform, journal: VaultJournal, page: list[Told]) -> int:
    waiting = [
        asyncio.wrap_future(platform.commit_soon(_making(platform.policy.digest, journal.vault, t)))
        for t in page
    ]
    if waiting:
        await asyncio.shield(asyncio.gather(*waiting))  # a cancelled one would break the committer
        journal.let_go(page[-1].sequence)
    return len(waiting)


def _making(
    policy: str, vault: str, told: Told
) -> Callable[[int, Callable[[int], bytes]], Settlement]:
    return partial(_settled, policy, vault, told)


def _settled(
    policy: str, vault: str, told: Told, now_ms: int, chance: Callable[[int], bytes]
) -> Settlement:
    fact = told.fact
    salt = chance(SALT_OCTETS)
    tally = Tally(subject=fact.subject, policy=policy, at_ms=now_ms, demanded=(), salt=salt)
    marks = (Mark(VAULT_JOURNALS, vault, f"{told.sequence}:{told.head}"),)
    tally.notch(
        fact.kind,
        fact.control,
        **fact.detail,
        done_ms=fact.at_ms,
        vault=vault,
        sequence=told.sequence,
        rules=fact.policy,
        **record_details(marks),
    )
    return own_settlement(tally, operation="tokens.fact", marks=marks)


def _place(record: str | None) -> tuple[int, str]:
    sequence, _, head = (record or "0:").partition(":")
    return int(sequence), head
