"""Managed keys: create one, look at it, list them, move it on in its life, read what happened."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState, ManagedKey, demand_transition, new_key_id
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, Instant, Name, Text
from tallystick.crypto.payment.making import keep_new, symmetric_check_value
from tallystick.crypto.payment.refusals import CallMalformed, Conflict
from tallystick.ground.clock import DAY_MS

_Page = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class CreateKey(Call, tag="create-key"):
    """Create a symmetric key inside of the module. Refuses: CallMalformed for what does not go
    together, ApprovalMissing."""

    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability = Exportability.NOT_EXPORTABLE
    domain: Annotated[str, msgspec.Meta(pattern="^(test|production)$")] = "test"
    label: Text = ""
    active: bool = True
    expires_ms: Instant | None = None
    uses_max: Instant | None = None
    pinned: dict[Name, Text] = msgspec.field(default_factory=dict)


class DescribeKey(Call, tag="describe-key"):
    """What is known of one key."""

    key: Handle


class ListKeys(Call, tag="list-keys"):
    """Keys in order of handle, those above `after`."""

    after: Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{0,24}$")] = ""
    limit: _Page = 100


class ChangeState(Call, tag="change-state"):
    """Move a key on in its life. Refuses: Conflict for a state that does not follow.

    With `days` the change to destroyed is announced: the key is suspended, and destroyed that much
    later unless it is made active again.
    """

    key: Handle
    to: LifeState
    reason: Text = ""
    days: Annotated[int, msgspec.Meta(ge=0, le=180)] = 0


class ReadEvents(Call, tag="read-events"):
    """What was done to keys, oldest first, above the journal's entry `after`."""

    after: Instant = 0
    limit: _Page = 100


class KeyView(Answer, tag="key-view"):
    """A key as everybody may see it. Instants in ms; `public` is DER, empty without a key pair."""

    key: Handle
    revision: int
    usage: KeyUsage
    algorithm: KeyAlgorithm
    mode: KeyMode
    exportability: Exportability
    version: str
    kind: str
    state: LifeState
    domain: str
    label: str
    origin: str
    created_ms: int
    active_from_ms: int | None
    expires_ms: int | None
    destroy_at_ms: int | None
    uses_max: int | None
    uses_reserved: int
    check_value: str
    check_method: str
    under: str | None
    public: bytes
    pinned: dict[str, str]


class Keys(Answer, tag="keys"):
    """One page of keys; `more` says whether there are others after the last."""

    keys: list[KeyView]
    more: bool


class Events(Answer, tag="events"):
    """Pairs of the journal's sequence and the msgpack of what happened."""

    events: list[tuple[int, bytes]]


def create_key(bench: Bench, call: CreateKey) -> KeyView:
    try:
        attributes = KeyAttributes(
            usage=call.usage,
            algorithm=call.algorithm,
            mode=call.mode,
            exportability=call.exportability,
        )
    except KeyRefused as error:
        raise CallMalformed(str(error), where="usage") from None
    if not call.algorithm.is_symmetric:
        raise CallMalformed("not a symmetric algorithm", where="algorithm")
    octets = bench.random(call.algorithm.octets)
    value, method = symmetric_check_value(call.algorithm, octets)
    record = ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=attributes,
        kind="symmetric",
        state=LifeState.ACTIVE if call.active else LifeState.CREATED,
        domain=call.domain,
        label=call.label,
        origin="created",
        created_ms=bench.clock.now_ms(),
        expires_ms=call.expires_ms,
        uses_max=call.uses_max,
        check_value=value,
        check_method=method,
        pinned=call.pinned,
    )
    return view(bench, keep_new(bench, record, octets, act="create"))


def describe_key(bench: Bench, call: DescribeKey) -> KeyView:
    return view(bench, bench.record(call.key))


def list_keys(bench: Bench, call: ListKeys) -> Keys:
    stored = bench.store.keys(after=call.after, limit=call.limit + 1)
    shown = [view(bench, bench.record(one.id)) for one in stored[: call.limit]]
    return Keys(keys=shown, more=len(stored) > call.limit)


def change_state(bench: Bench, call: ChangeState) -> KeyView:
    record = bench.record(call.key)
    if call.to is LifeState.DESTROYED and call.days:
        return _announce(bench, record, call)
    demand_transition(record.state, call.to)
    octets = None if call.to is LifeState.DESTROYED else bench.material(record)
    changed = replace(record, state=call.to, destroy_at_ms=None)
    kept = bench.keep(changed, octets, act=f"state.{call.to}", more={"reason": call.reason})
    return view(bench, kept)


def read_events(bench: Bench, call: ReadEvents) -> Events:
    return Events(events=bench.journal.events(after=call.after, limit=call.limit))


def view(bench: Bench, record: ManagedKey) -> KeyView:
    """A record as an answer."""
    attributes = record.attributes
    return KeyView(
        key=record.id,
        revision=record.revision,
        usage=attributes.usage,
        algorithm=attributes.algorithm,
        mode=attributes.mode,
        exportability=attributes.exportability,
        version=attributes.version,
        kind=record.kind,
        state=record.state,
        domain=record.domain,
        label=record.label,
        origin=record.origin,
        created_ms=record.created_ms,
        active_from_ms=record.active_from_ms,
        expires_ms=record.expires_ms,
        destroy_at_ms=record.destroy_at_ms,
        uses_max=record.uses_max,
        uses_reserved=bench.journal.uses.get(record.id, 0),
        check_value=record.check_value,
        check_method=record.check_method,
        under=record.under,
        public=record.public,
        pinned=dict(record.pinned),
    )


def _announce(bench: Bench, record: ManagedKey, call: ChangeState) -> KeyView:
    if record.destroy_at_ms is not None or record.state is LifeState.DESTROYED:
        raise Conflict("the key is to be destroyed already", where="key")
    at_ms = bench.clock.now_ms() + call.days * DAY_MS
    waiting = replace(record, state=LifeState.SUSPENDED, destroy_at_ms=at_ms)
    octets = bench.material(record)
    kept = bench.keep(waiting, octets, act="destruction.announced", more={"reason": call.reason})
    return view(bench, kept)
