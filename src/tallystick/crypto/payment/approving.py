"""Dual control: calls that manage keys carry the signatures of those who want them done."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from tallystick.crypto.keys import (
    APPROVAL_MS,
    TALLY,
    Approval,
    ApprovalRefused,
    Custodian,
    demand_approvals,
    demand_people,
)
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call, Text
from tallystick.crypto.payment.policy import ModulePolicy
from tallystick.crypto.payment.refusals import ApprovalMissing, CallMalformed
from tallystick.ground.canonical import canonical_json

QUORUM = 2
"""Custodians who approve, besides whoever asks, where the policy does not say another number."""
FREELY = frozenset({"suspend", "compromise"})
"""Acts that make a key do less: they wait for nobody."""
_PEOPLE = "custodians"


class ManagementCall(Call):
    """A call that makes, moves or ends keys. For keys of the test domain all of this is left out.

    `request` is a word drawn anew for each request (16 to 64 characters): it is done once.
    """

    requested_by: Annotated[str, msgspec.Meta(max_length=32)] = ""
    request: Annotated[str, msgspec.Meta(pattern="^([A-Za-z0-9_-]{16,64})?$")] = ""
    approvals: Annotated[list[Approval], msgspec.Meta(max_length=16)] = msgspec.field(
        default_factory=list
    )


class SetCustodians(ManagementCall, tag="set-custodians", kw_only=True):
    """Say who the officers, custodians and auditors of this module are.

    The first time it needs no approval: the ceremony that sets a module up is where people look
    at one another. From then on the custodians of before approve their successors.
    """

    people: Annotated[list[Custodian], msgspec.Meta(min_length=1, max_length=64)]


class SetPolicy(ManagementCall, tag="set-policy", kw_only=True):
    """Say what the security policy demands of this module; custodians approve it if any are.

    Before there are any, no policy may give their approval up: it would hold for ever after.
    """

    policy: ModulePolicy


class ReadPolicy(Call, tag="read-policy"):
    """What it demands now."""


class PolicyView(Answer, tag="policy-view"):
    """What the security policy demands of this module."""

    policy: ModulePolicy


class ReadCustodians(Call, tag="read-custodians"):
    """Who they are."""


class Custodians(Answer, tag="custodians"):
    """The people in order of name, and the fingerprint that statements bind to."""

    people: list[Custodian]
    module: Text


def statement(call: ManagementCall, *, module: str) -> bytes:
    """What people sign of a call: all of it but the signatures, for one module only."""
    plain: dict[str, Any] = msgspec.to_builtins(call)
    del plain["approvals"]
    return canonical_json({"call": plain, "module": module})


def demand_approved(bench: Bench, call: ManagementCall, *, act: str, domain: str) -> dict[str, Any]:
    """Return who is behind a call, for its event. Refuses: ApprovalMissing.

    Keys of the test domain need nobody. A request that was approved is spent, whatever comes of it.
    """
    if domain == "test":
        return {}
    quorum = 0 if act in FREELY else bench.policy.quorum.get(act, QUORUM)
    if quorum == 0 and not call.approvals:
        return {}
    if not call.request:
        raise ApprovalMissing(
            "what takes approvals is asked for in a request (--to FILE)", where="request"
        )
    people = {one.name: one for one in custodians(bench)}
    told = statement(call, module=bench.master.fingerprint)
    now_ms = bench.clock.now_ms()
    try:
        approved = demand_approvals(
            told,
            call.approvals,
            requested_by=call.requested_by,
            people=people,
            quorum=quorum,
            now_ms=now_ms,
        )
    except ApprovalRefused as refusal:
        raise ApprovalMissing(str(refusal), where="approvals") from None
    _spend(bench, call.request, now_ms)
    return {
        "requested_by": approved.requested_by,
        "approved_by": list(approved.approved_by),
        "request": call.request,
    }


def custodians(bench: Bench) -> list[Custodian]:
    """The people whose signatures count; nobody at first."""
    found = bench.journal.settings.get(_PEOPLE)
    return [] if found is None else msgspec.msgpack.decode(found, type=list[Custodian])


def set_custodians(bench: Bench, call: SetCustodians) -> Custodians:
    try:
        demand_people(call.people)
    except ApprovalRefused as refusal:
        raise CallMalformed(str(refusal), where="people") from None
    first = not custodians(bench)
    by = {} if first else demand_approved(bench, call, act="setting", domain="production")
    people = sorted(call.people, key=lambda one: one.name)
    told = {one.name: f"{one.role} {one.public.hex()}" for one in people}
    bench.set(_PEOPLE, msgspec.msgpack.encode(people), act="custodians", more={**by, **told})
    return read_custodians(bench, ReadCustodians())


def set_policy(bench: Bench, call: SetPolicy) -> PolicyView:
    first = not custodians(bench)
    if first and 0 in call.policy.quorum.values():
        raise CallMalformed("nobody is there yet who could give approval up", where="policy")
    by = {} if first else demand_approved(bench, call, act="setting", domain="production")
    bench.set_policy(call.policy, more=by)
    return PolicyView(policy=bench.policy)


def read_policy(bench: Bench, call: ReadPolicy) -> PolicyView:
    return PolicyView(policy=bench.policy)


def read_custodians(bench: Bench, call: ReadCustodians) -> Custodians:
    return Custodians(people=custodians(bench), module=bench.master.fingerprint)


def _spend(bench: Bench, request: str, now_ms: int) -> None:
    name = f"request:{request}"
    count, until_ms = bench.journal.tallies.get(name, (0, 0))
    if count and now_ms < until_ms:
        raise ApprovalMissing("this request was made before", where="request")
    bench.journal.commit(notes=[(TALLY, (name, 1, now_ms + 2 * APPROVAL_MS))])
