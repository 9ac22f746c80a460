"""The live service of a rehearsal: `tallystick serve` as a process of its own on loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.ground.errors import Defect, Misconfigured

OPEN_S_MAX = 30.0
CLOSE_S_MAX = 20.0
MISCONFIGURED = 2
"""The exit code of a command that the operator can mend."""


class LiveService:
    """Starts the service on a free port of loopback; stops it and waits when it is left."""

    def __init__(
        self,
        file: Path,
        *,
        home: Path,
        names: Path,
        logs: Path | None = None,
        workers: int | None = None,
    ) -> None:
        """`logs` is the folder for what the service says; by default the one around the home.

        Refuses: Misconfigured when the service says so, as for a home that is in use.
        """
        self._ready = (logs or home.parent) / "ready"
        self._log_path = (logs or home.parent) / "serve.log"
        self._log = self._log_path.open("wb")
        command = [sys.executable, "-m", "tallystick", "serve", str(file)]
        options = ["--home", str(home), "--names", str(names), "--port", "0"]
        if workers is not None:
            options += ["--workers", str(workers)]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [*command, *options, "--ready", str(self._ready)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self.url = self._wait()

    @property
    def pid(self) -> int:
        """The process that decides."""
        return self._process.pid

    def _wait(self) -> str:
        deadline = time.monotonic() + OPEN_S_MAX
        while time.monotonic() < deadline:
            if self._ready.exists() and (url := self._ready.read_text()):
                return url
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        said = self._log_path.read_text(errors="replace")[-2000:]
        if self._process.returncode == MISCONFIGURED:
            raise Misconfigured(" ".join(said.split()).removeprefix("tallystick: "))
        raise Defect(f"the service did not open: {said}")

    def stop(self) -> None:
        """End the service; books and keys are closed when this returns."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(CLOSE_S_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._ready.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
