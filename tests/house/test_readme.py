"""The first hour works: what README.md and the start page show is run and compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.pages import commands, matches
from tests.house.tree import ROOT, files, here

PAGES = [
    ROOT / "README.md",
    ROOT / "docs" / "start.md",
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
]
WITH_COMMANDS = [page for page in PAGES if page.exists() and any(commands(page))]
COMMAND_S_MAX = 180


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository whose .venv is this Python, already installed."""
    root = tmp_path / "tallystick"
    for path in files():
        kept = root / path.relative_to(ROOT)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, kept)
    bin_ = root / ".venv" / "bin"
    bin_.mkdir(parents=True)
    for name, words in (("python", ""), ("tallystick", "-m tallystick ")):
        (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        (bin_ / name).chmod(0o755)
    for stamp in ("base", "dev"):
        (root / ".venv" / f"{stamp}.stamp").touch()
    return root


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=here)
def test_page_does_what_it_says(page: Path, copy: Path) -> None:
    environment = {
        "PATH": f"{copy / '.venv' / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(copy / "src"),
        "HOME": str(copy),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    for command in commands(page):
        done = subprocess.run(
            ["sh", "-c", command.line],
            cwd=copy, env=environment, timeout=COMMAND_S_MAX, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert (done.returncode == 0) == command.succeeds, f"$ {command.line}\n{done.stdout}"
        assert matches(command.output, done.stdout), (
            f"$ {command.line}\n{done.stdout}\n-- the page says --\n{command.output}"
        )


def test_the_readme_shows_both_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "$ make run" in text
    assert "$ make test" in text
    assert ROOT / "README.md" in WITH_COMMANDS, "the README has blocks that run"
