"""The guide on hardware modules does what it says, with a token in software."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.cli.keys import read_passphrase
from tallystick.ground.errors import Misconfigured
from tests.house.pages import matches
from tests.house.tree import ROOT
from tests.softhsm import demand_library

GUIDE = ROOT / "docs" / "guides" / "hardware-modules.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands() -> list[tuple[str, str]]:
    blocks = _BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(line, output) for line, _, output in (part.partition("\n") for part in parts)]


@pytest.mark.slow
def test_the_guide_on_hardware_modules(tmp_path: Path) -> None:
    library = demand_library()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tallystick").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tallystick "$@"\n')
    (programs / "tallystick").chmod(0o755)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "200",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    ran = 0
    for line, output in commands():
        typed = line.replace("/usr/lib/softhsm/libsofthsm2.so", str(library))
        done = subprocess.run(
            ["sh", "-c", typed], cwd=tmp_path, env=environment, timeout=120, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"$ {line}\n{done.stdout}"
        assert matches(output, done.stdout), f"$ {line}\n{done.stdout}"
        ran += 1
    assert ran > 10


def test_a_passphrase_may_be_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "keys").write_bytes(b"sealed to the machine\n")
    (tmp_path / "keys").chmod(0o400)
    assert read_passphrase(Path("credential:keys"), "").reveal() == b"sealed to the machine"
    with pytest.raises(Misconfigured):
        read_passphrase(Path("credential:other"), "")
    (tmp_path / "token.toml").touch()
    assert read_passphrase(None, "", home=tmp_path).reveal() == b"", "a token needs none"
