"""Opening a home: whose it is, who may look into it, and what is left when opening fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import check_home, open_platform, record_audit
from tallystick.crypto.mechanisms import MechanismRefused
from tallystick.crypto.modules import ModuleUnavailable, SoftwareModule
from tallystick.decide.policy import SecurityPolicy, policy_from_plain
from tallystick.ground.clock import ManualClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.testing import example_names, example_policy, sealed_again
from tests.stage import Person, SharedModule, Stage, _keys, pay

OPENING = {"names": example_names(), "clock": ManualClock()}


def opened(home: Path, policy: SecurityPolicy | None = None, **changes: object) -> None:
    """Open a home and close it again."""
    module = changes.pop("module", None) or SharedModule(_keys())
    given = {**OPENING, "module": module, **changes}
    open_platform(policy or example_policy(), home=home, **given).close()  # type: ignore[arg-type]


def test_a_fresh_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    opened(home)
    assert home.stat().st_mode & 0o777 == 0o700
    kept = {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()}
    assert set(kept.values()) == {0o600}, kept
    assert {"activation.txt", "books.sqlite", "policy.json", "trust.txt"} <= set(kept)


def test_the_policy_in_force_is_kept(tmp_path: Path) -> None:
    opened(tmp_path / "home")
    kept = json.loads((tmp_path / "home" / "policy.json").read_bytes())
    assert policy_from_plain(kept) == example_policy()


def test_a_home_that_others_can_look_into_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    with pytest.raises(Misconfigured, match="others"):
        opened(home)
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured):
        opened(tmp_path / "file")


def test_staff_are_offered_devices_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    opened(home)
    first = (home / "activation.txt").read_text()
    assert [line.split()[0] for line in first.splitlines()] == [
        "treasury",
        "backoffice",
        "laboratory",
    ]
    opened(home)
    assert (home / "activation.txt").read_text() == first


def test_codes_are_written_before_they_are_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power that fails in between leaves codes that nobody knows in neither place."""
    home = tmp_path / "home"
    module = SharedModule(_keys())
    module.lose("sign")
    with pytest.raises(ModuleUnavailable):
        opened(home, module=module)
    assert (home / "activation.txt").exists()
    opened(home)
    with Stage(home) as stage:
        stage.staff("treasury")


@pytest.mark.parametrize(
    "other",
    [
        sealed_again(replace(example_policy(), service_id="another-wallet")),
        sealed_again(replace(example_policy(), currency="UGX")),
    ],
    ids=["service", "currency"],
)
def test_a_home_of_another_service_is_refused(tmp_path: Path, other: SecurityPolicy) -> None:
    home = tmp_path / "home"
    opened(home)
    before = (home / "policy.json").read_bytes(), (home / "trust.txt").read_bytes()
    with pytest.raises(Misconfigured):
        opened(home, other)
    assert ((home / "policy.json").read_bytes(), (home / "trust.txt").read_bytes()) == before
    opened(home)


def test_a_home_whose_keys_are_gone_is_refused(tmp_path: Path) -> None:
    """With other keys nobody's PIN is right and no receipt leads to the pinned key."""
    home = tmp_path / "home"
    opened(home)
    trust = (home / "trust.txt").read_bytes()
    with pytest.raises(Misconfigured, match="keys are gone"):
        opened(home, module=SoftwareModule.generate())
    assert (home / "trust.txt").read_bytes() == trust
    assert check_home(home) == []


def test_a_changed_policy_of_the_same_service_is_taken(tmp_path: Path) -> None:
    home = tmp_path / "home"
    opened(home)
    stricter = example_policy(parameters={"pin.tries_max": 2})
    opened(home, stricter)
    kept = json.loads((home / "policy.json").read_bytes())
    assert kept["digest"] == stricter.digest


def test_a_policy_that_screens_needs_a_list(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="screens"):
        opened(tmp_path / "home", names=None)
    opened(tmp_path / "home")


def test_a_home_that_could_not_be_opened_is_free_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    opened(home)
    for _ in range(2):
        module = SharedModule(_keys())
        module.lose("sign")
        with pytest.raises(ModuleUnavailable):
            opened(home, module=module)
    opened(home)


def test_one_platform_at_a_time(stage: Stage) -> None:
    with pytest.raises(Misconfigured, match="another process"):
        opened(stage.home)


def test_the_module_of_its_own_process_keeps_its_keys(tmp_path: Path) -> None:
    """The one test of this room that starts the process, makes a key file and opens it again."""
    given = {"home": tmp_path / "home", "passphrase": Secret(b"battery staple"), **OPENING}
    with open_platform(example_policy(), **given) as first:  # type: ignore[arg-type]
        anchor = first.trust_anchor()
    with open_platform(example_policy(), **given) as second:  # type: ignore[arg-type]
        assert second.trust_anchor() == anchor
        assert check_home(tmp_path / "home") == []
    with pytest.raises(Misconfigured):
        open_platform(example_policy(), **given | {"passphrase": Secret(b"wrong")})  # type: ignore[arg-type]


# ---- what a platform says of itself -------------------------------------------------------------


def test_everything_is_there_after_a_restart(stage: Stage, alice: Person, bob: Person) -> None:
    pay(alice, bob, 60_000)
    states = {"alice": alice.handset.state(), "bob": bob.handset.state()}
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        again.states = states
        one, other = (
            Person(again.restored(name), person.name)
            for name, person in (("alice", alice), ("bob", bob))
        )
        assert pay(one, other, 60_000).accepted
        assert again.balance(other) == (120_000, 0)
        assert again.findings() == []


def test_an_audit_is_recorded_and_lets_old_tallies_go(
    stage: Stage, alice: Person, bob: Person
) -> None:
    pay(alice, bob, 100)
    stage.transport.close()
    stage.clock.advance(ms=3650 * 86_400_000 + 1000)
    record_audit(stage.platform, home=stage.home)
    assert stage.findings() == [], "fsck takes tallies that were due for gone, not for stolen"
    evidence = stage.platform.evidence
    kept = [bool(entry.tally) for entry in evidence.leaves(0, evidence.size())]
    assert kept == [False] * (len(kept) - 1) + [True]
    stage.clock.advance(ms=1000)
    record_audit(stage.platform, home=stage.home)
    assert stage.findings() == []


@pytest.mark.parametrize(("bits", "opens"), [(128, True), (129, False), (256, False)])
def test_nothing_weaker_than_the_policy_wants_is_run(
    tmp_path: Path, bits: int, opens: bool
) -> None:
    policy = example_policy()
    strong = sealed_again(
        replace(policy, parameters={**policy.parameters, "strength.bits_min": bits})
    )
    if opens:
        opened(tmp_path / "home", strong)
        return
    with pytest.raises(MechanismRefused):
        opened(tmp_path / "home", strong)
    assert not (tmp_path / "home").exists()


def test_a_service_that_is_planned_only_is_not_opened(tmp_path: Path) -> None:
    policy = sealed_again(replace(example_policy(), not_run=("nfc_proximate",)))
    with pytest.raises(Misconfigured, match="nfc_proximate: planned, but not run"):
        opened(tmp_path / "home", policy)
    assert list(tmp_path.iterdir()) == []
