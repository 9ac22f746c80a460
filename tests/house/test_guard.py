"""Tests cannot leave this machine by accident."""

from __future__ import annotations

import socket

import pytest


def test_no_connection_leaves_this_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        with pytest.raises(RuntimeError, match="do not leave"):
            end.connect(("192.0.2.1", 9))
        with pytest.raises(RuntimeError, match="do not leave"):
            end.sendto(b"", ("192.0.2.1", 9))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(RuntimeError, match="do not look up"):
        socket.getaddrinfo("example.invalid", 443)


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
