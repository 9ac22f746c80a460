"""People with handsets who do not give up, and the history of what they were told."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.assembly.readers import open_reading
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, AnswerLost, Handset, Order, ReceiptRefused, Refusal
from tests.stage import kes, secret
from tests.storm.history import Call, Moved, Snapshot

ATTEMPTS_MAX = 2_000
"""Whoever asks more often than this will never be answered."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A handset that was restored for a storm, and the name that it is registered under."""

    handset: Handset
    name: str
    pin: Secret = field(default_factory=secret)

    @property
    def account(self) -> str:
        return self.handset.bound().account

    @property
    def device(self) -> str:
        return self.handset.bound().device


@dataclass(slots=True)
class Chronicle:
    """What everybody asked and was told. `told` is called with each answer before it is used."""

    told: Callable[[str, Order, Answer], None] = lambda *_: None
    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def carry_out(self, holder: Holder, order: Order, *, again: Callable[[], None]) -> Answer:
        """Send until there is an answer; `again` is called before each new attempt."""
        asked = time.monotonic()
        answer = persist(holder.handset, order, again=again)
        answered = time.monotonic()
        self.told(holder.device, order, answer)
        with self._lock:
            self.calls.append(_call(holder, order, answer, asked, answered))
        return answer


def persist(handset: Handset, order: Order, *, again: Callable[[], None]) -> Answer:
    """The answer to an order, whatever gets lost on the way."""
    for _ in range(ATTEMPTS_MAX):
        try:
            return handset.send(order)
        except (AnswerLost, Refusal):
            handset.unanswered[order.request] = order  # a refusal of the edge decides nothing
            again()
        except ReceiptRefused as broken:
            if "does not show" not in str(broken):
                raise
            again()  # only the proof that the log grew was lost
    raise AssertionError(f"{order.request} was never answered")


def get_ready(handset: Handset, *, again: Callable[[], None]) -> None:
    """Open a session: from here on orders can be written."""
    for _ in range(ATTEMPTS_MAX):
        try:
            handset.open_session()
        except (AnswerLost, Refusal):
            again()
        else:
            return
    raise AssertionError("no session was ever opened")


def payment(payer: Holder, payee: Holder, minor: int) -> Order:
    """A payment that is ready to be sent; beyond the step-up amount its PIN goes with it."""
    return payer.handset.order_payment(
        "remote.pay", payee.account, payee.name, kes(minor), pin=payer.pin
    )


def act(
    holder: Holder,
    others: Iterable[Holder],
    chance: random.Random,
    chronicle: Chronicle,
    *,
    orders: int,
    again: Callable[[], None],
) -> None:
    """Pay others, look at the balance, send some orders twice; each until it is answered."""
    payees = [other for other in others if other is not holder]
    get_ready(holder.handset, again=again)
    for _ in range(orders):
        if chance.random() < 0.25:
            order = Order(request=_request(chance), operation="banking.balance", body={})
        else:
            order = payment(
                holder,
                chance.choice(payees),
                chance.choice((chance.randint(1, 2_000), chance.randint(1, 60_000))),
            )
        answer = chronicle.carry_out(holder, order, again=again)
        if chance.random() < 0.2:
            holder.handset.unanswered[order.request] = order
            repeated = persist(holder.handset, order, again=again)
            assert (repeated.index, repeated.receipt) == (answer.index, answer.receipt)


def _request(chance: random.Random) -> str:
    return f"look-{chance.getrandbits(96):024x}"


def _call(holder: Holder, order: Order, answer: Answer, asked: float, answered: float) -> Call:
    saw = {}
    if answer.accepted and order.operation == "banking.balance" and answer.data is not None:
        available, reserved = (minor_of(answer.data[name]) for name in ("available", "reserved"))
        saw[holder.account] = (available + reserved, reserved)
    minor = answer.leaf["amount_minor"]
    return Call(
        request=f"{holder.device}.{order.request}",
        asked=asked,
        answered=answered,
        place=answer.index,
        code=answer.code,
        saw=saw,
        wanted=(holder.account, int(minor)) if isinstance(minor, int) else None,
    )


def minor_of(decimal: object) -> int:
    """Minor units of a decimal string with two places."""
    return int(str(decimal).replace(".", ""))


# ---- the books, from outside --------------------------------------------------------------------


def moved_in(home: Path) -> list[Moved]:
    """Every transfer of a home with the place of the order that caused it."""
    with open_reading(home) as reading:
        leaves = reading.evidence.leaves(0, reading.evidence.size())
        names = {entry.index: named(entry.leaf) for entry in leaves}
        return [
            Moved(
                place=place,
                request=names[place],
                kind=kind,
                debit=debit,
                credit=credit,
                minor=minor,
                reserved=reserved,
            )
            for place, _, _, _, kind, debit, credit, _, minor, _, _, _, reserved, _ in reading.books.rows(
                "transfer"
            )
        ]


def named(leaf: bytes) -> str:
    """The request of a leaf, with the device that asked."""
    said = json.loads(leaf)
    return f"{said['device']}.{said['request']}"


def snapshot(home: Path) -> Snapshot:
    """All balances at one moment, as another process reads them."""
    with open_reading(home) as reading:
        place = reading.evidence.size()
        rows = list(reading.books.rows("account"))
    balances = {
        name: (credits_ - debits, held) for name, _, _, _, _, debits, credits_, held, _ in rows
    }
    return Snapshot(place=place, balances=balances)


def of_before(moved: Iterable[Moved]) -> list[Call]:
    """Calls that stand for what was in the books when a storm began."""
    return [
        Call(
            request=one.request,
            asked=float("-inf"),
            answered=float("-inf"),
            place=one.place,
            code="ok",
            wanted=(one.debit, one.minor),
        )
        for one in moved
    ]
