"""Run one platform behind uvicorn on one address."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable

import uvicorn

from tallystick.assembly import Platform
from tallystick.ground.errors import Misconfigured
from tallystick.serve.api import application


def run_server(platform: Platform, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. `ready` is given the base URL once the port is bound.

    TLS ends at a front proxy (docs/limitations.md): this address must not face the internet.
    Refuses: Misconfigured when the address cannot be bound.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(f"cannot listen: {error.strerror}", where=f"{host}:{port}") from None
    config = uvicorn.Config(
        application(platform), loop="uvloop", http="httptools", access_log=False,
        log_level="warning", server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    bound = listener.getsockname()[1]
    ready(f"http://{host}:{bound}")
    _stop_on_signals(lambda: server.run(sockets=[listener]))


def _stop_on_signals(run: Callable[[], None]) -> None:
    """Return when the operator stops the server, so that books and keys are closed after it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(KeyboardInterrupt):
        run()
