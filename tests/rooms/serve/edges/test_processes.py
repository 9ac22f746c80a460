"""`tallystick serve --workers 2`: edges that die are started again, and answers stay true."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tallystick.assembly import check_home
from tallystick.cli.rehearsal.server import LiveService
from tallystick.ground.clock import SystemClock
from tallystick.ground.money import Amount
from tallystick.handset import Answer, AnswerLost, Handset, Refusal, read_pin
from tallystick.prove.certificate import TrustAnchor
from tests.house.tree import ROOT
from tests.stage import APPLICATION

pytestmark = pytest.mark.slow

NAMES = ROOT / "examples" / "lists" / "example-list.jsonl"
WAIT_S = 60.0


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveService]:
    service = LiveService(
        ROOT / "examples" / "wallet.toml", home=tmp_path / "home", names=NAMES, workers=2
    )
    with service:
        yield service
    assert check_home(tmp_path / "home") == []


def edges_of(pid: int) -> list[int]:
    """The processes of a service's edges."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(c): Path(f"/proc/{c}/cmdline").read_bytes() for c in children}
    return [child for child, line in commands.items() if b"serve.edges.process" in line]


@pytest.fixture
def left() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def enrolled(live: LiveService, home: Path, code: str, left: ExitStack) -> Handset:
    handset = Handset.create(
        live.url,
        TrustAnchor.read(home / "trust.txt").checkpoint,
        secure_environment="tee",
        application=APPLICATION,
        clock=SystemClock(),
    )
    left.callback(handset.close)
    assert handset.enrol(code, read_pin("2580")).accepted
    return handset


def staffed(live: LiveService, home: Path, left: ExitStack) -> tuple[Handset, Handset]:
    """The treasury, and a customer with money."""
    codes = dict(line.split() for line in (home / "activation.txt").read_text().splitlines())
    treasury, office = (enrolled(live, home, codes[r], left) for r in ("treasury", "backoffice"))
    answer = office.register_customer(
        name="Edna Njeri", born="1990-01-01", country="KE", document="ID-000001", role="customer",
        tier="tier2",
    )  # fmt: skip
    data = answer.data
    assert data is not None, answer.code
    edna = enrolled(live, home, str(data["activation"]), left)
    money = Amount(minor=1_000_000, currency="KES")
    assert treasury.confirm_funds(money, "edna-1").accepted
    assert treasury.issue(str(data["account"]), money).accepted
    return treasury, edna


def until(what: str, reached: object) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if reached():  # type: ignore[operator]
            return
        threading.Event().wait(0.05)
    raise AssertionError(what)


def asked(handset: Handset) -> Answer | None:
    """A balance, or None when the line broke or the service was closed for a moment."""
    try:
        return handset.balance()
    except (AnswerLost, Refusal):
        return None


def test_an_edge_that_is_killed_is_started_again(
    live: LiveService, tmp_path: Path, left: ExitStack
) -> None:
    _, edna = staffed(live, tmp_path / "home", left)
    first = edges_of(live.pid)
    assert len(first) == 2
    for victim in first:
        os.kill(victim, signal.SIGKILL)
        until("answers again", lambda: (answer := asked(edna)) is not None and answer.accepted)
    until("two edges again", lambda: len(set(edges_of(live.pid)) - set(first)) == 2)
    assert (edna.balance().data or {})["available"] == "10000.00"


def test_the_end_of_the_sequencer_is_the_end_of_its_edges(
    live: LiveService, tmp_path: Path
) -> None:
    edges = edges_of(live.pid)
    os.kill(live.pid, signal.SIGKILL)
    live._process.wait()
    until("no edge is left", lambda: not any(Path(f"/proc/{edge}").exists() for edge in edges))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{live.url}/v1/healthz", trust_env=False)
