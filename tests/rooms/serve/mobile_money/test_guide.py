"""The guide for partners, block by block: what it says is what happens."""

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

from tests.house.tree import ROOT
from tests.ports import free_port

GUIDE = (ROOT / "docs" / "guides" / "mobile-money-api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(console|python|toml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OPEN_S = 60


class Session:
    """One shell that remembers its variables from block to block."""

    def __init__(self, folder: Path, ports: dict[str, str]) -> None:
        self.folder, self.ports = folder, ports
        self.known: dict[str, str] = {}
        self.shell: dict[str, str] = {}
        self.environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}

    def text(self, said: str) -> str:
        for old, new in self.ports.items():
            said = said.replace(old, new)
        return said

    def run(self, block: str) -> str:
        """Run the commands of a console block; what was printed."""
        lines = [line[2:] for line in self.text(block).splitlines() if line.startswith("$ ")]
        script = []
        for line in lines:
            name, _, _ = line.partition("=")
            if name.isupper() and name in self.known:
                line = f"{name}={self.known[name]}"
            script.append(
                line.replace("tallystick ", f"{sys.executable} -m tallystick ", 1)
                if line.startswith("tallystick ")
                else line
            )
            if name.isupper():
                self.shell[name] = script[-1]
        before = "\n".join(self.shell.values())
        done = subprocess.run(
            ["bash", "-ec", "\n".join([before, *(f"{one}\necho" for one in script)])],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, (block, done.stdout, done.stderr)
        return done.stdout

    def learn(self, told: str, **patterns: str) -> None:
        for name, pattern in patterns.items():
            found = re.search(pattern, told, re.MULTILINE)
            assert found is not None, (name, told)
            self.known[name] = found.group(1)


@contextmanager
def served(session: Session, command: str) -> Iterator[None]:
    words = command.removeprefix("$ tallystick ").replace("examples/", f"{ROOT}/examples/").split()
    ready = session.folder / "ready"
    handset_port = session.ports["8080"]
    server = subprocess.Popen(
        [sys.executable, "-m", "tallystick", *words, "--port", handset_port, "--ready", str(ready)],
        cwd=session.folder, env=session.environment,
    )  # fmt: skip
    try:
        ends = time.monotonic() + OPEN_S
        while not ready.exists():
            assert server.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.1)
        yield
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide is told with curl")
def test_the_guide_is_what_happens(tmp_path: Path) -> None:
    session = Session(tmp_path, {"8080": str(free_port()), "8081": str(free_port())})
    toml, serve, new, register, people, asha, *rest = BLOCK.findall(GUIDE)
    python = {"people.py": people[1], "asha.py": asha[1], "connections.toml": toml[1]}
    for name, text in python.items():
        (tmp_path / name).write_text(session.text(text))
    with served(session, serve[1].splitlines()[0]):
        session.learn(session.run(new[1]), SECRET=r"^client secret.* (\S+)$")
        session.learn(
            session.run(register[1]), CLIENT=r"^client id +(\S+)$", SHOP=r"^account +(\S+)$"
        )
        signed, token, first, paid, taken, back, asked, approved, monthly, statement, checked = (
            text for _, text in rest
        )
        signed = signed.replace("python asha.py", f"{sys.executable} asha.py")
        session.learn(session.run(signed), ASHA=r"^account +(\S+)$", CODE=r"^code +(\S+)$")
        session.learn(session.run(token), TOKEN=r'"access_token":"([^"]+)"')
        assert '"currentBalance":"5000.00"' in session.run(first)
        assert session.run(paid).count('"status":"completed"') == 1
        assert session.run(taken).count('"status":"completed"') == 1
        session.run(back)
        assert '"name": "Duka Online Ltd"' in session.run(asked)
        told = session.run(approved)
        assert "Times    12" in told
        session.learn(told, MANDATE=r'"objectReference":"(mandate-[^"]+)"')
        assert session.run(monthly).count('"status":"completed"') == 1
        assert '{"key":"balance","value":"5475.00"}' in session.run(statement)
    assert "books and evidence agree" in session.run(checked)
