"""Moving a module's keys from one master key to another: into a token, out of it, to a new one.

Everything is written anew into a second database, under the new master key: each entry of the
journal with a MAC of the new key, each record sealed by it, each sealed setting too. The first
database is only read. Whoever moves a home then puts the second in the place of the first, in one
step; until then nothing has happened, and a move that was cut off starts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from tallystick.crypto.keys.journal import (
    EVENT,
    SETTING,
    SNAPSHOT,
    STATE,
    Journal,
    RolledBack,
    entry_mac,
)
from tallystick.crypto.keys.managed import (
    KeyId,
    KeyRecordRefused,
    ManagedKey,
    read_header,
    record_digest,
)
from tallystick.crypto.keys.ports import Entry, KeyStore, MasterKey
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

NAMES = "names"
"""The setting that holds the secret of blind names once a home has moved."""
_NAMES = b"tallystick-names 1"
_BATCH = 500
_PAST = {SNAPSHOT: "past-snapshot", STATE: "past-state"}
"""A snapshot says which MAC it continues, which was one of the old master key: nothing begins with
it any more."""
_START = bytes(32)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a move did: keys sealed anew, entries continued, from and to which master key."""

    keys: int
    entries: int
    old: str
    new: str


class _Uncounted:
    """A master key whose count nobody raises: a move that was cut off leaves no trace in it."""

    def __init__(self, master: MasterKey) -> None:
        self.level, self.fingerprint = master.level, master.fingerprint
        self.statement = master.statement
        self.seal, self.open, self.mac = master.seal, master.open, master.mac

    def anchor(self, at_least: int | None = None) -> int:
        return at_least or 0

    def close(self) -> None:
        """Its owner closes it."""


def names_secret(master: MasterKey, settings: Mapping[str, bytes]) -> Secret:
    """What blind names are made with. It stays the same when the master key becomes another, so
    that failures which were counted stay counted.
    """
    sealed = settings.get(NAMES)
    if sealed is None:
        return Secret(master.mac(_NAMES))
    return Secret(master.open(sealed, bound=NAMES.encode("ascii")))


def move_master_key(
    old: MasterKey, new: MasterKey, source: KeyStore, target: KeyStore, *, at_ms: int
) -> Moved:
    """Write what `source` holds under `old` into the empty `target` under `new`, and read it back.

    Neither the source nor the new master key's count is changed. When this returns, the target is
    whole and durable; whoever puts it in its place then raises the count to `entries`.

    Refuses: RolledBack for a source that does not hold; Misconfigured for a record of it that was
             altered, and for a new master key that has counted further, so belongs elsewhere.
    """
    journal = Journal(source, old)
    journal.prove_past()
    if next(iter(target.journal(after=0)), None) is not None:
        raise Defect("a move begins with an empty database")
    uncounted = _Uncounted(new)
    _copy_entries(source, target, uncounted)
    moved = _open_target(target, uncounted)
    settings = list(_sealed_settings(journal, old, new))
    for keys in _batches(_resealed(journal, source, old, new)):
        moved.commit(keys=keys)
    told = {"act": "master", "at_ms": at_ms, "from": old.fingerprint, "to": new.fingerprint}
    moved.commit(notes=[*settings, (EVENT, {**told, "level": str(new.level)})])
    if new.anchor() > moved.sequence:
        raise Misconfigured(
            "the new master key has counted further than this home",
            where="master key",
            allowed="a master key of this home, or a new one",
        )
    _read_back(journal, old, uncounted, source, target)
    return Moved(
        keys=len(journal.known),
        entries=moved.sequence,
        old=old.fingerprint,
        new=new.fingerprint,
    )


def _copy_entries(source: KeyStore, target: KeyStore, new: MasterKey) -> None:
    mac, sequence = _START, 0
    for entries in _batches(source.journal(after=0)):
        copied = []
        for entry in entries:
            sequence += 1
            kind = _PAST.get(entry.kind, entry.kind)
            mac = entry_mac(new, mac, sequence, kind, entry.body)
            copied.append(Entry(sequence, kind, entry.body, mac))
        target.commit([], copied)


def _open_target(target: KeyStore, new: MasterKey) -> Journal:
    try:
        return Journal(target, new)
    except RolledBack as error:
        raise Defect(f"what was just written does not hold: {error.problem}") from None


def _sealed_settings(
    journal: Journal, old: MasterKey, new: MasterKey
) -> Iterator[tuple[str, object]]:
    """Settings that the old master key sealed to their own name, sealed by the new one."""
    for name, value in journal.settings.items():
        bound = name.encode("utf-8")
        try:
            octets = old.open(value, bound=bound)
        except KeyRecordRefused:
            continue  # in clear, or empty: copied with the entries
        yield SETTING, (name, new.seal(octets, bound=bound))
    if NAMES not in journal.settings:
        secret = names_secret(old, journal.settings).reveal()
        yield SETTING, (NAMES, new.seal(secret, bound=NAMES.encode("ascii")))


def _resealed(
    journal: Journal, source: KeyStore, old: MasterKey, new: MasterKey
) -> Iterator[tuple[ManagedKey, bytes]]:
    for name in sorted(journal.known):
        record, header, octets = _read(journal, source, old, name)
        yield record, b"" if octets is None else new.seal(octets, bound=header)


def _read(
    journal: Journal, source: KeyStore, old: MasterKey, name: KeyId
) -> tuple[ManagedKey, bytes, bytes | None]:
    stored = source.get(name)
    if stored is None or (
        record_digest(stored.header, stored.sealed) != journal.known[name].digest
    ):
        raise Misconfigured(
            "a key's record was altered", where=f"key {name}", allowed="an unaltered copy of it"
        )
    octets = old.open(stored.sealed, bound=stored.header) if stored.sealed else None
    return read_header(stored.header), stored.header, octets


def _read_back(
    journal: Journal, old: MasterKey, new: MasterKey, source: KeyStore, target: KeyStore
) -> None:
    """Prove that the new database says the same as the old one before anybody relies on it."""
    moved = _open_target(target, new)
    same = moved.uses == journal.uses and moved.tallies == journal.tallies
    if not same or moved.known.keys() != journal.known.keys():
        raise Defect("the moved journal says something else")
    for name in journal.known:
        if _read(moved, target, new, name) != _read(journal, source, old, name):
            raise Defect("a moved key is another key")


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
