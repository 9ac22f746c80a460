"""A whole service in this process: a platform behind its HTTP edge, people with handsets, one clock.

Nothing waits for the time of day: whoever wants it later moves `clock`.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tallystick.assembly import check_home, open_platform
from tallystick.crypto.modules import SoftwareModule
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import ManualClock
from tallystick.ground.money import Amount
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, Application, Handset, Refusal
from tallystick.serve import application
from tallystick.testing import (
    FaultyBooks,
    FaultyModule,
    InProcess,
    example_names,
    example_policy,
    marks_only,
)

ADDRESS = "http://provider.example"
APPLICATION = Application(version=3, build="sha256:" + "a" * 64, debuggable=False, rooted=False)
PIN = "4711"


class SharedModule(FaultyModule):
    """One set of keys for all tests: a platform that closes does not close it."""

    def close(self) -> None:
        self.find()


@cache
def _keys() -> SoftwareModule:
    return SoftwareModule.generate()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a handset: a customer, a merchant, or one of the staff."""

    handset: Handset
    name: str
    qr: str | None = None

    @property
    def account(self) -> str:
        return self.handset.bound().account

    @property
    def device(self) -> str:
        return self.handset.bound().device


class Stage:
    """Opens a platform in a fresh or a used home and serves it. Use it in a `with`."""

    def __init__(self, home: Path, *, policy: SecurityPolicy | None = None, **opening: Any) -> None:
        self.home, self.policy = home, policy or example_policy()
        self.clock = opening.pop("clock", None) or ManualClock()
        self.module = SharedModule(opening.pop("keys", None) or _keys())
        self.platform = open_platform(
            self.policy,
            home=home,
            names=opening.pop("names", None) or example_names(),
            clock=self.clock,
            module=self.module,
            **opening,
        )
        self.transport = InProcess(application(self.platform, public_url=ADDRESS))
        self._closed = False
        self._staff: dict[str, Person] = {}
        self.states: dict[str, Secret] = {}

    def faulty_books(self) -> FaultyBooks:
        """From here on commits go through books that fail on demand; nothing waits before."""
        self.settled()
        books = FaultyBooks(self.platform._books)
        self.platform._committer._books = books
        return books

    def close(self) -> None:
        if not self._closed:
            self.transport.close()
            self.platform.close()
        self._closed = True

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    # ---- people ---------------------------------------------------------------------------------

    def handset(self, **changes: Any) -> Handset:
        """A new handset that is bound to nobody."""
        usual: dict[str, Any] = {
            "secure_environment": "tee",
            "application": APPLICATION,
            "clock": self.clock,
            "transport": self.transport,
        }
        key = self.platform.trust_anchor().checkpoint
        return Handset.create(ADDRESS, key, **usual | changes)

    def enrolled(self, activation: str, *, pin: str = PIN) -> Handset:
        handset = self.handset()
        answer = handset.enrol(activation, Secret(pin.encode()))
        assert answer.accepted, answer.code
        return handset

    def staff(self, role: str) -> Person:
        if role in self.states and role not in self._staff:
            self._staff[role] = Person(self.restored(role), role)
        if role not in self._staff:
            lines = (self.home / "activation.txt").read_text().splitlines()
            codes = dict(line.split() for line in lines)
            self._staff[role] = Person(self.enrolled(codes[role]), role)
        return self._staff[role]

    def restored(self, name: str) -> Handset:
        """The handset of somebody whom the home already knows."""
        return Handset.restore(self.states[name], clock=self.clock, transport=self.transport)

    def registered(self, name: str, *, role: str = "customer", tier: str = "tier2") -> Answer:
        return self.staff("backoffice").handset.register_customer(
            name=name,
            born="1990-01-01",
            country="KE",
            document=f"A{self.platform.evidence.size():06d}",
            role=role,
            tier=tier,
        )

    def person(
        self,
        name: str,
        *,
        role: str = "customer",
        tier: str = "tier2",
        minor: int = 0,
        pin: str = PIN,
    ) -> Person:
        """A registered customer with a bound handset and so much e-money."""
        answer = self.registered(name, role=role, tier=tier)
        assert answer.accepted, answer.code
        assert answer.data is not None
        qr = answer.data["qr"]
        person = Person(self.enrolled(str(answer.data["activation"]), pin=pin), name, qr)
        if minor:
            self.fund(person, minor)
        return person

    def fund(self, person: Person, minor: int) -> None:
        treasury = self.staff("treasury").handset
        reference = f"funds-{self.platform.evidence.size()}"
        for answer in (
            treasury.confirm_funds(kes(minor), reference),
            treasury.issue(person.account, kes(minor)),
        ):
            assert answer.accepted, answer.code

    # ---- what happened --------------------------------------------------------------------------

    def settled(self) -> None:
        """Wait until everything that was decided so far is committed."""
        committer = self.platform._committer
        committer.submit(marks_only(), generation=committer.generation).result(10)

    def tallies(self) -> list[dict[str, Any]]:
        """The tally of every leaf, in order."""
        self.settled()
        entries = self.platform.evidence.leaves(0, self.platform.evidence.size())
        return [json.loads(entry.tally) for entry in entries]

    def tally(self, answer: Answer) -> dict[str, Any]:
        """The tally behind one answer."""
        (entry,) = self.platform.evidence.leaves(answer.index, 1)
        said: dict[str, Any] = json.loads(entry.tally)
        return said

    def kinds(self, answer: Answer) -> list[str]:
        return [fact["kind"] for fact in self.tally(answer)["facts"]]

    def balance(self, person: Person) -> tuple[int, int]:
        """Credits minus debits, and what of it is held; from the books."""
        row = self.platform._books.account(person.account)  # type: ignore[arg-type]
        assert row is not None
        return row.credits - row.debits, row.debits_held

    def findings(self) -> list[str]:
        return [f"{found.where}: {found.what}" for found in check_home(self.home)]


@cache
def _prepared() -> tuple[Path, dict[str, Secret]]:
    """A home with its staff, alice and bob, made once for the whole run, and their handsets."""
    folder = Path(tempfile.mkdtemp(prefix="tallystick-stage-"))
    atexit.register(shutil.rmtree, folder)
    with Stage(folder / "home") as made:
        people = {role: made.staff(role) for role in ("treasury", "backoffice", "laboratory")}
        people["alice"] = made.person("Alice Wanjiru", minor=10_000_000)
        people["bob"] = made.person("Bob Otieno")
        return folder / "home", {name: one.handset.state() for name, one in people.items()}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A service of its own for each test that asks for one: a copy of the prepared home."""
    home, states = _prepared()
    shutil.copytree(home, tmp_path / "home")
    with Stage(tmp_path / "home") as made:
        made.states = states
        yield made


@pytest.fixture
def alice(stage: Stage) -> Person:
    """Somebody with 100,000.00 KES."""
    return Person(stage.restored("alice"), "Alice Wanjiru")


@pytest.fixture
def bob(stage: Stage) -> Person:
    """Somebody with nothing yet."""
    return Person(stage.restored("bob"), "Bob Otieno")


def kes(minor: int) -> Amount:
    return Amount(minor=minor, currency="KES")


def secret(pin: str = PIN) -> Secret:
    return Secret(pin.encode())


def pay(
    payer: Person, payee: Person, minor: int, *, pin: str | None = PIN, **changes: Any
) -> Answer:
    """A remote payment, or the refusal that answered it as an exception."""
    order = payment(payer, payee, minor, pin=pin, **changes)
    return payer.handset.send(order)


def payment(
    payer: Person, payee: Person, minor: int, *, pin: str | None = PIN, **changes: Any
) -> Any:
    usual: dict[str, Any] = {"payee_id": payee.account, "payee_name": payee.name}
    return payer.handset.order_payment(
        "remote.pay", amount=kes(minor), pin=secret(pin) if pin else None, **usual | changes
    )


def refusal(call: Any, *arguments: Any, **named: Any) -> tuple[int, str]:
    """Status and code of the problem document that a call is answered with."""
    try:
        answer = call(*arguments, **named)
    except Refusal as refused:
        return refused.status, refused.code
    raise AssertionError(f"not refused: {answer}")


def facts_of(tally: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The detail of the one fact of a kind."""
    (found,) = [fact for fact in tally["facts"] if fact["kind"] == kind]
    detail: dict[str, Any] = found["detail"]
    return detail
