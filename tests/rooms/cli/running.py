"""Running commands in this process, and the files that they run on."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tallystick.cli.app import app
from tallystick.ground.errors import TallystickError

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "wallet.toml"
NAMES = ROOT / "examples" / "lists" / "example-list.jsonl"
TEXT = EXAMPLE.read_text(encoding="utf-8")
KINDS = ("e-wallet", "p2p", "merchant-qr", "mobile-banking", "nfc", "agent-cash")


def run(*words: str | Path) -> Result:
    """Run one command; an error of ours is raised as it is."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def succeed(*words: str | Path) -> str:
    """What a command prints that must succeed."""
    done = run(*words)
    assert done.exit_code == 0, done.output
    return done.stdout


def refuse(error: type[TallystickError], *words: str | Path) -> str:
    """What is said about a command that must be refused; nothing went to standard output."""
    with pytest.raises(error) as caught:
        run(*words)
    return str(caught.value)


def edited(folder: Path, *changes: tuple[str, str], name: str = "edited.toml") -> Path:
    """The example with changes; each must find its place."""
    text = TEXT
    for old, new in changes:
        assert old in text, f"the example has no {old!r}"
        text = text.replace(old, new, 1)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
