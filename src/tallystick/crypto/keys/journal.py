"""The module's journal: which revision of each key is the last, what was used up, what was done.

Every entry carries a MAC that continues the one before, and the master key keeps a count that never
goes back. So a database that is put back to an older copy, cut short or altered is noticed when the
module starts, and every record that is read is compared with what the journal says of it.

A snapshot says again, in entries of the same chain, what all entries before add up to, and the MAC
that it continues. A start reads and proves from there; nothing is taken away, and what is older is
proven when somebody asks for it (design/0038).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from tallystick.crypto.keys.managed import KeyId, ManagedKey, record_digest
from tallystick.crypto.keys.ports import Entry, KeyStore, MasterKey, StoredKey
from tallystick.ground.errors import Defect, Misconfigured

_START = bytes(32)
KEY, USES, TALLY, EVENT, SETTING = "key", "uses", "tally", "event", "setting"
SNAPSHOT, STATE = "snapshot", "state"
"""The first entry of a snapshot (the MAC before it, how many STATE entries follow), and those."""
SNAPSHOT_AFTER = 10_000
"""Entries since the last snapshot from which a start is worth another one."""
_STATE_OCTETS = 2048
_WORTH = 4
"""How many times the entries of the last snapshot."""


class RolledBack(Misconfigured):
    """The database holds an older or an altered journal; nothing is served from it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal says of one key: its last revision, and the digest of that record."""

    revision: int
    digest: bytes


class State:
    """What entries add up to."""

    def __init__(self) -> None:
        self.known: dict[KeyId, Known] = {}
        self.uses: dict[KeyId, int] = {}
        self.tallies: dict[str, tuple[int, int]] = {}
        self.settings: dict[str, bytes] = {}

    def notes(self) -> Iterator[tuple[str, object]]:
        """The notes that make it."""
        for key, known in self.known.items():
            yield KEY, (key, known.revision, known.digest)
        for key, count in self.uses.items():
            yield USES, (key, count)
        for name, (count, until_ms) in self.tallies.items():
            yield TALLY, (name, count, until_ms)
        for name, value in self.settings.items():
            yield SETTING, (name, value)

    def take_part(self, body: bytes) -> None:
        """Add the notes of one STATE entry."""
        for kind, value in msgspec.msgpack.decode(body):
            _TAKES[kind](self, value)

    def says_as(self, other: State) -> bool:
        """Whether both say the same of every key, count, tally and setting."""
        return (self.known, self.uses, self.tallies, self.settings) == (
            other.known, other.uses, other.tallies, other.settings,
        )  # fmt: skip


class Journal(State):
    """Reads the journal once, from its last snapshot, proves it, and appends to it.

    `known`, `uses`, `tallies` and `settings` are what the entries add up to: the newest record of
    each key, the operations reserved of each, named counts with the instant until which they hold,
    and named settings of the module.

    Refuses: RolledBack when the chain does not hold or ends before the master key's count.
    """

    def __init__(self, store: KeyStore, master: MasterKey) -> None:
        super().__init__()
        self._store, self._master = store, master
        self.sequence, self._mac = 0, _START
        self._waiting = 0
        self._began, self._began_mac, self._parts = 0, _START, 0
        for entry in store.journal(after=None):
            if self.sequence == 0 and entry.sequence != 1:
                self._begin(entry)
            self._prove(entry)
            self._take(entry)
        if self._waiting:
            raise _altered(self.sequence + 1)
        self._proven_after = self._began
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

    def shorten(self, *, after: int = SNAPSHOT_AFTER) -> bool:
        """Write a snapshot when so many entries came since the last one; says whether it was.

        It is one commit: after a crash all of it is there, or nothing. What its parts add up to is
        compared before it is written, and once more as the store gives it back.
        """
        since = self.sequence - self._began - self._parts
        if since < max(after, _WORTH * self._parts):
            return False
        parts = list(_pieces(self.notes()))
        said = State()
        for part in parts:
            said.take_part(msgspec.msgpack.encode(part))
        if not said.says_as(self):
            raise Defect("a snapshot of the journal would say something else")
        began, mac = self.sequence, self._mac
        self.commit(notes=[(SNAPSHOT, (mac, len(parts))), *((STATE, part) for part in parts)])
        again = Journal(self._store, self._master)
        if not again.says_as(self) or (again._began, again._mac) != (began, self._mac):
            raise Defect("a snapshot of the journal says something else")
        self._began, self._began_mac, self._parts = began, mac, len(parts) + 1
        return True

    def prove_past(self, *, after: int = 0) -> None:
        """Prove the entries above `after` that are older than what this journal began with.

        The chain is walked up to the MAC that the snapshot continues. Refuses: RolledBack.
        """
        if after >= self._proven_after:
            return
        last = None
        for last in self._proven(after):
            if last.sequence == self._began:
                break
        if last is None or (last.sequence, last.mac) != (self._began, self._began_mac):
            raise _altered(after + 1 if last is None else last.sequence + 1)
        self._proven_after = after

    def events(self, *, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Key events, oldest first: pairs of sequence and msgpack body.

        They are read anew, and proven as they are: who may write the store may do so at any time.
        Refuses: RolledBack.
        """
        self.prove_past(after=after)
        found: list[tuple[int, bytes]] = []
        sequence = after
        for entry in self._proven(after):
            if len(found) == limit:
                return found
            sequence = entry.sequence
            if entry.kind == EVENT:
                found.append((entry.sequence, entry.body))
        if sequence < self.sequence:
            raise _altered(sequence + 1)
        return found

    def _proven(self, after: int) -> Iterator[Entry]:
        """Entries above `after`, each of which continues the one before. Refuses: RolledBack."""
        sequence, mac = after, b"" if after else _START
        for entry in self._store.journal(after=max(after - 1, 0)):
            if not mac:  # its own MAC is proven by the entry that continues it
                mac = _whole_mac(entry.mac, after)
                continue
            wanted = entry_mac(self._master, mac, sequence + 1, entry.kind, entry.body)
            if entry.sequence != sequence + 1 or entry.mac != wanted:
                raise _altered(sequence + 1)
            sequence, mac = entry.sequence, entry.mac
            yield entry

    def _begin(self, entry: Entry) -> None:
        """Begin with a snapshot: its own MAC proves what it says of the one before it."""
        if entry.kind != SNAPSHOT or entry.sequence < 1:
            raise _altered(1)
        try:
            before, parts = msgspec.msgpack.decode(entry.body, type=tuple[bytes, int])
        except msgspec.MsgspecError:
            raise _altered(entry.sequence) from None
        self.sequence, self._mac = entry.sequence - 1, _whole_mac(before, entry.sequence)
        self._began, self._began_mac = self.sequence, before
        self._waiting = self._parts = parts + 1

    def _prove(self, entry: Entry) -> None:
        wanted = entry_mac(self._master, self._mac, self.sequence + 1, entry.kind, entry.body)
        if entry.sequence != self.sequence + 1 or entry.mac != wanted:
            raise _altered(self.sequence + 1)

    def _take(self, entry: Entry) -> None:
        self.sequence, self._mac = entry.sequence, entry.mac
        if self._waiting:  # the snapshot that this journal begins with
            wanted = SNAPSHOT if self._waiting == self._parts else STATE
            self._waiting -= 1
            if entry.kind != wanted:
                raise _altered(entry.sequence)
            if wanted == STATE:
                self.take_part(entry.body)
            return
        take = _TAKES.get(entry.kind)
        if take is not None:
            take(self, msgspec.msgpack.decode(entry.body))


def _pieces(notes: Iterable[tuple[str, object]]) -> Iterator[list[tuple[str, object]]]:
    """Notes in the pieces that entries of a snapshot hold, each of some two kilobytes."""
    piece: list[tuple[str, object]] = []
    octets = 0
    for note in notes:
        more = len(msgspec.msgpack.encode(note))
        if piece and octets + more > _STATE_OCTETS:
            yield piece
            piece, octets = [], 0
        piece.append(note)
        octets += more
    if piece:
        yield piece


def _whole_mac(mac: bytes, sequence: int) -> bytes:
    """A MAC that is not proven yet, of the length that all have.

    What a MAC is made over is told apart by its places alone: with one of another length, a part of
    a body could be read as an entry. Refuses: RolledBack.
    """
    if len(mac) != len(_START):
        raise _altered(sequence)
    return mac


def _altered(sequence: int) -> RolledBack:
    return RolledBack(
        f"the journal of keys does not hold at entry {sequence}",
        where="key database",
        allowed="an unaltered copy; see docs/guides/keys.md on restoring",
    )


def entry_mac(master: MasterKey, mac: bytes, sequence: int, kind: str, body: bytes) -> bytes:
    """The MAC of an entry, which continues `mac`, that of the entry before."""
    return master.mac(
        b"tallystick-journal 1\n" + mac + sequence.to_bytes(8, "big")
        + len(kind).to_bytes(1, "big") + kind.encode("ascii") + body
    )  # fmt: skip


def _take_key(journal: State, body: list[object]) -> None:
    name, revision, digest = body
    journal.known[KeyId(str(name))] = Known(int(str(revision)), bytes(digest))  # type: ignore[call-overload]


def _take_uses(journal: State, body: list[object]) -> None:
    name, count = body
    journal.uses[KeyId(str(name))] = int(str(count))


def _take_tally(journal: State, body: list[object]) -> None:
    name, count, until_ms = body
    journal.tallies[str(name)] = (int(str(count)), int(str(until_ms)))


def _take_setting(journal: State, body: list[object]) -> None:
    name, value = body
    journal.settings[str(name)] = bytes(value)  # type: ignore[call-overload]


_TAKES: dict[str, Callable[[State, list[object]], None]] = {
    KEY: _take_key,
    USES: _take_uses,
    TALLY: _take_tally,
    SETTING: _take_setting,
}
