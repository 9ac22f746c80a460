"""Ports for servers that are started later, by their number."""

from __future__ import annotations

import os
import random
import socket
from functools import cache

FIRST, COUNT = 20_000, 4_000


@cache
def _numbers() -> list[int]:
    """Below the ports that the system gives to whoever asks for any; other workers have others."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 3
    numbers = list(range(FIRST + worker * COUNT, FIRST + (worker + 1) * COUNT))
    random.SystemRandom().shuffle(numbers)
    return numbers


def free_port() -> int:
    """A port on which nobody listens now, and which is given out once."""
    while True:
        number = _numbers().pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
        return number
