"""What a payment module did is in the evidence, and a module that forgets is caught by it."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import (
    ModuleRolledBack,
    Platform,
    create_payment_home,
    module_policy,
    open_payment_module,
    open_platform,
    read_tallies,
    record_keys,
    record_keys_soon,
)
from tallystick.assembly.key_facts import KEY_JOURNALS
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import AssuranceLevel, SoftwareMasterKey
from tallystick.crypto.payment import CreateKey, Denied, KeyView
from tallystick.ground.facts import KEY_MANAGED, KEYS_STATED
from tallystick.ground.secret import Secret
from tallystick.prove.dossier import NONE
from tallystick.prove.dossier.payment_keys import weakest_statement
from tallystick.serve.api.edge import deliver_to
from tallystick.testing import (
    MemoryKeyStore,
    example_names,
    example_policy,
    local_bench,
    local_module,
)

CREATE = CreateKey(
    usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH, label="zone"
)


def test_events_and_the_state_of_keys_become_facts(tmp_path: Path) -> None:
    policy, home = example_policy(), tmp_path / "home"
    module = local_module()
    (made,) = module.perform([CREATE])
    assert isinstance(made, KeyView)
    with open_platform(policy, home=home, names=example_names()) as platform:
        assert record_keys(platform, module) == 1
        assert record_keys(platform, module) == 0
        module.perform([CREATE])
        assert record_keys(platform, module) == 1
    entries = read_tallies(home, after=0)
    facts = [fact for entry in entries for fact in entry.facts]
    events = [fact for fact in facts if fact.kind == KEY_MANAGED]
    assert [fact.detail["act"] for fact in events] == ["create", "create"]
    assert events[0].detail["key"] == made.key
    stated = [fact for fact in facts if fact.kind == KEYS_STATED]
    assert [fact.detail["keys"] for fact in stated] == [1, 1, 2]
    assert weakest_statement(entries, policy=policy.digest).level == "S0"
    assert weakest_statement([], policy=policy.digest).level == NONE


def test_a_module_that_was_put_back_is_caught_by_the_evidence(tmp_path: Path) -> None:
    master, store = Secret(bytes(32)), MemoryKeyStore()
    module = local_module(local_bench(store=store, master=SoftwareMasterKey(master, count=None)))
    module.perform([CREATE])
    rows, entries = dict(store.rows), list(store.entries)
    module.perform([CREATE])
    with open_platform(example_policy(), home=tmp_path / "home", names=example_names()) as platform:
        record_keys(platform, module)
        older = MemoryKeyStore()
        older.rows, older.entries = rows, entries
        back = SoftwareMasterKey(master, count=None)
        forgetful = local_module(local_bench(store=older, master=back))
        with pytest.raises(ModuleRolledBack):
            record_keys(platform, forgetful)


def test_a_whole_home_of_keys_put_back_is_caught_too(tmp_path: Path) -> None:
    passphrase, keys = Secret(b"correct horse battery"), tmp_path / "keys"
    create_payment_home(keys, passphrase)
    with open_payment_module(keys, passphrase) as module:
        module.perform([CREATE])
    shutil.copytree(keys, tmp_path / "older")
    with open_platform(example_policy(), home=tmp_path / "home", names=example_names()) as platform:
        with open_payment_module(keys, passphrase) as module:
            module.perform([CREATE])
            record_keys(platform, module)
        with (
            open_payment_module(tmp_path / "older", passphrase) as module,
            pytest.raises(ModuleRolledBack),
        ):
            record_keys(platform, module)


def test_the_policy_demands_of_the_module_what_its_controls_set() -> None:
    policy = example_policy()
    policy = replace(
        policy, parameters={**policy.parameters, "keys.level_min": 1, "keys.quorum": 3}
    )
    made = module_policy(policy)
    assert set(made.quorum.values()) == {3}
    assert made.id == policy.digest
    assert made.pin_failures_max == policy.parameters["pin.tries_max"]
    assert set(made.level_min.values()) == {AssuranceLevel.S1}
    (answer,) = local_module(policy=made).perform([CREATE])  # S0: in this process
    assert isinstance(answer, Denied)
    assert answer.code == "level.too_low"


def test_a_service_that_is_open_goes_on_recording(tmp_path: Path) -> None:
    module = local_module()

    async def serve(platform: Platform) -> None:
        platform.deliver_with(deliver_to(asyncio.get_running_loop()))
        for _ in range(2):
            module.perform([CREATE])
            await record_keys_soon(platform, module)
            await record_keys_soon(platform, module)
            assert platform.record(KEY_JOURNALS, module.state().master) == module.state().sequence
        module.perform([CREATE])
        given_up = asyncio.create_task(record_keys_soon(platform, module))
        await asyncio.sleep(0)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        await record_keys_soon(platform, module)

    with open_platform(example_policy(), home=tmp_path / "home", names=example_names()) as platform:
        asyncio.run(asyncio.wait_for(serve(platform), 20))
    kinds = [
        fact.kind for entry in read_tallies(tmp_path / "home", after=0) for fact in entry.facts
    ]
    assert kinds.count(KEY_MANAGED) >= 3
