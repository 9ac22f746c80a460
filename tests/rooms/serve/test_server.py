"""The server around the edge: one address on this machine, free again when it stops."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from tallystick.ground.errors import Misconfigured
from tallystick.handset import Handset
from tallystick.serve import run_server
from tallystick.serve.server import serving
from tests.stage import APPLICATION, Stage


def test_a_handset_meets_the_platform_over_the_loopback(stage: Stage) -> None:
    with serving(stage.platform) as url:
        assert httpx.get(f"{url}/v1/healthz", trust_env=False).json() == {"status": "open"}
        newcomer = Handset.create(
            url,
            stage.platform.trust_anchor().checkpoint,
            secure_environment="tee",
            application=APPLICATION,
            clock=stage.clock,
        )
        with newcomer:
            assert newcomer.service().currency == "KES"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/v1/healthz", trust_env=False)


def test_behind_a_server_that_stopped_the_platform_still_commits(stage: Stage) -> None:
    with serving(stage.platform) as url:
        httpx.get(f"{url}/v1/healthz", trust_env=False)
    stage.settled()


def test_an_address_that_is_taken_is_misconfigured(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"127.0.0.1:{port}"):
            run_server(stage.platform, host="127.0.0.1", port=port, ready=lambda url: None)


def test_it_says_where_it_listens(stage: Stage) -> None:
    """`ready` is told an address that answers: what connects before the loop runs waits."""
    told: list[str] = []
    ready = threading.Event()

    def note(url: str) -> None:
        told.append(url)
        ready.set()
        raise KeyboardInterrupt  # an operator who thinks better of it

    with pytest.raises(KeyboardInterrupt):
        run_server(stage.platform, host="127.0.0.1", port=0, ready=note)
    assert ready.is_set()
    assert told[0].startswith("http://127.0.0.1:")
