"""The master key of a home is lost, and two of three custodians bring it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tallystick.cli.app import app
from tallystick.ground.errors import Misconfigured

WORDS = [f"the passphrase of custodian {number}" for number in (1, 2, 3)]


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.crypto.keys.sealed._MEMORY_KIB", 64)
    monkeypatch.setattr("tallystick.cli.keys.opening._at_a_terminal", lambda: True)


def run(*words: str, typed: str = "") -> str:
    result = CliRunner().invoke(app, ["keys", *words], input=typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_two_custodians_of_three_restore_a_home(tmp_path: Path) -> None:
    secret, home, shares = tmp_path / "secret", tmp_path / "keys", tmp_path / "shares"
    secret.write_text("correct horse battery staple\n")
    run("init", str(home), "--passphrase", str(secret))
    made = run(
        "create", str(home), "--usage", "D0", "--algorithm", "AES_128", "--mode", "B",
        "--passphrase", str(secret),
    )  # fmt: skip
    assert made
    said = run(
        "share-master", str(home), "--needed", "2", "--of", "3", "--to", str(shares),
        "--passphrase", str(secret), typed="".join(f"{word}\n{word}\n" for word in WORDS),
    )  # fmt: skip
    assert "Any 2 of them" in said
    assert not any(word in said for word in WORDS)
    before = run("list", str(home), "--passphrase", str(secret))
    for name in ("master.key", "master.count"):
        (home / name).unlink()
    with pytest.raises(Misconfigured):
        run("restore-master", str(home), str(shares / "share-1"), typed=f"{WORDS[0]}\n" * 3)
    secret.write_text("another horse battery staple\n")
    run(
        "restore-master", str(home), str(shares / "share-1"), str(shares / "share-3"),
        "--new-passphrase", str(secret), typed=f"{WORDS[0]}\n{WORDS[2]}\n",
    )  # fmt: skip
    assert run("list", str(home), "--passphrase", str(secret)) == before
