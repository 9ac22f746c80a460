"""Any function on an order's way raises, or a room's check answers garbage: refused, and nothing moves.

Which functions those are is found by watching one order of each kind (tests/attacks/breaking.py), so a
room that is added is broken too. After each case the function is mended and the same order is asked
again: what then holds is that its effect happened once if it was accepted, and not at all otherwise;
and that memory holds what the books hold, or that the service closed itself for good.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tallystick.assembly import open_platform
from tallystick.crypto.modules.starting import wait_at_most
from tallystick.ground.clock import ManualClock
from tallystick.ground.errors import Refused
from tallystick.handset import Answer, HandsetRefused, Order, Refusal, new_request
from tallystick.protect.enforcement import ServiceClosed
from tallystick.serve import application
from tallystick.testing import InProcess, example_names, example_policy, transport
from tallystick.trials import enrol_staff
from tests.attacks.breaking import Place, Watch, broken, called
from tests.stage import ADDRESS, Person, Stage, _prepared, kes, payment
from tests.storm.bounds import BROKEN_PER_ACT
from tests.storm.test_failing_commits import demand_memory_equals_books

NEVER = "never answered"
IBAN = "KE12ABCDEFGHIJ1234"
NO_CHECKS = {
    "protect.devices.activation:new_code",
    "protect.diligence.customers:document_number",
    "protect.messages.answers:Slip.leaf",
    "protect.messages.answers:seal_answer",
}
"""On the door of a room that judges, and yet they make something: they raise, or they work."""
ASKS_AHEAD = {"protect.corridor.corridor:Corridor.foresee"}
"""Saves a question and judges nothing: when it breaks, each order asks by itself, and it is told."""


@dataclass(slots=True)
class Scene:
    """A service of its own, with people in it; made anew when a case has left it in pieces."""

    folder: Path
    number: int = 0
    stage: Stage = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    holds: list[str] = field(default_factory=list)

    def renew(self) -> None:
        self.close()
        self.number += 1
        home, states = _prepared()
        shutil.copytree(home, self.folder / f"home-{self.number}")
        self.stage = Stage(self.folder / f"home-{self.number}")
        self.stage.states = states
        self.people = {
            name: Person(self.stage.restored(name), full)
            for name, full in (
                ("alice", "Alice Wanjiru"), ("bob", "Bob Otieno"), ("treasury", "treasury"),
                ("backoffice", "backoffice"), ("laboratory", "laboratory"),
            )
        }  # fmt: skip
        self.people["shop"] = self.stage.person("Mama Mboga", role="merchant")
        self.holds = []
        for person in self.people.values():
            person.handset.open_session()

    def close(self) -> None:
        if self.number:
            self.stage.close()

    def ask(self, who: str, operation: str, **body: object) -> tuple[Person, Order]:
        return self.people[who], Order(request=new_request(), operation=operation, body=body)


def pays(scene: Scene) -> tuple[Person, Order]:
    return scene.people["alice"], payment(scene.people["alice"], scene.people["bob"], 100, pin=None)


def pays_with_pin(scene: Scene) -> tuple[Person, Order]:
    return scene.people["alice"], payment(scene.people["alice"], scene.people["bob"], 50_000)


def pays_a_merchant(scene: Scene) -> tuple[Person, Order]:
    alice, shop = scene.people["alice"], scene.people["shop"]
    order = alice.handset.order_payment(
        "merchant.pay", shop.account, shop.name, kes(100), qr=shop.qr
    )
    return alice, order


def redeems(scene: Scene) -> tuple[Person, Order]:
    alice = scene.people["alice"]
    payee = f"bank:{IBAN.lower()}"
    return alice, alice.handset.order_payment("banking.transfer", payee, "Alice", kes(100))


def settles(scene: Scene) -> tuple[Person, Order]:
    alice, order = redeems(scene)
    assert alice.handset.send(order).accepted
    return scene.ask(
        "treasury", "emoney.settle", hold=f"{alice.device}.{order.request}", verdict="paid"
    )


def confirms(scene: Scene) -> tuple[Person, Order]:
    return scene.ask("treasury", "funds.confirm", amount="1.00", reference=f"f-{new_request()}")


def issues(scene: Scene) -> tuple[Person, Order]:
    person, order = confirms(scene)
    assert person.handset.send(order).accepted
    return scene.ask("treasury", "emoney.issue", account=scene.people["bob"].account, amount="1.00")


def registers(scene: Scene) -> tuple[Person, Order]:
    document = f"A{random.randrange(10**9):09d}"
    customer = {
        "name": "Wangari Njeri",
        "born": "1990-01-01",
        "country": "KE",
        "document": document,
    }
    return scene.ask(
        "backoffice", "customer.register", customer=customer, role="customer", tier="tier1"
    )


def offers(scene: Scene) -> tuple[Person, Order]:
    customer = scene.people["bob"].handset.bound().customer
    return scene.ask("backoffice", "device.offer", customer=customer)


def suspends(scene: Scene) -> tuple[Person, Order]:
    return scene.ask(
        "backoffice", "device.suspend", device=scene.people["shop"].device, reason="lost"
    )


ACTS: dict[str, Callable[[Scene], tuple[Person, Order]]] = {
    "a payment": pays,
    "a payment with a PIN": pays_with_pin,
    "a payment to a merchant": pays_a_merchant,
    "a redemption": redeems,
    "a settlement": settles,
    "a confirmation": confirms,
    "an issue": issues,
    "a registration": registers,
    "an offer": offers,
    "a suspension": suspends,
    "a balance": lambda scene: scene.ask("alice", "banking.balance"),
    "a statement": lambda scene: scene.ask("alice", "banking.statement", limit=5),
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    made.renew()
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTS)
def test_whatever_breaks_the_order_is_refused(
    scene: Scene,
    act: str,
    seed: int,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.ERROR, "tallystick")
    monkeypatch.setattr(transport, "ANSWER_S", 3)
    cases = [(place, way) for place in watched(scene, ACTS[act]) for way in place.ways()]
    wrong: list[str] = []
    for place, way in random.Random(seed).sample(cases, min(len(cases), BROKEN_PER_ACT)):
        caplog.clear()
        said = check(scene, ACTS[act], place, way, lambda: bool(caplog.records))
        wrong += [f"{place.name} {way}: {one}" for one in said]
    assert not wrong, "\n".join(wrong)
    assert scene.stage.findings() == []


def watched(scene: Scene, act: Callable[[Scene], tuple[Person, Order]]) -> list[Place]:
    """The functions that an order of this kind passes through."""
    person, order = act(scene)
    watch = Watch()
    scene.stage.transport.run(watch.start)
    assert person.handset.send(order).accepted
    scene.stage.transport.run(watch.stop)
    return list(watch.places.values())


def check(
    scene: Scene,
    act: Callable[[Scene], tuple[Person, Order]],
    place: Place,
    way: str,
    logged: Callable[[], bool],
) -> Iterator[str]:
    """What is wrong with how one broken function is met."""
    if place.name in NO_CHECKS and way != "raises":
        return
    person, order = act(scene)
    size = scene.stage.platform.evidence.size()
    with broken(place, way):
        first = send(person, order)
    if place.name in ASKS_AHEAD:
        if not (isinstance(first, Answer) and first.accepted and logged()):
            yield "the order did not ask by itself, or nobody was told"
    elif isinstance(first, Answer) and first.accepted and called:
        yield "accepted all the same"
    recorded = is_closed(scene) or size < grown(scene)
    if not isinstance(first, Answer) and not logged() and not recorded:
        yield f"refused with {first}, and nobody was told"
    if first == NEVER:
        yield "never answered"
    person.handset.unanswered[order.request] = order
    last = send(person, order)
    if isinstance(last, str) and not is_closed(scene):
        yield f"still refused when it was mended: {last}"
    wrong = []
    if not isinstance(last, str):
        wrong = list(effects(scene, person, order, accepted=last.accepted))
        yield from wrong
    if wrong or not (isinstance(last, Answer) and last.accepted):
        scene.renew()


def effects(scene: Scene, person: Person, order: Order, *, accepted: bool) -> Iterator[str]:
    rows = scene.stage.platform._books.transfers()
    mine = [row for row in rows if row.id.startswith(f"{person.device}.{order.request}")]
    moves = order.operation.partition(".")[0] not in ("customer", "device") and order.operation not in (
        "banking.balance", "banking.statement",
    )  # fmt: skip
    if len(mine) != int(accepted and moves):
        yield f"{len(mine)} transfers of an order that was {'accepted' if accepted else 'refused'}"
    try:
        demand_memory_equals_books(scene.stage)
    except Exception as differs:
        yield f"memory is not what the books say: {str(differs)[:80]}"


def send(person: Person, order: Order) -> Answer | str:
    """The answer, or how it was refused."""
    try:
        return person.handset.send(order)
    except Refusal as refusal:
        return f"{refusal.status} {refusal.code}"
    except HandsetRefused as refusal:
        return refusal.code
    except TimeoutError:
        return NEVER


def is_closed(scene: Scene) -> bool:
    """Whether the service itself says that it is closed."""
    try:
        scene.stage.platform.demand_open()
    except Refused:
        return True
    return False


def grown(scene: Scene) -> int:
    """The size of the evidence once everything that was decided is in it."""
    with suppress(ServiceClosed):  # what was decided meanwhile is void; then it is not there
        scene.stage.settled()
    return scene.stage.platform.evidence.size()


def test_a_module_that_hangs_is_waited_for_no_longer_than_its_bound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The only check with a process, and so a clock, of its own: after its bound the answer is no."""
    names, policy, clock = example_names(), example_policy(), ManualClock()
    with open_platform(policy, home=tmp_path / "home", names=names, clock=clock) as platform:
        process = platform.module._process.pid  # type: ignore[attr-defined]
        edge = InProcess(application(platform, public_url=ADDRESS))
        key = platform.trust_anchor().checkpoint
        codes = dict(
            line.split() for line in (tmp_path / "home" / "activation.txt").read_text().splitlines()
        )
        staff = enrol_staff(ADDRESS, key, codes=codes, clock=clock, transport=edge)
        size = platform.evidence.size()
        staff.treasury.open_session()
        wait_at_most(platform.module._channel, 1)  # and no sooner: a slow machine is no hanging one
        os.kill(process, signal.SIGSTOP)
        try:
            with caplog.at_level(logging.ERROR), pytest.raises(Refusal) as refused:
                staff.treasury.confirm_funds(kes(100), "hangs-1")
        finally:
            os.kill(process, signal.SIGCONT)
        assert (refused.value.status, refused.value.code) == (503, "service.closed")
        assert caplog.records
        assert platform.evidence.size() == size
        assert platform.safeguarding() == (0, 0)
        edge.close()
