"""Ports for servers that are started later, by their number."""

from __future__ import annotations

import random
import socket
from functools import cache

BELOW = range(20_000, 32_000)
"""Below the ports that Linux gives to whoever asks for any, clients among them."""


@cache
def _numbers() -> list[int]:
    numbers = list(BELOW)
    random.SystemRandom().shuffle(numbers)
    return numbers


def free_port() -> int:
    """A port on which nobody listens now, and which is given out once in a run."""
    while True:
        number = _numbers().pop()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                continue
        return number
