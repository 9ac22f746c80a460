"""An address taken before anything is served at it."""

from __future__ import annotations

import socket

from tallystick.ground.errors import Misconfigured


def bound(host: str, port: int) -> socket.socket:
    """A socket that has an address and does not listen yet. Refuses: Misconfigured."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise Misconfigured(f"cannot listen: {reason}", where=f"{host}:{port}") from None
    return listener
