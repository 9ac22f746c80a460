"""Dual control: every way of asking alone, twice, late, or for something else is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import (
    APPROVAL_MS,
    Approval,
    Custodian,
    LifeState,
    SoftwareMasterKey,
    approval_octets,
)
from tallystick.crypto.mechanisms import SigningKey
from tallystick.crypto.payment import (
    ChangeState,
    CreateKey,
    Custodians,
    Denied,
    KeyView,
    LocalModule,
    ManagementCall,
    ModulePolicy,
    ReadEvents,
    SetCustodians,
    SetPolicy,
    statement,
)
from tallystick.ground.clock import ManualClock
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore, local_bench

KEYS = {name: SigningKey.from_secret(Secret(bytes([n]) * 32)) for n, name in
        enumerate(["amina", "brian", "carol", "dan", "audra", "mallory"])}  # fmt: skip
PEOPLE = [
    Custodian(name="amina", role="officer", public=KEYS["amina"].public),
    Custodian(name="brian", role="custodian", public=KEYS["brian"].public),
    Custodian(name="carol", role="custodian", public=KEYS["carol"].public),
    Custodian(name="dan", role="custodian", public=KEYS["dan"].public),
    Custodian(name="audra", role="auditor", public=KEYS["audra"].public),
]
CREATE: dict[str, Any] = {
    "usage": KeyUsage.PIN_ENCRYPTION, "algorithm": KeyAlgorithm.AES_128, "mode": KeyMode.BOTH,
    "domain": "production", "requested_by": "amina", "request": "request-number-0001",
}  # fmt: skip


def opened(**policy: Any) -> tuple[LocalModule, ManualClock]:
    clock = ManualClock()
    bench = local_bench(clock=clock, policy=ModulePolicy(**policy))
    module = LocalModule(bench)
    (answer,) = module.perform([SetCustodians(people=PEOPLE)])
    assert isinstance(answer, Custodians)
    return module, clock


def signed(
    module: LocalModule,
    call: ManagementCall,
    names: Sequence[str],
    *,
    at_ms: int,
    signers: Sequence[str] = (),
) -> ManagementCall:
    told = statement(call, module=module.state().master)
    call.approvals = [
        Approval(
            name=name,
            at_ms=at_ms,
            signature=KEYS[signer].sign(approval_octets(told, name=name, at_ms=at_ms)),
        )
        for name, signer in zip(names, signers or names, strict=True)
    ]
    return call


def asked(module: LocalModule, call: ManagementCall) -> Any:
    (answer,) = module.perform([call])
    return answer


def test_two_custodians_approve_and_the_event_names_them() -> None:
    module, clock = opened()
    call = signed(module, CreateKey(**CREATE), ["amina", "brian", "carol"], at_ms=clock.now_ms())
    assert isinstance(asked(module, call), KeyView)
    (events,) = module.perform([ReadEvents()])
    assert b"brian" in events.events[-1][1]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "signers"),
    [
        ([], []),
        (["amina"], []),
        (["amina", "brian"], []),
        (["brian", "carol"], []),  # the requester has not signed
        (["amina", "brian", "brian"], []),
        (["amina", "brian", "audra"], []),  # an auditor approves nothing
        (["amina", "brian", "mallory"], []),
        (["amina", "brian", "carol"], ["amina", "brian", "brian"]),  # one person signs for two
        (["amina", "brian", "carol"], ["amina", "brian", "mallory"]),
    ],
)
def test_too_few_or_the_wrong_people(names: list[str], signers: list[str]) -> None:
    module, clock = opened()
    call = signed(module, CreateKey(**CREATE), names, at_ms=clock.now_ms(), signers=signers)
    answer = asked(module, call)
    assert isinstance(answer, Denied)
    assert answer.code == "approval.missing"


def test_nobody_approves_their_own_request() -> None:
    module, clock = opened()
    own = CreateKey(**{**CREATE, "requested_by": "brian"})
    answer = asked(module, signed(module, own, ["brian", "carol"], at_ms=clock.now_ms()))
    assert isinstance(answer, Denied)
    more = CreateKey(**{**CREATE, "requested_by": "brian"})
    more = signed(module, more, ["brian", "carol", "dan"], at_ms=clock.now_ms())
    assert isinstance(asked(module, more), KeyView)


@pytest.mark.parametrize("hours", [-25, 1])
def test_old_and_early_signatures(hours: int) -> None:
    module, clock = opened()
    at_ms = clock.now_ms() + hours * 3_600_000
    call = signed(module, CreateKey(**CREATE), ["amina", "brian", "carol"], at_ms=at_ms)
    assert isinstance(asked(module, call), Denied)


def test_a_request_is_done_once_and_as_it_was_signed() -> None:
    module, clock = opened()
    call = signed(module, CreateKey(**CREATE), ["amina", "brian", "carol"], at_ms=clock.now_ms())
    altered = CreateKey(**{**CREATE, "algorithm": KeyAlgorithm.AES_256})
    altered.approvals = call.approvals
    assert isinstance(asked(module, altered), Denied)
    assert isinstance(asked(module, call), KeyView)
    assert isinstance(asked(module, call), Denied)
    clock.advance(ms=APPROVAL_MS)
    assert isinstance(asked(module, call), Denied)


def test_signatures_are_for_one_module() -> None:
    module, clock = opened()
    other, _ = opened()
    call = signed(other, CreateKey(**CREATE), ["amina", "brian", "carol"], at_ms=clock.now_ms())
    assert isinstance(asked(module, call), Denied)


def test_successors_are_approved_by_those_before_them() -> None:
    module, clock = opened()
    new = SetCustodians(people=PEOPLE[:3], requested_by="amina", request="request-number-0002")
    assert isinstance(asked(module, new), Denied)
    new = signed(module, new, ["amina", "brian", "dan"], at_ms=clock.now_ms())
    assert isinstance(asked(module, new), Custodians)
    call = signed(module, CreateKey(**CREATE), ["amina", "brian", "dan"], at_ms=clock.now_ms())
    assert isinstance(asked(module, call), Denied)


def test_one_person_is_not_entered_twice() -> None:
    bench = local_bench()
    twice = [PEOPLE[1], Custodian(name="shadow", role="custodian", public=PEOPLE[1].public)]
    assert isinstance(asked(LocalModule(bench), SetCustodians(people=twice)), Denied)


def test_doing_less_waits_for_nobody_and_compromise_goes_down() -> None:
    bench = local_bench(clock=ManualClock())
    module = LocalModule(bench)
    asked(module, SetCustodians(people=PEOPLE))
    clock_ms = bench.clock.now_ms()
    made = []
    for number in range(3):
        call = CreateKey(**{**CREATE, "request": f"request-number-000{number}"})
        made.append(asked(module, signed(module, call, ["amina", "brian", "dan"], at_ms=clock_ms)))
    top, below, far = made
    for child, parent in ((below, top), (far, below)):
        record = bench.record(child.key)
        bench.keep(replace(record, under=parent.key), bench.material(record), act="test")
    asked(module, ChangeState(key=top.key, to=LifeState.COMPROMISED, reason="seen"))
    assert {bench.record(one.key).state for one in made} == {LifeState.COMPROMISED}
    back = ChangeState(key=below.key, to=LifeState.ACTIVE)
    assert isinstance(asked(module, back), Denied)


def test_keys_of_the_test_domain_need_nobody() -> None:
    module, _ = opened()
    assert isinstance(asked(module, CreateKey(**{**CREATE, "domain": "test"})), KeyView)


def test_people_outlive_a_restart() -> None:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(bytes(32)), count=None)
    asked(LocalModule(local_bench(store=store, master=master)), SetCustodians(people=PEOPLE))
    again = LocalModule(local_bench(store=store, master=master))
    assert isinstance(asked(again, CreateKey(**CREATE)), Denied)
    assert isinstance(asked(again, SetCustodians(people=PEOPLE[:1])), Denied)


def test_no_policy_gives_approval_up_before_there_are_custodians() -> None:
    module = LocalModule(local_bench())
    for quorum in ({"export": 0}, {"setting": 0}):
        answer = asked(module, SetPolicy(policy=ModulePolicy(quorum=quorum)))
        assert isinstance(answer, Denied)
        assert answer.code == "call.malformed"
    assert not isinstance(
        asked(module, SetPolicy(policy=ModulePolicy(quorum={"export": 1}))), Denied
    )
