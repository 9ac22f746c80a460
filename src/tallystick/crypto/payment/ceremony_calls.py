"""Ceremonies inside the module: parts of a key come in one by one, each from its own custodian.

Between two parts the module keeps what it has sealed under its master key, so a ceremony may take
days and outlives a restart. Nobody sees a part again, and no key is there before the last one came.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from tallystick.crypto.keys import (
    CeremonyRefused,
    CeremonyStep,
    Custodian,
    KeyComponent,
    KeyShare,
    LifeState,
    ManagedKey,
    Script,
    demand_script,
    demand_step,
    join_components,
    join_key_shares,
    new_key_id,
    script_digest,
)
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.approving import QUORUM, custodians
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.calls import Answer, Call
from tallystick.crypto.payment.making import keep_new, symmetric_check_value
from tallystick.crypto.payment.refusals import CallMalformed, Conflict, NotVerified

_Id = Annotated[str, msgspec.Meta(pattern="^[a-z2-7]{24}$")]


class OpenCeremony(Call, tag="open-ceremony"):
    """Open a ceremony; `step` is number 0, signed by the officer of the script."""

    script: Script
    step: CeremonyStep


class GivePart(Call, tag="give-part"):
    """Give one part of the key; `step` is signed by the custodian and names the part's check value.

    `number` and `threshold` are those of a share, and 0 for a component.
    """

    ceremony: _Id
    step: CeremonyStep
    octets: Annotated[bytes, msgspec.Meta(min_length=8, max_length=64)]
    number: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0
    threshold: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0


class ReadCeremony(Call, tag="read-ceremony"):
    """How far a ceremony is."""

    ceremony: _Id


class AbandonCeremony(Call, tag="abandon-ceremony"):
    """Forget the parts of a ceremony that will not be finished."""

    ceremony: _Id


class CeremonyView(Answer, tag="ceremony-view"):
    """The steps so far. `key` is the handle of the key once the last part came, else empty."""

    ceremony: _Id
    steps: list[CeremonyStep]
    key: str
    check_value: str


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    octets: bytes
    check_value: str
    number: int
    threshold: int

    def __repr__(self) -> str:
        return "_Part(hidden)"


class _Kept(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    script: Script
    steps: list[CeremonyStep]
    parts: list[_Part]
    key: str = ""
    check_value: str = ""


def open_ceremony(bench: Bench, call: OpenCeremony) -> CeremonyView:
    people = {one.name: one for one in custodians(bench)}
    try:
        demand_script(call.script, people)
        _demand_enough(bench, call.script)
        if call.step.did != "opened" or call.step.who != call.script.officer:
            raise CeremonyRefused("the officer of the script opens it")
        told = script_digest(call.script, module=bench.master.fingerprint)
        demand_step(call.step, previous=told, number=0, person=people[call.step.who])
    except CeremonyRefused as refusal:
        raise CallMalformed(str(refusal), where="script") from None
    name = str(new_key_id(bench.random(24)))
    kept = _Kept(script=call.script, steps=[call.step], parts=[])
    _keep(bench, name, kept, act="ceremony.opened", who=call.step.who)
    return _view(name, kept)


def give_part(bench: Bench, call: GivePart) -> CeremonyView:
    kept = _find(bench, call.ceremony)
    script, step = kept.script, call.step
    if kept.key:
        raise Conflict("the key of this ceremony is made", where="ceremony")
    if step.did != "gave" or step.who not in script.custodians:
        raise CallMalformed("a custodian of the script gives a part", where="step")
    if step.who in {one.who for one in kept.steps[1:]}:
        raise Conflict("this custodian gave a part already", where="step")
    _demand_step(bench, kept, step)
    part = _Part(
        octets=call.octets,
        check_value=step.check_value,
        number=call.number,
        threshold=call.threshold,
    )
    _demand_part(script, part)
    kept.steps.append(step)
    kept.parts.append(part)
    if len(kept.parts) == len(script.custodians):
        _make(bench, call.ceremony, kept)
    else:
        _keep(bench, call.ceremony, kept, act="ceremony.part", who=step.who)
    return _view(call.ceremony, kept)


def read_ceremony(bench: Bench, call: ReadCeremony) -> CeremonyView:
    return _view(call.ceremony, _find(bench, call.ceremony))


def abandon_ceremony(bench: Bench, call: AbandonCeremony) -> CeremonyView:
    kept = _find(bench, call.ceremony)
    if kept.key:
        raise Conflict("the key of this ceremony is made", where="ceremony")
    bench.set(_name(call.ceremony), b"", act="ceremony.abandoned", more={"ceremony": call.ceremony})
    kept.parts = []
    return _view(call.ceremony, kept)


def _make(bench: Bench, name: str, kept: _Kept) -> None:
    """Put the parts together; wrong parts end the ceremony, because somebody's is not theirs."""
    script = kept.script
    try:
        octets = _join(script, kept.parts)
    except KeyRefused as refusal:
        more = {"ceremony": name, "why": str(refusal)}
        bench.set(_name(name), b"", act="ceremony.failed", more=more)
        raise NotVerified("parts", reason=str(refusal)) from None
    value, method = symmetric_check_value(script.algorithm, octets)
    record = ManagedKey(
        id=new_key_id(bench.random(24)),
        revision=1,
        attributes=script.attributes(),
        kind="symmetric",
        state=LifeState.ACTIVE,
        domain=script.domain,
        label=script.label,
        origin=script.method,
        created_ms=bench.clock.now_ms(),
        check_value=value,
        check_method=method,
    )
    by = {"ceremony": name, "custodians": script.custodians, "officer": script.officer}
    record = keep_new(bench, record, octets, act="ceremony.made", more=by)
    kept.parts, kept.key, kept.check_value = [], record.id, value
    _keep(bench, name, kept, act="ceremony.finished", who=kept.steps[-1].who)


def _join(script: Script, parts: list[_Part]) -> bytes:
    if script.method == "components":
        components = [
            KeyComponent(octets=part.octets, check_value=part.check_value) for part in parts
        ]
        return join_components(components, script.algorithm, check_value=script.check_value or None)
    shares = [
        KeyShare(
            number=part.number,
            threshold=part.threshold,
            octets=part.octets,
            check_value=part.check_value,
        )
        for part in parts
    ]
    return join_key_shares(shares, script.algorithm, check_value=script.check_value)


def _demand_part(script: Script, part: _Part) -> None:
    if len(part.octets) != script.algorithm.octets:
        text = f"a part of this key has {script.algorithm.octets} octets"
        raise CallMalformed(text, where="octets")
    if symmetric_check_value(script.algorithm, part.octets)[0] != part.check_value:
        raise CallMalformed("the part has another check value", where="octets")
    if script.method == "shares" and not script.check_value:
        raise CallMalformed("shares need the check value of the key", where="script")


def _demand_step(bench: Bench, kept: _Kept, step: CeremonyStep) -> None:
    people: dict[str, Custodian] = {one.name: one for one in custodians(bench)}
    if step.who not in people:
        raise CallMalformed(f"{step.who} is no custodian of this module", where="step")
    last = kept.steps[-1]
    try:
        demand_step(step, previous=last.digest(), number=len(kept.steps), person=people[step.who])
    except CeremonyRefused as refusal:
        raise CallMalformed(str(refusal), where="step") from None


def _demand_enough(bench: Bench, script: Script) -> None:
    quorum = bench.policy.quorum.get("create", QUORUM)
    if script.domain == "production" and len(script.custodians) < quorum:
        raise CeremonyRefused(f"the policy wants {quorum} custodians for a production key")


def _keep(bench: Bench, name: str, kept: _Kept, *, act: str, who: str) -> None:
    sealed = bench.master.seal(msgspec.msgpack.encode(kept), bound=_name(name).encode("ascii"))
    bench.set(_name(name), sealed, act=act, more={"ceremony": name, "who": who})


def _find(bench: Bench, name: str) -> _Kept:
    sealed = bench.journal.settings.get(_name(name))
    if not sealed:
        raise CallMalformed("no such ceremony", where="ceremony")
    octets = bench.master.open(sealed, bound=_name(name).encode("ascii"))
    return msgspec.msgpack.decode(octets, type=_Kept)


def _name(ceremony: str) -> str:
    return f"ceremony:{ceremony}"


def _view(name: str, kept: _Kept) -> CeremonyView:
    return CeremonyView(ceremony=name, steps=kept.steps, key=kept.key, check_value=kept.check_value)
