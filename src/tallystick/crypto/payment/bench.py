"""The bench: where a handler finds opened keys, and the gate that each passes on the way there.

A key is opened once and kept; whether it may be used is asked each time: its usage, its mode, its
state, its cryptoperiod in time and in operations, and whether the journal knows this very record.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.keys import (
    EVENT,
    SETTING,
    TALLY,
    USES,
    Journal,
    KeyId,
    KeyRecordRefused,
    KeyStore,
    LifeState,
    ManagedKey,
    MasterKey,
    names_secret,
    read_header,
    record_digest,
    state_allows,
)
from tallystick.crypto.mechanisms import BlockCipher, HmacSha256
from tallystick.crypto.payment.calls import KeyUsed
from tallystick.crypto.payment.policy import ModulePolicy, read_module_policy
from tallystick.crypto.payment.refusals import BudgetSpent, KeyNotFound, KeyUnusable
from tallystick.crypto.transaction_keys import KsnWindow
from tallystick.ground.clock import Clock

KEYS_OPEN_MAX = 4096
USES_RESERVED = 1000
"""Operations counted ahead at once; a crash loses the rest of them, never the count."""
IN_TOKEN = "token"  # noqa: S105 - a kind of record
"""The kind of a record whose key is in the token: what it has sealed is no key."""
_POLICY = "policy"
_PROTECTING = frozenset(
    {KeyAction.ENCRYPT, KeyAction.WRAP, KeyAction.GENERATE, KeyAction.SIGN, KeyAction.DERIVE}
)
Chance = Callable[[int], bytes]


class OpenKey:
    """A key in use: its record, its octets, and what handlers made of them and may keep.

    `memo` is for schedules and derived subkeys, by name; it goes when the record changes.
    """

    __slots__ = ("_cipher", "_used", "id", "left", "memo", "octets", "record")

    def __init__(self, record: ManagedKey, octets: bytes) -> None:
        self.id, self.record, self.octets = record.id, record, octets
        self.memo: dict[Any, Any] = {}
        self.left = 0
        self._cipher: BlockCipher | None = None
        self._used: KeyUsed | None = None

    @property
    def cipher(self) -> BlockCipher:
        """The key as a block cipher; TDEA or AES by its algorithm."""
        if self._cipher is None:
            make = BlockCipher.aes if self.record.attributes.algorithm.letter == "A" else None
            self._cipher = (make or BlockCipher.tdes)(self.octets)
        return self._cipher

    @property
    def used(self) -> KeyUsed:
        if self._used is None:
            self._used = KeyUsed(self.id, self.record.check_value)
        return self._used

    def __repr__(self) -> str:
        return f"OpenKey({self.id}, hidden)"


class _OneCall:
    """Within, every key that is opened is of the domain of the first one.

    A key of the test domain needs nobody's approval and may be known to anybody, so what a
    production key protects must never come out under one.
    """

    __slots__ = ("domain",)

    def __init__(self) -> None:
        self.domain: str | None = None
        """None outside of a call, empty before its first key."""

    def __enter__(self) -> None:
        self.domain = ""

    def __exit__(self, *raised: object) -> None:
        self.domain = None


class Bench:
    """What every handler works on; one for each module process, on one thread.

    Chance is the operating system's generator unless a test brings its own.
    """

    def __init__(
        self,
        *,
        store: KeyStore,
        master: MasterKey,
        clock: Clock,
        policy: ModulePolicy | None = None,
        random: Chance = os.urandom,
    ) -> None:
        self.store, self.master, self.clock, self.random = store, master, clock, random
        self.journal = Journal(store, master)
        self.policy = policy or self._kept_policy()
        self.serials: dict[str, KsnWindow] = {}
        """Windows of key serial numbers that are yet to be written (`serials`)."""
        self._open: OrderedDict[str, OpenKey] = OrderedDict()
        self.one_call = _OneCall()
        self._names = HmacSha256(names_secret(master, self.journal.settings).reveal())

    # ---- keys that are used ------------------------------------------------------------------

    @property
    def domain(self) -> str:
        """The domain of the keys that this call has opened; empty before the first."""
        return self.one_call.domain or ""

    def key(
        self,
        handle: str,
        *,
        usages: Collection[KeyUsage],
        action: KeyAction,
        where: str = "key",
        inside: bool = False,
    ) -> OpenKey:
        """Open a key for one thing; `inside`, one that works in the token (`token_records`).

        Refuses: KeyNotFound, KeyUnusable (with `where`).
        """
        key = self._open.get(handle)
        if key is None:
            key = self._take_out(handle, where)
        record = key.record
        domain = self.one_call.domain
        if domain is not None and record.domain != domain:
            self._meet(record, where)
        if (record.kind == IN_TOKEN) is not inside:
            raise KeyUnusable("the key works in another place", where=where, reason="kind")
        attributes = record.attributes
        if attributes.usage not in usages:
            raise KeyUnusable("the key is for another usage", where=where, reason="usage")
        if not attributes.mode.allows(action):
            raise KeyUnusable(
                f"the key's mode does not allow: {action}", where=where, reason="mode"
            )
        self._demand_living(record, action, where)
        if record.uses_max is not None and action in _PROTECTING:
            self._count(key, where)
        return key

    def record(self, handle: str, *, where: str = "key") -> ManagedKey:
        """What is known of a key. Refuses: KeyNotFound, KeyUnusable when its record was altered."""
        key = self._open.get(handle)
        return key.record if key is not None else self._read(handle, where)[0]

    def material(self, record: ManagedKey) -> bytes:
        """The octets of a key that a management call moves; no gate but the record's own proof."""
        return self._take_out(record.id, "key").octets

    # ---- keys that change --------------------------------------------------------------------

    def keep(
        self,
        record: ManagedKey,
        octets: bytes | None,
        *,
        act: str,
        more: Mapping[str, object] | None = None,
    ) -> ManagedKey:
        """Write a record with its next revision, and the event that tells of it. Durable on return.

        Takes: octets None once the key is destroyed.
        """
        known = self.journal.known.get(record.id)
        record = replace(record, revision=1 if known is None else known.revision + 1)
        sealed = b"" if octets is None else self.master.seal(octets, bound=record.header())
        self._open.pop(record.id, None)
        self.journal.commit(
            keys=[(record, sealed)], notes=[(EVENT, self.event(act, record, more or {}))]
        )
        return record

    def note(self, act: str, record: ManagedKey | None, more: Mapping[str, object]) -> None:
        """Write an event that changes no key (an export, a refusal worth knowing)."""
        self.journal.commit(notes=[(EVENT, self.event(act, record, more))])

    def set(self, name: str, value: bytes, *, act: str, more: Mapping[str, object]) -> None:
        """Write a setting of the module, and the event that tells of it."""
        self.journal.commit(notes=[(SETTING, (name, value)), (EVENT, self.event(act, None, more))])

    def event(
        self, act: str, record: ManagedKey | None, more: Mapping[str, object]
    ) -> dict[str, object]:
        told: dict[str, object] = {"act": act, "at_ms": self.clock.now_ms(), **more}
        if record is not None:
            told |= {
                "key": record.id,
                "revision": record.revision,
                "usage": str(record.attributes.usage),
                "check_value": record.check_value,
                "state": str(record.state),
                "domain": record.domain,
            }
        return told

    # ---- failures, counted so that a restart gives none back -----------------------------------

    def blind(self, name: str) -> str:
        """A name for counting that tells nobody what was counted: 32 hex digits."""
        return self._names.tag(name.encode("utf-8"))[:16].hex()

    def demand_budget(self, name: str, limit: int) -> None:
        """Refuses: BudgetSpent when `name` has failed `limit` times within the window."""
        count, until_ms = self.journal.tallies.get(name, (0, 0))
        if count >= limit and self.clock.now_ms() < until_ms:
            raise BudgetSpent("too many failures; wait", reason=name)

    def count_failures(self, *names: str) -> None:
        """Count one failure more of each, durably; in memory even where that cannot be written."""
        now_ms = self.clock.now_ms()
        notes = []
        for name in names:
            count, until_ms = self.journal.tallies.get(name, (0, 0))
            if now_ms >= until_ms:
                count, until_ms = 0, now_ms + 1000 * self.policy.failures_window_s
            self.journal.tallies[name] = (count + 1, until_ms)
            notes.append((TALLY, (name, count + 1, until_ms)))
        self.journal.commit(notes=notes)

    def forget_failures(self, name: str) -> None:
        """After a success; costs nothing when nothing was counted."""
        if self.journal.tallies.get(name, (0, 0))[0]:
            self.journal.commit(notes=[(TALLY, (name, 0, 0))])

    def set_policy(self, policy: ModulePolicy, *, more: Mapping[str, object]) -> None:
        """Keep a policy; it holds from now on."""
        octets = msgspec.json.encode(policy)
        self.set(_POLICY, octets, act="policy", more={**more, "policy": policy.id})
        self.policy = policy

    # ---- inside --------------------------------------------------------------------------------

    def _kept_policy(self) -> ModulePolicy:
        kept = self.journal.settings.get(_POLICY)
        return ModulePolicy() if kept is None else read_module_policy(kept)

    def _take_out(self, handle: str, where: str) -> OpenKey:
        record, sealed = self._read(handle, where)
        if record.state is LifeState.DESTROYED:
            raise KeyUnusable("the key is destroyed", where=where, reason="state")
        try:
            octets = self.master.open(sealed, bound=record.header())
        except KeyRecordRefused:
            raise KeyUnusable("the key cannot be used", where=where, reason="record") from None
        key = OpenKey(record, octets)
        self._open[handle] = key
        if len(self._open) > KEYS_OPEN_MAX:
            self._open.popitem(last=False)
        return key

    def _read(self, handle: str, where: str) -> tuple[ManagedKey, bytes]:
        known = self.journal.known.get(KeyId(handle))
        stored = None if known is None else self.store.get(KeyId(handle))
        if known is None:
            raise KeyNotFound("no such key", where=where)
        if stored is None or record_digest(stored.header, stored.sealed) != known.digest:
            raise KeyUnusable("the key cannot be used", where=where, reason="record")
        return read_header(stored.header), stored.sealed

    def _meet(self, record: ManagedKey, where: str) -> None:
        if self.one_call.domain:
            text = "the key is of another domain"
            raise KeyUnusable(text, where=where, reason="domain")
        self.one_call.domain = record.domain

    def _demand_living(self, record: ManagedKey, action: KeyAction, where: str) -> None:
        if not state_allows(record.state, action):
            text = f"the key is {record.state}"
            raise KeyUnusable(text, where=where, reason="state")
        if record.active_from_ms is None and record.expires_ms is None:
            return
        now_ms = self.clock.now_ms()
        if record.active_from_ms is not None and now_ms < record.active_from_ms:
            raise KeyUnusable("the key is not yet active", where=where, reason="early")
        if record.expires_ms is not None and now_ms >= record.expires_ms and action in _PROTECTING:
            raise KeyUnusable("the key's cryptoperiod is over", where=where, reason="period")

    def _count(self, key: OpenKey, where: str) -> None:
        if key.left == 0:
            limit = key.record.uses_max or 0
            reserved = self.journal.uses.get(key.id, 0)
            more = min(USES_RESERVED, limit - reserved)
            if more <= 0:
                raise KeyUnusable("the key's operations are used up", where=where, reason="uses")
            self.journal.commit(notes=[(USES, (key.id, reserved + more))])
            key.left = more
        key.left -= 1
