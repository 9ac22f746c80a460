"""The process of one edge: `python -m tallystick.serve.edges.process LISTENER LINK MODULE`.

It inherits three sockets: the listener that it shares with the other edges, its link to the
sequencer, and its channel to the crypto module. It holds no private key and opens no file. It ends
when the sequencer is gone.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import socket
import sys

import uvloop

from tallystick.ground.clock import SystemClock
from tallystick.ground.errors import Refused
from tallystick.serve.edges.worker import run_edge


def main() -> int:
    """Serve as one edge."""
    listener, link, module = (socket.socket(fileno=int(number)) for number in sys.argv[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the sequencer decides when edges stop
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # until the server takes it over, and behind it
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    with contextlib.suppress(Refused):
        uvloop.run(run_edge(listener, link, module, clock=SystemClock()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
