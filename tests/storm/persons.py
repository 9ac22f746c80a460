"""The people of a simulated world: they order, lose patience, ask again, and compare what they hear."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from tallystick.crypto.modules import PinNotVerified
from tallystick.ground.clock import ManualClock
from tallystick.ground.identifiers import RequestId
from tallystick.handset import Order
from tallystick.protect.corridor.vetting import PinVerdict
from tallystick.protect.enforcement import Committed
from tallystick.protect.messages import FinancialMessage
from tallystick.prove.evidence import verify_inclusion, verify_note
from tests.stage import kes
from tests.storm import cast
from tests.storm.history import Call
from tests.storm.oracle import Violation
from tests.storm.people import minor_of

PATIENCE_MS = 4_000
WRONG = PinNotVerified("the PIN is another")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message, as it is carried; `changed` when it is not what was ordered first."""

    person: Person
    message: FinancialMessage
    pin: PinVerdict | None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An answer with its proof, or the refusal of the edge."""

    code: str
    committed: Committed | None = None


class Person:
    """One order at a time, until it is answered."""

    def __init__(self, world: Any, part: cast.Part) -> None:
        self.world, self.part = world, part
        self.chance = world.chance
        self.clock = ManualClock(cast.BORN_MS)
        self.handset = cast.handset_of(part, world.verifier, self.clock)
        self.wrong_ms, self.counter, self.orders = 0, 0, 0
        self.order: Order | None = None
        self.pin: PinVerdict | None = None
        self.calls: dict[str, Call] = {}
        self.size = 0
        self.stopped = False

    def stop(self) -> None:
        """No new orders; the one that is open is still pursued."""
        self.stopped = True

    # ---- asking ---------------------------------------------------------------------------------

    def act(self) -> None:
        """Think of an order and send it."""
        if self.stopped or self.order is not None:
            return
        self.orders += 1
        choices = THINKS[self.part.device.role]
        self.pin = None
        self.order = self.chance.choice(choices)(
            self, f"order-{self.part.device.id}-{self.orders:05}"
        )
        if self.order is None:
            self.world.after(self.chance.randint(50, 400), self.act)
            return
        key = f"{self.part.device.id}.{self.order.request}"
        self.calls[key] = Call(request=key, asked=self.world.number)
        self._pursue(self.order)

    def _pursue(self, order: Order) -> None:
        """Send it, and again when nothing is heard."""
        if self.order is not order:
            return
        self.send(order)
        self.world.after(
            self.chance.randint(PATIENCE_MS // 2, PATIENCE_MS), lambda: self._pursue(order)
        )

    def send(self, order: Order, *, changed: bool = False) -> None:
        self.counter += 1
        body = msgspec.json.encode(order.body)
        digest = hashlib.sha256(order.operation.encode() + b"." + body).hexdigest()
        message = FinancialMessage(
            device=self.part.device.id,
            audience="tallystick:example-wallet",
            url="/v1/messages",
            issued_s=self._now_ms() // 1000,
            request=RequestId(order.request),
            counter=self.counter,
            operation=order.operation,
            body=body,
            order=f"sha256:{digest}",
        )
        self.world.send(Sent(self, message, self.pin, changed))

    def _now_ms(self) -> int:
        return cast.BORN_MS + 1000 + int(self.world.now_ms) + self.wrong_ms

    # ---- hearing --------------------------------------------------------------------------------

    def hear(self, sent: Sent, told: Told) -> None:
        """What came back, perhaps late, perhaps twice."""
        if told.committed is None:
            return  # the edge refused: whoever wants an answer asks again
        if sent.changed:
            raise Violation(f"{sent.message.request} was answered with another body")
        leaf = believe(told.committed, verifier=self.world.verifier)
        if (leaf["device"], leaf["request"]) != (self.part.device.id, sent.message.request):
            raise Violation(f"{sent.message.request} was answered with {leaf['request']}")
        key = f"{self.part.device.id}.{sent.message.request}"
        call = self.calls[key]
        if call.answered == math.inf:
            self.calls[key] = self._answered(call, leaf, told.committed)
        elif call.place != told.committed.index:
            raise Violation(f"{key} was told {call.place}, then {told.committed.index}")
        if self.order is not None and self.order.request == sent.message.request:
            self._go_on(self.order)

    def _answered(self, call: Call, leaf: dict[str, Any], committed: Committed) -> Call:
        self.world.number += 1
        saw = {}
        if leaf["operation"] == "banking.balance" and leaf["code"] == "ok":
            data = msgspec.json.decode(committed.data or b"{}")
            left, held = minor_of(data["available"]), minor_of(data["reserved"])
            saw[leaf["payer"]] = (left + held, held)
        wanted = (leaf["payer"], leaf["amount_minor"]) if leaf["amount_minor"] else None
        if leaf["operation"] == "banking.transfer" and leaf["code"] == "ok":
            self.world.holds.append(call.request)
        if leaf["operation"] == "reservation.make" and leaf["code"] == "ok":
            self.world.reservations.append(call.request)
        return replace(
            call,
            answered=self.world.number,
            place=committed.index,
            code=leaf["code"],
            saw=saw,
            wanted=wanted,
        )

    def _go_on(self, order: Order) -> None:
        """The order is done: now and then ask once more, with the same body or another."""
        self.order = None
        luck = self.chance.random()
        if luck < 0.10:
            self.send(order)
        elif luck < 0.15:
            self.send(replace(order, body={**order.body, "more": 1}), changed=True)
        self.world.after(self.chance.randint(1, 100), self.act)

    # ---- kinds of orders ------------------------------------------------------------------------

    def pay(self, request: str) -> Order:
        others = [p for p in cast.parts() if p.device.account not in ("", self.part.device.account)]
        payee = self.chance.choice(others)
        minor = self.chance.choice(
            (1, self.chance.randint(1, 2_000), self.chance.randint(1, 90_000))
        )
        self._pin(minor)
        return self._signed("remote.pay", request, payee.device.account, payee.name, minor)

    def reserve(self, request: str) -> Order:
        merchant = cast.parts()[-2]
        minor = self.chance.randint(1, 90_000)
        self._pin(minor)
        until_ms = self._now_ms() + self.chance.choice((61_000, 100_000, 86_400_000))
        payee = (merchant.device.account, merchant.name)
        return self._signed("reservation.make", request, *payee, minor, until_ms=until_ms)

    def capture(self, request: str) -> Order | None:
        if not self.world.reservations:
            return None
        amount = f"{self.chance.randint(1, 900)}.{self.chance.randint(0, 99):02}"
        body = {"reservation": self.chance.choice(self.world.reservations[-6:]), "amount": amount}
        return Order(request=request, operation="reservation.capture", body=body)

    def release(self, request: str) -> Order | None:
        if not self.world.reservations:
            return None
        body = {"reservation": self.chance.choice(self.world.reservations[-6:])}
        return Order(request=request, operation="reservation.release", body=body)

    def redeem(self, request: str) -> Order:
        minor = self.chance.randint(1, 2_000)
        return self._signed(
            "banking.transfer", request, "bank:de89370400440532013000", "Bank", minor
        )

    def look(self, request: str) -> Order:
        return Order(request=request, operation="banking.balance", body={})

    def confirm(self, request: str) -> Order:
        reference = f"ref-{self.chance.randint(1, 40)}"
        body = {"amount": f"{self.chance.randint(1, 1_000)}.00", "reference": reference}
        return Order(request=request, operation="funds.confirm", body=body)

    def issue(self, request: str) -> Order:
        account = self.chance.choice(cast.parts()[:-1]).device.account
        body = {"account": account, "amount": f"{self.chance.randint(1, 600)}.00"}
        return Order(request=request, operation="emoney.issue", body=body)

    def settle(self, request: str) -> Order | None:
        if not self.world.holds:
            return None
        verdict = self.chance.choice(("paid", "failed"))
        body = {"hold": self.chance.choice(self.world.holds[-6:]), "verdict": verdict}
        return Order(request=request, operation="emoney.settle", body=body)

    def _pin(self, minor: int) -> None:
        if minor >= 50_000:
            right = self.chance.random() < 0.8
            self.pin = PinVerdict(reference=cast.REFERENCE, refusal=None if right else WRONG)

    def _signed(
        self, kind: str, request: str, payee: str, name: str, minor: int, **more: int
    ) -> Order:
        self.clock.advance(ms=self._now_ms() - self.clock.now_ms())
        order = self.handset.order_payment(
            kind, payee, name, kes(minor), request=request, fee=kes(0), **more
        )
        return replace(order, body={**order.body, "pin": "sealed" if self.pin else None})


Thinks = Callable[[Person, str], Order | None]
THINKS: dict[str, tuple[Thinks, ...]] = {
    "customer": (*[Person.pay] * 5, Person.reserve, *[Person.redeem] * 2, Person.look),
    "merchant": (*[Person.capture] * 3, Person.release, Person.pay, Person.look),
    "treasury": (Person.confirm, Person.issue, Person.issue, Person.settle),
}


def believe(committed: Committed, *, verifier: str) -> dict[str, Any]:
    """The leaf of an answer, as a handset believes it: proven against a signed checkpoint."""
    head = verify_note(committed.checkpoint, verifier)
    verify_inclusion(
        leaf=committed.leaf,
        index=committed.index,
        size=committed.size,
        path=committed.path,
        root=head.root,
    )
    leaf: dict[str, Any] = json.loads(committed.leaf)
    return leaf
