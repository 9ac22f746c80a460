"""Managed keys: create one, look at it, list them, move it on in its life, read what happened."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
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
from tallystick.crypto.keys import NEXT, LifeState, ManagedKey, demand_transition, new_key_id
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.approving import ManagementCall, demand_approved
from tallystick.crypto.payment.bench import IN_TOKEN, Bench
from tallystick.crypto.payment.calls import Answer, Call, Handle, Instant, Name, Text
from tallystick.crypto.payment.making import keep_new, symmetric_check_value
from tallystick.crypto.payment.refusals import (
    CallMalformed,
    Conflict,
    KeyNotFound,
    KeyUnusable,
    NotOffered,
)
from tallystick.crypto.payment.token_records import destroy_inside
from tallystick.ground.clock import DAY_MS

_PAGE = 500
_ACTS = {LifeState.SUSPENDED: "suspend", LifeState.COMPROMISED: "compromise"}
_Page = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class CreateKey(ManagementCall, tag="create-key", kw_only=True):
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


class ChangeState(ManagementCall, tag="change-state", kw_only=True):
    """Move a key on in its life. Refuses: TransitionRefused, ApprovalMissing.

    A key that is compromised takes with it whatever was wrapped, derived or agreed under it.

    With `days` the change to destroyed is announced: an active key is suspended, and destroyed that
    much later unless it is made active again; any other stays what it is until then.
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
    by = demand_approved(bench, call, act="create", domain=call.domain)
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
    return view(bench, keep_new(bench, record, octets, act="create", more=by))


def describe_key(bench: Bench, call: DescribeKey) -> KeyView:
    return view(bench, bench.record(call.key))


def list_keys(bench: Bench, call: ListKeys) -> Keys:
    stored = bench.store.keys(after=call.after, limit=call.limit + 1)
    shown = [view(bench, bench.record(one.id)) for one in stored[: call.limit]]
    return Keys(keys=shown, more=len(stored) > call.limit)


def change_state(bench: Bench, call: ChangeState) -> KeyView:
    destroy_due(bench)
    record = bench.record(call.key)
    announced = call.to is LifeState.DESTROYED and call.days > 0
    if not announced:
        demand_transition(record.state, call.to)
    by = demand_approved(bench, call, act=_ACTS.get(call.to, "state"), domain=record.domain)
    more = {**by, "reason": call.reason}
    if announced:
        return _announce(bench, record, call.days, more)
    kept = _move(bench, record, call.to, more)
    if call.to is LifeState.COMPROMISED:
        _cascade(bench, kept)
    return view(bench, kept)


def destroy_due(bench: Bench) -> None:
    """Destroy the keys whose announced destruction is due."""
    now_ms = bench.clock.now_ms()
    for record in every_record(bench):
        if record.destroy_at_ms is not None and record.destroy_at_ms <= now_ms:
            with contextlib.suppress(NotOffered):  # its token is not the master key's any more
                _move(bench, record, LifeState.DESTROYED, {"reason": "as announced"})


def every_record(bench: Bench) -> Iterator[ManagedKey]:
    """The records of all keys, in order of handle; those that were altered are left out."""
    after = ""
    while page := bench.store.keys(after=after, limit=_PAGE):
        for stored in page:
            with contextlib.suppress(KeyNotFound, KeyUnusable):
                yield bench.record(stored.id)
        after = page[-1].id


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


def _move(
    bench: Bench, record: ManagedKey, to: LifeState, more: Mapping[str, object]
) -> ManagedKey:
    octets = None if to is LifeState.DESTROYED else bench.material(record)
    if octets is None and record.kind == IN_TOKEN:
        destroy_inside(bench, record)
    changed = replace(record, state=to, destroy_at_ms=None)
    return bench.keep(changed, octets, act=f"state.{to}", more=more)


def _cascade(bench: Bench, top: ManagedKey) -> None:
    """What was wrapped, derived or agreed under a compromised key is compromised too."""
    fallen, grown = {top.id}, True
    while grown:
        below = [
            record
            for record in every_record(bench)
            if record.under in fallen and record.id not in fallen
        ]
        grown = bool(below)
        for record in below:
            fallen.add(record.id)
            if LifeState.COMPROMISED in NEXT[record.state]:
                why = {"reason": f"under the compromised key {record.under}"}
                _move(bench, record, LifeState.COMPROMISED, why)


def _announce(bench: Bench, record: ManagedKey, days: int, more: Mapping[str, object]) -> KeyView:
    if record.destroy_at_ms is not None or record.state is LifeState.DESTROYED:
        raise Conflict("the key is to be destroyed already", where="key")
    at_ms = bench.clock.now_ms() + days * DAY_MS
    was_active = record.state is LifeState.ACTIVE
    state = LifeState.SUSPENDED if was_active else record.state  # no way back from compromised
    waiting = replace(record, state=state, destroy_at_ms=at_ms)
    octets = bench.material(record)
    kept = bench.keep(waiting, octets, act="destruction.announced", more=more)
    return view(bench, kept)
