"""The module's journal: which revision of each key is the last, what was used up, what was done.

Every entry carries a MAC that continues the one before, and the master key keeps a count that never
goes back. So a database that is put back to an older copy, cut short or altered is noticed when the
module starts, and every record that is read is compared with what the journal says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from tallystick.crypto.keys.managed import KeyId, ManagedKey, record_digest
from tallystick.crypto.keys.ports import Entry, KeyStore, MasterKey, StoredKey
from tallystick.ground.errors import Misconfigured

_START = bytes(32)
KEY, USES, TALLY, EVENT, SETTING = "key", "uses", "tally", "event", "setting"


class RolledBack(Misconfigured):
    """The database holds an older or an altered journal; nothing is served from it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal says of one key: its last revision, and the digest of that record."""

    revision: int
    digest: bytes


class Journal:
    """Reads the whole journal once, proves it, and appends to it.

    `known`, `uses`, `tallies` and `settings` are what the entries add up to: the newest record of
    each key, the operations reserved of each, named counts with the instant until which they hold,
    and named settings of the module.

    Refuses: RolledBack when the chain does not hold or ends before the master key's count.
    """

    def __init__(self, store: KeyStore, master: MasterKey) -> None:
        self._store, self._master = store, master
        self.sequence, self._mac = 0, _START
        self.known: dict[KeyId, Known] = {}
        self.uses: dict[KeyId, int] = {}
        self.tallies: dict[str, tuple[int, int]] = {}
        self.settings: dict[str, bytes] = {}
        for entry in store.journal(after=0):
            self._prove(entry)
            self._take(entry)
        if self.sequence < master.anchor():
            raise RolledBack(
                "the key database is older than the module's count",
                where="key database",
                allowed="the newest copy; see docs/guides/keys.md on restoring",
            )
        master.anchor(self.sequence)

    def commit(
        self,
        keys: Sequence[tuple[ManagedKey, bytes]] = (),
        notes: Sequence[tuple[str, object]] = (),
    ) -> None:
        """Write records (with their sealed material) and notes, durably, all or nothing.

        Takes: notes as pairs of kind and body: USES (id, count), TALLY (name, count, until_ms),
               EVENT and SETTING (name, ...).
        """
        stored, entries = [], []
        sequence, mac = self.sequence, self._mac
        pairs: list[tuple[str, object]] = []
        for key, sealed in keys:
            header = key.header()
            stored.append(StoredKey(key.id, header, sealed))
            pairs.append((KEY, (key.id, key.revision, record_digest(header, sealed))))
        for kind, value in (*pairs, *notes):
            sequence += 1
            body = msgspec.msgpack.encode(value)
            mac = entry_mac(self._master, mac, sequence, kind, body)
            entries.append(Entry(sequence, kind, body, mac))
        self._store.commit(stored, entries)
        for entry in entries:
            self._take(entry)
        self._master.anchor(self.sequence)

    def events(self, *, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Key events, oldest first: pairs of sequence and msgpack body."""
        found: list[tuple[int, bytes]] = []
        for entry in self._store.journal(after=after):
            if len(found) == limit:
                break
            if entry.kind == EVENT:
                found.append((entry.sequence, entry.body))
        return found

    def _prove(self, entry: Entry) -> None:
        wanted = entry_mac(self._master, self._mac, self.sequence + 1, entry.kind, entry.body)
        if entry.sequence != self.sequence + 1 or entry.mac != wanted:
            raise RolledBack(
                f"the journal of keys does not hold at entry {self.sequence + 1}",
                where="key database",
                allowed="an unaltered copy; see docs/guides/keys.md on restoring",
            )

    def _take(self, entry: Entry) -> None:
        self.sequence, self._mac = entry.sequence, entry.mac
        take = _TAKES.get(entry.kind)
        if take is not None:
            take(self, msgspec.msgpack.decode(entry.body))


def entry_mac(master: MasterKey, mac: bytes, sequence: int, kind: str, body: bytes) -> bytes:
    """The MAC of an entry, which continues `mac`, that of the entry before."""
    return master.mac(
        b"tallystick-journal 1\n" + mac + sequence.to_bytes(8, "big")
        + len(kind).to_bytes(1, "big") + kind.encode("ascii") + body
    )  # fmt: skip


def _take_key(journal: Journal, body: list[object]) -> None:
    name, revision, digest = body
    journal.known[KeyId(str(name))] = Known(int(str(revision)), bytes(digest))  # type: ignore[call-overload]


def _take_uses(journal: Journal, body: list[object]) -> None:
    name, count = body
    journal.uses[KeyId(str(name))] = int(str(count))


def _take_tally(journal: Journal, body: list[object]) -> None:
    name, count, until_ms = body
    journal.tallies[str(name)] = (int(str(count)), int(str(until_ms)))


def _take_setting(journal: Journal, body: list[object]) -> None:
    name, value = body
    journal.settings[str(name)] = bytes(value)  # type: ignore[call-overload]


_TAKES: dict[str, Callable[[Journal, list[object]], None]] = {
    KEY: _take_key,
    USES: _take_uses,
    TALLY: _take_tally,
    SETTING: _take_setting,
}
