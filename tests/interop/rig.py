"""A participant with real sockets, for clients that are programs of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

import tallystick
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import SystemClock
from tallystick.ground.identifiers import DeviceId
from tallystick.ground.money import Amount
from tallystick.serve.interop import Hub
from tests.hub import OURS, Both, our_keys
from tests.partners import server
from tests.ports import free_port
from tests.stage import Person, Stage

WALLET = Path(__file__).parents[2] / "examples/wallet.toml"
PAYEES = ("9876543210", "44123456789")
"""Whom the collections of the testing toolkit pay, and whom they ask to pay."""


def dollars(folder: Path) -> SecurityPolicy:
    """The wallet of the examples, whole, in the currency of the toolkit's collections."""
    file = folder / "dollars.toml"
    file.write_text(WALLET.read_text().replace('\ncurrency = "KES"', '\ncurrency = "USD"'))
    service = tallystick.load_service(file)
    return tallystick.compile_policy(service, tallystick.analyse_risk(service))


class DollarStage(Stage):
    """A stage whose money is dollars."""

    def fund_account(self, account: str, minor: int) -> None:
        treasury = self.staff("treasury").handset
        amount = Amount(minor=minor, currency="USD")
        for answer in (
            treasury.confirm_funds(amount, f"funds-{self.platform.evidence.size()}"),
            treasury.issue(account, amount),
        ):
            assert answer.accepted, answer.code


@contextmanager
def participant(
    home: Path, hub_url: str, *, minor: int = 4_000_000, **changes: Any
) -> Iterator[tuple[DollarStage, str]]:
    """A platform with two customers and a funded hub, served on a port; gives its base URL."""
    with DollarStage(home, policy=dollars(home.parent), clock=SystemClock()) as stage:
        principal = server(
            stage, "Hub of the scheme", role="hub", scopes=("pay", "hold", "settle", "request")
        )
        stage.fund_account(principal.account, minor)
        for number in PAYEES:
            registered(stage, number)
        usual: dict[str, Any] = {
            "principal": DeviceId(principal.id),
            "fsp": OURS,
            "url": hub_url,
            "currency": "USD",
            "keys": our_keys(),
            "demand": "off",
        }
        stage.transport.close()
        with served(Both(stage.platform, Hub(**usual | changes))) as url:
            yield stage, url


def registered(stage: DollarStage, number: str) -> Person:
    answer = stage.staff("backoffice").handset.register_customer(
        name=f"Customer {number[:3]} Kamau",
        born="1990-01-01",
        country="KE",
        document=f"B{stage.platform.evidence.size():06d}",
        role="customer",
        tier="tier2",
        msisdn=number,
    )
    assert answer.accepted, answer.code
    assert answer.data is not None
    return Person(stage.enrolled(str(answer.data["activation"])), number)


@contextmanager
def served(application: Any) -> Iterator[str]:
    """Run an ASGI application on a free port of this machine."""
    port = free_port()
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        loop="uvloop",
        timeout_keep_alive=75,
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            pass
        yield f"http://127.0.0.1:{port}"
    finally:
        running.should_exit = True
        thread.join()
