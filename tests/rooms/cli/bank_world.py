"""A served home, its treasury, and a bank that the tests play."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tallystick.assembly import read_trust_account
from tallystick.ground.secret import Secret
from tallystick.handset import Handset, save_state
from tallystick.protect.emoney import end_to_end_id
from tallystick.serve.bank import (
    Message,
    Movement,
    Statement,
    Statements,
    StatusReport,
    Verdict,
    write_message,
)
from tests.stage import Person, Stage, kes, secret, stage

__all__ = ["FROM", "IBAN", "TRUST", "World", "movement", "notified", "stage", "status", "world"]

IBAN = "DE89370400440532013000"
TRUST = "FR1420041010050500013M02606"
FROM = ("--name", "Kijani trust", "--account", TRUST)


class World:
    """A served home, its treasury, one customer, and a bank that we play."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.home = stage, stage.home
        self.alice = Person(stage.restored("alice"), "Alice Wanjiru")
        self.reach = ("--home", stage.home)
        folder = stage.home / "staff"
        folder.mkdir(mode=0o700)
        save_state(folder / "treasury.handset", stage.states["treasury"])

    def redeem(self, minor: int) -> str:
        answer = self.alice.handset.transfer_to_bank(IBAN, "Alice W.", kes(minor), pin=secret())
        assert answer.accepted, answer.code
        self.stage.settled()
        return end_to_end_id(f"{self.alice.device}.{answer.leaf['request']}")

    def file(self, message: Message, name: str = "bank.xml") -> Path:
        path = self.home.parent / name
        path.write_bytes(write_message(message))
        return path

    def state(self, payment: str) -> str:
        self.stage.settled()
        return read_trust_account(self.home).payouts[payment].state

    def balance(self) -> tuple[int, int]:
        self.stage.settled()
        return self.stage.balance(self.alice)


class KeptOpen(httpx.BaseTransport):
    """The way to the stage, for handsets that are closed before it."""

    def __init__(self, stage: Stage) -> None:
        self.handle_request = stage.transport.handle_request  # type: ignore[method-assign]


@pytest.fixture
def world(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> World:
    """The commands reach the platform without a port, under the clock of the stage."""

    class Reached:
        @staticmethod
        def restore(state: Secret, *, clock: object, base_url: str | None) -> Handset:
            return Handset.restore(state, clock=stage.clock, transport=KeptOpen(stage))

    monkeypatch.setattr("tallystick.cli.bank.desk.Handset", Reached)
    return World(stage)


def status(kind: str = "pain.002", group: str = "", **verdicts: str) -> StatusReport:
    return StatusReport(
        kind=kind,
        message="S1",
        created="2026-03-04T10:00:00Z",
        about=verdicts.pop("about", "FILE"),
        about_kind="pain.001.001.09",
        group=group,
        verdicts=tuple(Verdict(end_to_end=name, status=word) for name, word in verdicts.items()),
    )


def movement(reference: str, minor: int, *, credit: bool = True, **more: object) -> Movement:
    given = {"day": "2023-11-14", **more}
    return Movement(reference=reference, amount=kes(minor), credit=credit, **given)  # type: ignore[arg-type]


def notified(*movements: Movement) -> Statements:
    one = Statement(id="N1", account=TRUST, currency="KES", movements=movements)
    return Statements(
        kind="camt.054", message="N1", created="2026-03-04T10:00:00Z", statements=(one,)
    )
