"""Starting one of our processes on one end of a socket pair, waiting for it, and ending it."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

_SOURCE = Path(__file__).parents[3]
_CLOSE_SECONDS_MAX = 5


def start_process(
    entrance: str, *words: str, keep: Iterable[str] = (), wait_s: int
) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Run `python -m ENTRANCE FD WORDS...`; gives our end of the channel and the process.

    It is spawned, never forked, and nothing of our environment reaches it but where our code is and
    the variables in `keep`. The channel waits for `wait_s` seconds at most.
    """
    ours, theirs = socket.socketpair()
    wait_at_most(ours, wait_s)
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    command = [sys.executable, "-P", "-s", "-B", "-m", entrance]
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
            [*command, str(theirs.fileno()), *words],
            env={"PYTHONPATH": str(_SOURCE), **kept},
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    return ours, process


def wait_at_most(channel: socket.socket, seconds: int) -> None:
    """Sending and receiving on a channel give up after so long."""
    limit = struct.pack("@ll", seconds, 0)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process whose channel is closed; end it the hard way when it does not listen."""
    try:
        process.wait(_CLOSE_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
