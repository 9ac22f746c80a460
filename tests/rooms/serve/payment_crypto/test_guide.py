"""The guides, block by block: what they say is what happens."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.pages import matches
from tests.house.tree import ROOT
from tests.ports import free_port

GUIDES = ("payment-cryptography.md", "token-vault.md")
BLOCK = re.compile(
    r"(?:Write `(?P<file>[a-z.]+)`[^`]*)?^```(?P<kind>console|python|toml)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
COMMAND_S_MAX = 120


class Shell:
    """One shell that goes on from block to block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {"8080": str(free_port()), "8082": str(free_port())}
        self.before: list[str] = []
        bin_ = folder / "bin"
        bin_.mkdir()
        for name, words in (("python", ""), ("tallystick", "-m tallystick ")):
            (bin_ / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
            (bin_ / name).chmod(0o755)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        path = f"{bin_}:{os.environ['PATH']}"
        self.environment = clean | {"PATH": path, "PYTHONPATH": str(ROOT / "src")}

    def text(self, said: str) -> str:
        for old, new in self.ports.items():
            said = said.replace(old, new)
        return said

    def run(self, line: str) -> str:
        """Run one command after what earlier ones set; gives what it printed."""
        script = "\n".join([*self.before, self.text(line)])
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_S_MAX,
        )  # fmt: skip
        if line.startswith((".", "export ")):
            self.before.append(self.text(line))
        return done.stdout

    @contextmanager
    def serving(self, line: str) -> Iterator[None]:
        ready, log = self.folder / "ready", (self.folder / "log").open("w")
        command = f"exec {self.text(line)} --port {self.ports['8080']} --ready ready --workers 1"
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=self.folder, env=self.environment, stdout=log, stderr=log
        )
        try:
            for _ in range(600):
                if ready.exists() or process.poll() is not None:
                    break
                time.sleep(0.1)
            assert ready.exists(), (self.folder / "log").read_text()
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) in (0, -signal.SIGTERM)
            log.close()


def commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        yield line, output


@pytest.mark.parametrize("name", GUIDES)
def test_the_guide_does_what_it_says(name: str, tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / name).read_text(encoding="utf-8")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shell, rest = Shell(tmp_path), list(BLOCK.finditer(guide))
    opened = next(n for n, one in enumerate(rest) if "tallystick serve" in one["body"])
    for one in rest[:opened]:
        do(shell, one)
    ((line, _),) = commands(rest[opened]["body"])
    with shell.serving(line):
        for one in rest[opened + 1 :]:
            do(shell, one)


def do(shell: Shell, block: re.Match[str]) -> None:
    if block["kind"] != "console":
        assert block["file"], "a block that is a file has its name before it"
        (shell.folder / block["file"]).write_text(shell.text(block["body"]))
        return
    for line, output in commands(block["body"]):
        told = shell.run(line)
        assert matches(shell.text(output), told), f"$ {line}\n{told}\n-- says --\n{output}"
