"""The module's frame: keys made, the gate, states, budgets, the error state, a database that lies."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.crypto.key_blocks import KeyAction, KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import AssuranceLevel, LifeState, SoftwareMasterKey, StoredKey
from tallystick.crypto.payment import (
    Bench,
    BudgetSpent,
    ChangeState,
    CreateKey,
    Denied,
    DescribeKey,
    Events,
    Keys,
    KeyUnusable,
    KeyView,
    ListKeys,
    LocalModule,
    ModulePolicy,
    ReadEvents,
)
from tallystick.ground.clock import DAY_MS, ManualClock
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore, local_bench, local_module

PIN_KEY: dict[str, Any] = {
    "usage": KeyUsage.PIN_ENCRYPTION,
    "algorithm": KeyAlgorithm.AES_128,
    "mode": KeyMode.BOTH,
}


def made(module: LocalModule, **more: Any) -> KeyView:
    (answer,) = module.perform([CreateKey(**{**PIN_KEY, **more})])
    assert isinstance(answer, KeyView), answer
    return answer


def used(bench: Bench, view: KeyView, action: KeyAction = KeyAction.ENCRYPT) -> bytes:
    return bench.key(view.key, usages={view.usage}, action=action).octets


def test_a_key_is_made_described_and_listed() -> None:
    bench = local_bench()
    module = LocalModule(bench)
    first, second = made(module, label="one"), made(module)
    answers = module.perform(
        [DescribeKey(key=first.key), ListKeys(limit=1), DescribeKey(key="a" * 24)]
    )
    assert answers[0] == first
    assert isinstance(answers[1], Keys)
    assert answers[1].more
    assert isinstance(answers[2], Denied)
    assert answers[2].code == "key.unknown"
    assert used(bench, first) != used(bench, second)
    assert len(first.check_value) == 6


def test_what_does_not_go_together_is_not_made() -> None:
    module = local_module()
    (answer,) = module.perform([CreateKey(**{**PIN_KEY, "mode": KeyMode.GENERATE})])
    assert isinstance(answer, Denied)
    assert (answer.code, answer.where) == ("call.malformed", "usage")


@pytest.mark.parametrize(
    ("usages", "action"),
    [
        ({KeyUsage.DATA_ENCRYPTION}, KeyAction.ENCRYPT),
        ({KeyUsage.PIN_ENCRYPTION}, KeyAction.DERIVE),
    ],
)
def test_a_key_has_one_purpose(usages: set[KeyUsage], action: KeyAction) -> None:
    bench = local_bench()
    view = made(LocalModule(bench))
    with pytest.raises(KeyUnusable):
        bench.key(view.key, usages=usages, action=action)


def test_states_are_obeyed_and_destroyed_is_for_good() -> None:
    bench = local_bench()
    module = LocalModule(bench)
    view = made(module)
    module.perform([ChangeState(key=view.key, to=LifeState.EXPIRED)])
    assert used(bench, view, KeyAction.DECRYPT)
    with pytest.raises(KeyUnusable):
        used(bench, view)
    module.perform([ChangeState(key=view.key, to=LifeState.DESTROYED)])
    with pytest.raises(KeyUnusable):
        used(bench, view, KeyAction.DECRYPT)
    (answer,) = module.perform([ChangeState(key=view.key, to=LifeState.ACTIVE)])
    assert isinstance(answer, Denied)
    assert bench.store.get(view.key).sealed == b""  # type: ignore[union-attr,arg-type]


def test_a_cryptoperiod_ends_by_time_and_by_count() -> None:
    clock = ManualClock()
    bench = local_bench(clock=clock, policy=ModulePolicy(cryptoperiod_days={"P0": 1}))
    module = LocalModule(bench)
    few, old = made(module, uses_max=3), made(module)
    for _ in range(3):
        used(bench, few)
    with pytest.raises(KeyUnusable):
        used(bench, few)
    used(bench, old)
    clock.advance(ms=DAY_MS)
    with pytest.raises(KeyUnusable):
        used(bench, old)
    assert used(bench, old, KeyAction.DECRYPT)


def test_a_restart_gives_no_operation_back() -> None:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(bytes(32)), count=None)
    bench = local_bench(store=store, master=master)
    view = made(LocalModule(bench), uses_max=5)
    used(bench, view)
    again = local_bench(store=store, master=master)
    with pytest.raises(KeyUnusable):
        used(again, view)


def test_failures_are_counted_over_a_restart_until_the_window_has_passed() -> None:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(bytes(32)), count=None)
    clock = ManualClock()
    bench = local_bench(store=store, master=master, clock=clock)
    name = bench.blind("4111111111111111")
    assert "4111" not in name
    for _ in range(3):
        bench.demand_budget(name, 3)
        bench.count_failures(name)
    again = local_bench(store=store, master=master, clock=clock)
    with pytest.raises(BudgetSpent):
        again.demand_budget(again.blind("4111111111111111"), 3)
    clock.advance(ms=DAY_MS)
    again.demand_budget(name, 3)


def test_an_announced_destruction_suspends_and_can_be_taken_back() -> None:
    bench = local_bench()
    module = LocalModule(bench)
    view = made(module)
    module.perform([ChangeState(key=view.key, to=LifeState.DESTROYED, days=7)])
    with pytest.raises(KeyUnusable):
        used(bench, view)
    (answer,) = module.perform([ChangeState(key=view.key, to=LifeState.ACTIVE)])
    assert isinstance(answer, KeyView)
    assert answer.destroy_at_ms is None
    assert used(bench, view)


@pytest.mark.parametrize("state", [LifeState.COMPROMISED, LifeState.EXPIRED])
def test_an_announced_destruction_is_no_way_back(state: LifeState) -> None:
    bench = local_bench()
    module = LocalModule(bench)
    view = made(module)
    for call in (
        ChangeState(key=view.key, to=state),
        ChangeState(key=view.key, to=LifeState.DESTROYED, days=7),
        ChangeState(key=view.key, to=LifeState.ACTIVE),
    ):
        (answer,) = module.perform([call])
    assert isinstance(answer, Denied)
    assert answer.code == "key.transition"
    assert bench.record(view.key).state is state
    with pytest.raises(KeyUnusable):
        used(bench, view)


def test_a_failure_that_cannot_be_written_counts_all_the_same() -> None:
    bench = local_bench()

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    bench.store.commit = full  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(OSError, match="no space"):
            bench.count_failures("pin")
    with pytest.raises(BudgetSpent):
        bench.demand_budget("pin", 3)


@pytest.mark.parametrize("kind", ["older", "swapped", "header", "sealed", "gone"])
def test_a_database_that_lies_is_found_out(kind: str) -> None:
    store, master = MemoryKeyStore(), SoftwareMasterKey(Secret(bytes(32)), count=None)
    bench = local_bench(store=store, master=master)
    module = LocalModule(bench)
    view, other = made(module), made(module)
    before = store.rows[view.key]
    module.perform([ChangeState(key=view.key, to=LifeState.SUSPENDED)])
    now = store.rows[view.key]
    changed = {
        "older": before,
        "swapped": StoredKey(now.id, now.header, store.rows[other.key].sealed),
        "header": StoredKey(now.id, now.header.replace(b"suspended", b"active"), now.sealed),
        "sealed": StoredKey(now.id, now.header, now.sealed[:-1] + bytes([now.sealed[-1] ^ 1])),
    }
    if kind == "gone":
        del store.rows[view.key]
    else:
        store.rows[view.key] = changed[kind]
    again = local_bench(store=store, master=master)
    with pytest.raises(KeyUnusable):
        used(again, view, KeyAction.DECRYPT)
    (answer,) = LocalModule(again).perform([DescribeKey(key=view.key)])
    assert isinstance(answer, Denied)


def test_what_is_done_to_keys_is_told() -> None:
    module = local_module()
    view = made(module)
    module.perform([ChangeState(key=view.key, to=LifeState.SUSPENDED, reason="holiday")])
    (answer,) = module.perform([ReadEvents()])
    assert isinstance(answer, Events)
    assert len(answer.events) == 2
    assert b"holiday" in answer.events[1][1]
    assert view.key.encode() in answer.events[0][1]


def test_a_level_that_is_too_low_does_nothing() -> None:
    module = local_module(policy=ModulePolicy(level_min={"keys": AssuranceLevel.S2}))
    (answer,) = module.perform([CreateKey(**PIN_KEY)])
    assert isinstance(answer, Denied)
    assert answer.code == "level.too_low"


def test_a_weak_key_is_not_made() -> None:
    module = local_module(policy=ModulePolicy(strength_bits_min=112))
    (answer,) = module.perform([CreateKey(**{**PIN_KEY, "algorithm": KeyAlgorithm.TDES_2KEY})])
    assert isinstance(answer, Denied)


def test_after_the_end_nothing_is_done() -> None:
    module = local_module()
    module.close()
    (answer,) = module.perform([CreateKey(**PIN_KEY)])
    assert isinstance(answer, Denied)
    assert answer.code == "module.error"
