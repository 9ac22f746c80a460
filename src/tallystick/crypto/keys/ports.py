"""What a module needs of the world: a master key, and a place for records that it distrusts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.crypto.keys.levels import AssuranceLevel
from tallystick.crypto.keys.managed import KeyId


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A record as it is kept: header in clear, material sealed (empty once destroyed)."""

    id: KeyId
    header: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the module's journal; `mac` (32 octets) continues that of the entry before."""

    sequence: int
    kind: str
    body: bytes
    mac: bytes


class MasterKey(Protocol):
    """The key at the top (ISO 11568: the highest level of a hierarchy): it seals all others.

    A master key that cannot answer raises ModuleUnavailable.
    """

    level: AssuranceLevel
    """S0 or S1 for software, S2 when it never leaves a hardware module."""
    fingerprint: str
    """16 hex digits that tell master keys apart and tell nothing of the key."""
    statement: str
    """One sentence for evidence and certificate: where the key is, and what that is worth."""

    def seal(self, octets: bytes, *, bound: bytes) -> bytes:
        """Seal up to 8 KiB so that it opens with the same `bound` only."""
        ...

    def open(self, sealed: bytes, *, bound: bytes) -> bytes:
        """Open what `seal` made. Refuses: KeyRecordRefused, the same for every altered octet."""
        ...

    def mac(self, octets: bytes) -> bytes:
        """32 octets that nobody else can make; continues the journal."""
        ...

    def anchor(self, at_least: int | None = None) -> int:
        """The monotonic count; `at_least` raises it to that first, durably, and never lowers it."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is harmless."""
        ...


class KeyStore(Protocol):
    """Where records and the journal live. Nothing that it says is believed unproven."""

    def get(self, key: KeyId) -> StoredKey | None:
        """The record of one key."""
        ...

    def keys(self, *, after: str, limit: int) -> Sequence[StoredKey]:
        """Records in order of id, those above `after`."""
        ...

    def journal(self, *, after: int | None) -> Iterable[Entry]:
        """Entries in order of sequence, those above `after`; with None those from the last one of
        the kind `snapshot` on, all where there is none.
        """
        ...

    def commit(self, keys: Sequence[StoredKey], entries: Sequence[Entry]) -> None:
        """All or nothing; when this returns, it survives a power cut."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is harmless."""
        ...
