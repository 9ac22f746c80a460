"""The application as a whole: help, what starting costs, exit codes, where errors go."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tallystick.cli.app import app
from tests.rooms.cli.running import EXAMPLE, ROOT, edited

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
OURS = {
    "new", "describe", "analyse", "decide", "check", "explain", "where", "prove", "certify",
    "verify",
}  # fmt: skip
HEAVY = {"numpy", "highspy", "starlette", "uvicorn", "httpx", "cryptography", "jinja2", "sqlite3"}
ROOMS = ("analyse", "decide", "describe", "assembly", "prove", "protect", "serve", "handset")


def tallystick(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "tallystick", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, env=environment)


def test_the_commands_are_there() -> None:
    assert set(COMMANDS) >= OURS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"], terminal_width=100)
    assert done.exit_code == 0
    assert re.search(r"^ +[A-Z].*\.$", done.stdout, re.MULTILINE), "a sentence of help"


@pytest.mark.parametrize("command", sorted(OURS))
def test_every_option_of_ours_says_what_it_is(command: str) -> None:
    for parameter in typer.main.get_command(app).commands[command].params:  # type: ignore[attr-defined]
        assert getattr(parameter, "help", None), f"{command} {parameter.name}"


def test_help_imports_no_heavy_room() -> None:
    code = "import sys, tallystick.cli.app; print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    ).stdout.split()
    assert HEAVY & {name.split(".")[0] for name in loaded} == set()
    assert {f"tallystick.{room}" for room in ROOMS} & set(loaded) == set()


INTERRUPTED_IMPORT = """
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from tallystick.cli import main
main()
"""


def test_an_interrupted_import_says_nothing() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", INTERRUPTED_IMPORT]
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_json_is_the_artefact_byte_for_byte() -> None:
    from tallystick.describe import load_service
    from tallystick.ground.canonical import canonical_json

    done = tallystick("describe", EXAMPLE, "--format", "json")
    assert done.returncode == 0
    assert done.stdout == canonical_json(load_service(EXAMPLE).plain())


def test_a_broken_file_is_told_whole_and_with_its_lines(tmp_path: Path) -> None:
    broken = edited(tmp_path, ("\nmodes = ", "\nmode = "), ('currency = "KES"', 'currency = "KSH"'))
    done = tallystick("describe", broken)
    assert (done.returncode, done.stdout) == (2, b"")
    told = done.stderr.decode()
    assert "3 things to mend" in told
    assert 'unknown key "mode" (did you mean "modes"?)' in told
    assert len(re.findall(rf"{re.escape(str(broken))}:\d+: ", told)) == 3
    assert "Traceback" not in told


def test_what_nobody_reads_any_more_is_no_error() -> None:
    command = f"{sys.executable} -m tallystick describe --format schema | head -c 10"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.stderr == b""


def test_a_command_that_is_none_shows_how_to_use_it() -> None:
    done = CliRunner().invoke(app, ["desribe"])
    assert done.exit_code == 2
    assert "desribe" in done.stderr
