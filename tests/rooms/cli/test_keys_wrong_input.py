"""Wrong words on the command line of keys: the answer says what, where and what is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.cli.keys.asking import call_of
from tallystick.cli.keys.people import read_people
from tallystick.cli.keys.requests import member_lines
from tallystick.cli.keys.showing import key_line
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.payment import CreateKey, KeyView
from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Misconfigured
from tallystick.testing import local_module
from tests.rooms.cli.running import ROOT, run


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"usage": "ZZ"}, ("--usage", "P0")),
        ({"algorithm": "ROT13"}, ("--algorithm", "AES_128")),
        ({"mode": "?"}, ("--mode", "B")),
    ],
)
def test_a_word_that_is_none_of_a_list_is_answered_with_the_list(
    members: dict[str, str], told: tuple[str, ...]
) -> None:
    right = {"usage": "P0", "algorithm": "AES_128", "mode": "B", "exportability": "N"}
    with pytest.raises(Misconfigured) as caught:
        call_of(CreateKey, **(right | members))
    place, allowed = str(caught.value).split("allowed:")
    assert told[0] in place
    assert told[1] in allowed


@pytest.mark.parametrize("text", ["", "x = 1\n", "person = 3\n", "[people]\namina = 3\n"])
def test_a_file_of_people_that_names_nobody_is_not_sent(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured, match="names nobody"):
        read_people(tmp_path / "people.toml")


def test_what_is_signed_is_shown_line_by_line() -> None:
    policy = {"quorum": {"create": 2}, "uses_max": {}, "translations": []}
    assert member_lines("policy", policy) == [
        "policy",
        "  quorum",
        "    create           2",
        "  translations     none",
    ]
    assert member_lines("custodians", ["brian", "carol"]) == ["custodians       brian, carol"]
    assert member_lines("expires_ms", None) == ["expires_ms       none"]


def test_a_cryptoperiod_is_not_over_before_it_begins(tmp_path: Path) -> None:
    words = ("keys", "create", tmp_path, "--usage", "M6", "--algorithm", "AES_128", "--mode", "C")
    done = run(*words, "--days", "-5")
    assert done.exit_code == 2
    assert "--days" in done.stderr


def test_a_key_whose_cryptoperiod_is_over_is_listed_as_expired() -> None:
    module = local_module()
    now_ms = SystemClock().now_ms()
    states = {}
    for label, expires_ms in (("old", now_ms - 1), ("young", now_ms + 10**9), ("ever", None)):
        call = CreateKey(
            usage=KeyUsage.MAC_CMAC,
            algorithm=KeyAlgorithm.AES_128,
            mode=KeyMode.GENERATE_AND_VERIFY,
            label=label,
            expires_ms=expires_ms,
        )
        (view,) = module.perform([call])
        assert isinstance(view, KeyView)
        states[label] = key_line(view).split()[4]
    assert states == {"old": "expired", "young": "active", "ever": "active"}


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (("init",), "--passphrase FILE or --passphrase credential:NAME"),
        (("restore-master", "share-1"), "a terminal"),
    ],
)
def test_without_a_terminal_nobody_is_asked(
    tmp_path: Path, words: tuple[str, ...], instead: str
) -> None:
    command = [sys.executable, "-m", "tallystick", "keys", words[0], "home", *words[1:]]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, check=False, text=True, input="a passphrase\n",
        start_new_session=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    (told,) = done.stderr.splitlines()
    assert "there is no terminal to ask at" in told
    assert told.endswith(f"allowed: {instead}")
    assert not (tmp_path / "home").exists()
