"""A fresh service as its own process, and a ring of customers who each pay the next one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from load import Prepared, prepare

from tallystick.ground.clock import SystemClock
from tallystick.ground.money import Amount
from tallystick.handset import Answer, Application, Handset, read_pin
from tallystick.prove.certificate import TrustAnchor

ROOT = Path(__file__).parents[1]
SERVICE, NAMES = ROOT / "examples/wallet.toml", ROOT / "examples/lists/example-list.jsonl"
PAYMENTS_EACH_MAX = 38
"""Two less than the example's velocity typology lets a handset make in an hour."""

OPEN_S_MAX = 30.0
FUNDS_MINOR = 20_000_000
AMOUNT_MINOR = 50_000
"""The example's step-up: from this amount on every payment carries a PIN."""

PIN = "2580"
APPLICATION = Application(version=1, build=f"sha256:{'0' * 64}", debuggable=False, rooted=False)


@dataclass(frozen=True, slots=True)
class Served:
    """A service that runs: where it answers, which process it is, where its books are."""

    url: str
    pid: int
    home: Path


@dataclass(frozen=True, slots=True)
class Member:
    """A customer of the ring."""

    name: str
    account: str
    handset: Handset


@dataclass(slots=True)
class Ring:
    """Customers who each pay the next one, so that equal turns leave every balance as it was."""

    members: list[Member] = field(default_factory=list)

    def turn(self, times: int) -> list[list[Prepared]]:
        """So many payments of every member to the next one, signed and sealed, a queue for each."""
        pin, amount = read_pin(PIN), Amount(minor=AMOUNT_MINOR, currency="KES")
        queues = []
        for number, payer in enumerate(self.members):
            payee = self.members[(number + 1) % len(self.members)]
            ask = payer.handset.order_payment
            orders = [
                ask("remote.pay", payee.account, payee.name, amount, pin=pin) for _ in range(times)
            ]
            queues.append([prepare(payer.handset, order) for order in orders])
        return queues

    def balances(self) -> list[Answer]:
        return [accepted(member.handset.balance()) for member in self.members]


@contextmanager
def serve(directory: Path, *, workers: int = 0) -> Iterator[Served]:
    """`tallystick serve` on the example, with a fresh home and a free port; ended when left.

    `workers` 0 leaves their number to the service.
    """
    ready, home = directory / "ready", directory / "home"
    options = ["--home", home, "--names", NAMES, "--port", "0", "--ready", ready]
    if workers:
        options += ["--workers", str(workers)]
    command = [sys.executable, "-m", "tallystick", "serve", str(SERVICE), *map(str, options)]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + OPEN_S_MAX
        while not (ready.exists() and ready.read_text()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"did not open: {(directory / 'log').read_text()[-2000:]}")
            time.sleep(0.02)
        yield Served(ready.read_text(), process.pid, home)
    finally:
        process.terminate()
        process.wait(20)


def form_ring(served: Served, *, members: int) -> Ring:
    """Enrol staff and customers over HTTP, and give every customer e-money to pay with."""
    codes = dict(line.split() for line in (served.home / "activation.txt").read_text().splitlines())
    treasury = _enrolled(served, codes["treasury"])
    backoffice = _enrolled(served, codes["backoffice"])
    funds = Amount(minor=FUNDS_MINOR, currency="KES")
    accepted(treasury.confirm_funds(Amount(minor=FUNDS_MINOR * members, currency="KES"), "bench"))
    ring = Ring()
    for number in range(members):
        name = f"Member Number {number}"
        answer = backoffice.register_customer(
            name=name, born="1990-01-01", country="KE", document=f"ID-{number:06}",
            role="customer", tier="tier2",
        )  # fmt: skip
        data = accepted(answer).data or {}
        handset = _enrolled(served, str(data["activation"]))
        handset.open_session()
        ring.members.append(Member(name, str(data["account"]), handset))
        accepted(treasury.issue(str(data["account"]), funds))
    return ring


def spread(queues: Sequence[Sequence[Prepared]], connections: int) -> list[list[Prepared]]:
    """Queues of many handsets on fewer connections; each handset's order of sending stays."""
    lanes: list[list[Prepared]] = [[] for _ in range(min(connections, len(queues)))]
    for number, queue in enumerate(queues):
        lanes[number % len(lanes)].extend(queue)
    return lanes


def accepted(answer: Answer) -> Answer:
    if not answer.accepted:
        raise SystemExit(f"a benchmark met a refusal: {answer.code}")
    return answer


def _enrolled(served: Served, activation: str) -> Handset:
    handset = Handset.create(
        served.url,
        TrustAnchor.read(served.home / "trust.txt").checkpoint,
        secure_environment="tee",
        application=APPLICATION,
        clock=SystemClock(),
    )
    accepted(handset.enrol(activation, read_pin(PIN)))
    return handset
