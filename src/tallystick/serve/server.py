"""Run one platform behind uvicorn on one address."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from tallystick.assembly import Platform
from tallystick.ground.errors import Misconfigured
from tallystick.serve.api import application


def run_server(platform: Platform, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. `ready` is given the base URL once the port is bound.

    TLS ends at a front proxy (docs/limitations.md): this address must not face the internet.
    Refuses: Misconfigured when the address cannot be bound.
    """
    listener = _listen(host, port)
    server = _server(platform)
    ready(_url(host, listener))
    _stop_on_signals(lambda: server.run(sockets=[listener]))


@contextmanager
def serving(platform: Platform, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread of this process, by default on a free port; gives the base URL.

    Refuses: Misconfigured when the address cannot be bound.
    """
    listener = _listen(host, port)
    listener.listen()
    server = _server(platform)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield _url(host, listener)
    finally:
        server.should_exit = True
        thread.join()


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(f"cannot listen: {error.strerror}", where=f"{host}:{port}") from None
    return listener


def _server(platform: Platform) -> uvicorn.Server:
    config = uvicorn.Config(
        application(platform), loop="uvloop", http="httptools", access_log=False,
        log_level="warning", server_header=False,
    )  # fmt: skip
    return uvicorn.Server(config)


def _url(host: str, listener: socket.socket) -> str:
    return f"http://{host}:{listener.getsockname()[1]}"


def _stop_on_signals(run: Callable[[], None]) -> None:
    """Return when the operator stops the server, so that books and keys are closed after it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(KeyboardInterrupt):
        run()
