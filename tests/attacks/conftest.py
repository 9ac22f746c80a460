"""One live service for all attacks: real HTTP on loopback, a fresh home, a clock that we move."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn

import tallystick
from tallystick.assembly import Platform
from tallystick.decide import SecurityPolicy
from tallystick.ground.clock import ManualClock
from tallystick.protect.screening import NameList, read_name_list
from tallystick.prove.certificate import TrustAnchor
from tallystick.serve import application
from tallystick.trials import Host, Insider, Range, Reach, enrol_staff
from tests.house.tree import ROOT


@contextmanager
def serving(platform: Platform) -> Iterator[Reach]:
    """The real edge on a free port of this machine, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            application(platform),
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_level="critical",
            server_header=False,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Reach(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def policy() -> SecurityPolicy:
    service = tallystick.load_service(ROOT / "examples" / "wallet.toml")
    return tallystick.compile_policy(service, tallystick.analyse_risk(service))


@pytest.fixture(scope="session")
def names() -> NameList:
    path = ROOT / "examples" / "lists" / "example-list.jsonl"
    return read_name_list(path.read_bytes(), where=path.name)


@pytest.fixture(scope="session")
def arena(
    policy: SecurityPolicy, names: NameList, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Range]:
    """The range of the session."""
    home = tmp_path_factory.mktemp("attacks") / "home"
    with opened(policy, names, home) as found:
        yield found


@contextmanager
def opened(
    policy: SecurityPolicy, names: NameList, home: Path, *, host: Host = serving
) -> Iterator[Range]:
    """A live service on a fresh home, its staff enrolled, an insider at hand."""
    clock = ManualClock()
    with (
        tallystick.open_platform(policy, home=home, names=names, clock=clock) as platform,
        host(platform) as reach,
        ExitStack() as left,
    ):
        anchor = TrustAnchor.read(home / "trust.txt")
        codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
        staff = enrol_staff(reach.base_url, anchor.checkpoint, codes=codes, clock=clock)
        for handset in (staff.treasury, staff.backoffice, staff.laboratory):
            left.callback(handset.close)
        yield Range(
            base_url=reach.base_url,
            policy=policy,
            staff=staff,
            names=names,
            insider=Insider(home),
            host=host,
            clock=clock,
            wait=lambda duration_ms: clock.advance(ms=duration_ms),
        )
