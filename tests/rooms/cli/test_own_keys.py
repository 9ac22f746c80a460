"""What the command line says of a service's own keys, and how it moves them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import create_payment_home, open_platform
from tallystick.assembly.own_keys import open_own_keys
from tallystick.crypto.keys import create_key_file
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.testing import example_names, example_policy, sealed_again
from tests.keeper import Keeper
from tests.rooms.cli.running import refuse, run, succeed

PASSPHRASE = Secret(b"correct horse battery staple")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    directory = tmp_path / "home"
    directory.mkdir(mode=0o700)
    return directory


def test_keys_and_doctor_say_where_the_keys_are(home: Path) -> None:
    assert "none yet" in succeed("doctor", "--home", home)
    open_own_keys(home, None, os.urandom).close()
    lines = succeed("keys", "list", home).splitlines()
    assert len(lines) == 7
    assert lines[0].split()[:4] == ["message", "ECDH-ES", "in", "software"]
    assert lines[-1].startswith("keys of the service: level S1, signing S1: sealed in a file under")
    assert "ok   keys of the service: level S1" in succeed("doctor", "--home", home)
    (home / "module.passphrase").unlink()
    assert "a passphrase that is not kept here" in succeed("doctor", "--home", home)
    assert "--passphrase FILE" in refuse(Misconfigured, "keys", "list", home)


def test_doctor_fails_below_the_level_that_the_policy_asks_for(home: Path) -> None:
    given = example_policy()
    policy = sealed_again(replace(given, parameters={**given.parameters, "keys.level_min": 2}))
    open_platform(policy, home=home, names=example_names()).close()
    with pytest.raises(Misconfigured, match="level of the keys"):
        run("doctor", "--home", home)


def test_a_home_of_a_service_moves_by_the_same_words(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.assembly.own_keys.TokenKeeper", Keeper)
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**4)
    token, secret = tmp_path / "token.toml", tmp_path / "secret"
    token.write_text("the file that names a token")
    secret.write_bytes(PASSPHRASE.reveal() + b"\n")
    secret.chmod(0o600)
    create_key_file(home / "module.keys", PASSPHRASE)
    assert "module.passphrase" in refuse(Misconfigured, "hsm", "move", home, token)
    told = succeed("hsm", "move", home, token, "--passphrase", secret)
    assert "keys of the service moved: 6, from a passphrase to master key" in told
    assert "destroy them once the service has started" in told
    assert "stretched by scrypt" in refuse(Misconfigured, "hsm", "back", home, "--argon2id")
    assert "to a passphrase" in succeed("hsm", "back", home, "--new-passphrase", secret)
    assert not (home / "module.passphrase").exists()
    create_payment_home(home, PASSPHRASE)
    told = refuse(Misconfigured, "hsm", "move", home, token, "--passphrase", secret)
    assert "a service and a payment module keep their keys here" in told
