"""The payment module in its own process: started, asked, connected to, killed, started again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec import structs

from tallystick.assembly.payment_home import (
    SOCKET,
    create_payment_home,
    open_payment_module,
)
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.crypto.payment import (
    CreateKey,
    Denied,
    DescribeKey,
    EncryptData,
    KeyView,
    ListKeys,
    Sealed,
)
from tallystick.crypto.payment_process import connect
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

PASSPHRASE = Secret(b"correct horse battery")
CREATE = CreateKey(usage=KeyUsage.PIN_ENCRYPTION, algorithm=KeyAlgorithm.AES_128, mode=KeyMode.BOTH)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_payment_home(tmp_path / "keys", PASSPHRASE)
    return tmp_path / "keys"


def test_keys_outlive_the_process(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE, listen=True) as module:
        assert module.state().level is AssuranceLevel.S1
        (made,) = module.perform([CREATE])
        assert isinstance(made, KeyView)
        with connect(home / SOCKET) as other:
            assert other.perform([DescribeKey(key=made.key)]) == [made]
        with pytest.raises(Misconfigured):
            open_payment_module(home, PASSPHRASE)
    with pytest.raises(ModuleUnavailable):
        module.perform([CREATE])
    with open_payment_module(home, PASSPHRASE) as again:
        assert again.perform([DescribeKey(key=made.key)]) == [made]


def test_a_malformed_call_is_refused_in_its_place(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE) as module:
        bad = DescribeKey(key="no handle")
        first, second, third = module.perform([bad, CREATE, bad])
        assert isinstance(first, Denied)
        assert (first.code, first.where) == ("call.malformed", "key")
        assert isinstance(second, KeyView)
        assert third == first
        assert module.perform([bad]) == [first]
        assert module.state().healthy


def test_calls_that_are_too_long_together_go_apart(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE) as module:
        calls = [EncryptData(key="a" * 24, plaintext=bytes(4096), by=Sealed())] * 1000
        answers = module.perform([*calls[:-1], CREATE])
        assert len(answers) == 1000
        assert isinstance(answers[0], Denied)
        assert isinstance(answers[-1], KeyView)


def test_answers_that_are_too_long_together_end_nothing(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE) as module:
        label = "x" * 256
        module.perform([structs.replace(CREATE, label=label) for _ in range(100)])
        (first, *_) = module.perform([ListKeys(limit=1000)] * 1000)
        assert isinstance(first, Denied)
        assert module.state().healthy


def test_a_killed_module_is_unavailable_and_starts_again(home: Path) -> None:
    module = open_payment_module(home, PASSPHRASE)
    (made,) = module.perform([CREATE])
    module._process.kill()
    module._process.wait()
    with pytest.raises(ModuleUnavailable):
        module.perform([CREATE])
    module.close()
    with open_payment_module(home, PASSPHRASE) as again:
        assert isinstance(made, KeyView)
        assert again.perform([DescribeKey(key=made.key)]) == [made]


def test_the_process_cannot_be_looked_into(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE) as module:
        status = Path(f"/proc/{module._process.pid}/limits").read_text(encoding="ascii")
        core = next(line for line in status.splitlines() if line.startswith("Max core"))
        assert core.split()[4:6] == ["0", "0"]
        if os.geteuid() != 0:
            with pytest.raises(PermissionError):
                os.open(f"/proc/{module._process.pid}/mem", os.O_RDONLY)


def test_a_wrong_passphrase_and_a_missing_home_are_told(home: Path, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="wrong passphrase"):
        open_payment_module(home, Secret(b"another passphrase"))
    with pytest.raises(Misconfigured):
        open_payment_module(tmp_path / "nothing", PASSPHRASE)


def test_an_older_database_is_noticed(home: Path) -> None:
    with open_payment_module(home, PASSPHRASE) as module:
        module.perform([CREATE])
    older = {path.name: path.read_bytes() for path in home.glob("keys.sqlite*")}
    with open_payment_module(home, PASSPHRASE) as module:
        module.perform([CREATE])
    for path in home.glob("keys.sqlite*"):
        path.unlink()
    for name, octets in older.items():
        (home / name).write_bytes(octets)
    with pytest.raises(Misconfigured, match="older"):
        open_payment_module(home, PASSPHRASE)
