"""A whole service, asked through HTTP by real handsets, against a plain dictionary.

The model adds and takes away whole numbers; it knows nothing of how anything is done. The same machine
runs on SQLite and on PostgreSQL. Books without a service around them are in test_ledger.py.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from tallystick.assembly import verify_ledger
from tallystick.decide.policy import FeeRule, Terms
from tallystick.handset import Answer, Order, Refusal
from tallystick.testing import example_policy
from tests.postgres import Cluster, shared_cluster
from tests.stage import Person, Stage, kes, secret
from tests.storm.bounds import LONG

NAMES = ("Alice Wanjiru", "Bob Otieno", "Carol Achieng", "Lake Hotel")
MERCHANT = 3
START_MINOR, FEE_MINOR, DAY_MS, HOLD_DAYS, REVERSAL_DAYS = 200_000, 500, 86_400_000, 14, 7
FEE = FeeRule(
    operation="remote.pay",
    paid_by="payer",
    flat_minor=FEE_MINOR,
    permille=0,
    minimum_minor=0,
    maximum_minor=None,
    agent_permille=0,
)
MERCHANT_PERMILLE = 20
MERCHANT_FEE = replace(FEE, operation="merchant.pay", paid_by="payee", flat_minor=0,
                       permille=MERCHANT_PERMILLE)  # fmt: skip
people = st.sampled_from(range(len(NAMES)))
amounts = st.one_of(st.integers(1, 2_000), st.integers(1, 90_000))


@dataclass(slots=True)
class Payment:
    payer: int
    payee: int
    minor: int
    at_ms: int
    refunded: int = 0
    reversed: bool = False


@dataclass(slots=True)
class Reserved:
    payer: int
    minor: int
    until_ms: int
    open: bool = True


@dataclass(slots=True)
class Model:
    balance: list[int] = field(default_factory=lambda: [0] * len(NAMES))
    held: list[int] = field(default_factory=lambda: [0] * len(NAMES))
    bank: int = 0
    unissued: int = 0
    fees: int = 0
    references: set[int] = field(default_factory=set)
    holds: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    reserved: dict[str, Reserved] = field(default_factory=dict)

    def spendable(self, person: int) -> int:
        return self.balance[person] - self.held[person]


class ServiceMachine(RuleBasedStateMachine):
    holds = Bundle("holds")
    payments = Bundle("payments")
    reservations = Bundle("reservations")

    def books(self) -> str | None:
        """Where the books are kept; None for the home itself."""
        return None

    def forget_books(self) -> None:
        """The address is no longer needed."""

    @initialize()
    def open_service(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tallystick-service-"))
        policy = example_policy(
            terms=Terms(fees={one.operation: one for one in (FEE, MERCHANT_FEE)})
        )
        books = self.books()
        how = {} if books is None else {"books": books}
        self.stage = Stage(self.folder / "home", policy=policy, **how)
        roles = {MERCHANT: "merchant"}
        self.people = [
            self.stage.person(name, role=roles.get(number, "customer"))
            for number, name in enumerate(NAMES)
        ]
        self.treasury = self.stage.staff("treasury").handset
        self.backoffice = self.stage.staff("backoffice").handset
        self.model = Model(bank=1_000_000, unissued=1_000_000 - len(NAMES) * START_MINOR)
        assert self.treasury.confirm_funds(kes(1_000_000), "bank-first").accepted
        for number, person in enumerate(self.people):
            assert self.treasury.issue(person.account, kes(START_MINOR)).accepted
            self.model.balance[number] = START_MINOR
        self.asked: list[tuple[Person | None, Any, Order, Answer]] = []

    def teardown(self) -> None:
        if not hasattr(self, "stage"):
            return
        try:
            self.stage.settled()
            assert self.stage.findings() == []
            assert [one.code for one in verify_ledger(self.stage.home) if not one.holds] == []
        finally:
            self.stage.close()
            shutil.rmtree(self.folder)
            self.forget_books()

    # ---- money comes and goes -------------------------------------------------------------------

    @rule(minor=st.integers(1, 500_000), reference=st.integers(0, 12))
    def confirm(self, minor: int, reference: int) -> None:
        known = reference in self.model.references
        answer = self.treasury.confirm_funds(kes(minor), f"bank-{reference}")
        assert answer.code == ("reference.used" if known else "ok")
        if not known:
            self.model.references.add(reference)
            self.model.bank += minor
            self.model.unissued += minor

    @rule(person=people, minor=st.integers(1, 500_000))
    def issue(self, person: int, minor: int) -> None:
        answer = self.treasury.issue(self.people[person].account, kes(minor))
        enough = minor <= self.model.unissued
        assert answer.code == ("ok" if enough else "funds.insufficient")
        if enough:
            self.model.unissued -= minor
            self.model.balance[person] += minor

    @rule(target=holds, person=people, minor=amounts)
    def redeem(self, person: int, minor: int) -> Any:
        holder = self.people[person]
        answer = holder.handset.transfer_to_bank(
            "KE12ABCDEFGHIJ1234", holder.name, kes(minor), secret()
        )
        enough = minor <= self.model.spendable(person)
        assert answer.code == ("ok" if enough else "funds.insufficient")
        if not enough:
            return multiple()
        self.model.held[person] += minor
        self.model.holds[named(answer)] = (person, minor, self.stage.clock.now_ms())
        return named(answer)

    @rule(hold=holds, paid=st.booleans())
    def settle(self, hold: str, paid: bool) -> None:
        answer = self.treasury.settle(hold, "paid" if paid else "failed")
        self._resolved(hold, answer, paid=paid, due=True)

    @rule(hold=holds)
    def expire(self, hold: str) -> None:
        age = self.stage.clock.now_ms() - self.model.holds.get(hold, (0, 0, 0))[2]
        answer = self.treasury.expire(hold)
        self._resolved(hold, answer, paid=False, due=age > HOLD_DAYS * DAY_MS)

    # ---- payments and what becomes of them ------------------------------------------------------

    @rule(target=payments, payer=people, payee=people, minor=amounts)
    def pay(self, payer: int, payee: int, minor: int) -> Any:
        one, other = self.people[payer], self.people[payee]
        order = one.handset.order_payment(
            "remote.pay", other.account, other.name, kes(minor), pin=secret(), fee=kes(FEE_MINOR)
        )
        answer = one.handset.send(order)
        self.asked.append((one, one.handset, order, answer))
        if payer == payee:
            assert answer.code == "payee.unknown"
            return multiple()
        enough = minor + FEE_MINOR <= self.model.spendable(payer)
        assert answer.code == ("ok" if enough else "funds.insufficient")
        if not enough:
            return multiple()
        self.model.balance[payer] -= minor + FEE_MINOR
        self.model.balance[payee] += minor
        self.model.fees += FEE_MINOR
        now_ms = self.stage.clock.now_ms()
        self.model.payments[named(answer)] = Payment(payer, payee, minor, now_ms)
        return named(answer)

    @rule(payment=payments)
    def reverse(self, payment: str) -> None:
        known = self.model.payments[payment]
        late = self.stage.clock.now_ms() - known.at_ms > REVERSAL_DAYS * DAY_MS
        answer = self.backoffice.reverse(payment, "by mistake")
        if known.reversed or known.refunded:
            assert answer.code in ("payment.corrected", "payment.unknown")
        elif late:
            assert answer.code == "payment.unknown"
        elif known.minor > self.model.spendable(known.payee):
            assert answer.code == "funds.insufficient"
        else:
            assert answer.code == "ok"
            known.reversed = True
            self.model.balance[known.payee] -= known.minor
            self.model.balance[known.payer] += known.minor + FEE_MINOR
            self.model.fees -= FEE_MINOR

    @rule(payment=payments, minor=amounts)
    def refund(self, payment: str, minor: int) -> None:
        known = self.model.payments[payment]
        payee, payer = self.people[known.payee], self.people[known.payer]
        answer = payee.handset.refund(payment, payer.account, kes(minor), secret())
        if known.reversed or known.refunded + minor > known.minor:
            assert answer.code == "payment.corrected"
        elif minor > self.model.spendable(known.payee):
            assert answer.code == "funds.insufficient"
        else:
            assert answer.code == "ok"
            known.refunded += minor
            self.model.balance[known.payee] -= minor
            self.model.balance[known.payer] += minor

    # ---- money set aside for the merchant -------------------------------------------------------

    @rule(target=reservations, payer=people, minor=amounts, days=st.sampled_from((1, 9, 14, 20)))
    def reserve(self, payer: int, minor: int, days: int) -> Any:
        one, merchant = self.people[payer], self.people[MERCHANT]
        until_ms = self.stage.clock.now_ms() // 1000 * 1000 + days * DAY_MS
        order = one.handset.order_payment(
            "reservation.make", merchant.account, merchant.name, kes(minor), pin=secret(),
            until_ms=until_ms,
        )  # fmt: skip
        answer = one.handset.send(order)
        self.asked.append((one, one.handset, order, answer))
        if payer == MERCHANT:
            expected = "payee.unknown"
        elif days > HOLD_DAYS:
            expected = "hold.refused"
        else:
            expected = "ok" if minor <= self.model.spendable(payer) else "funds.insufficient"
        assert answer.code == expected
        if expected != "ok":
            return multiple()
        self.model.held[payer] += minor
        self.model.reserved[named(answer)] = Reserved(payer, minor, until_ms)
        return named(answer)

    @rule(reservation=reservations, minor=amounts)
    def capture(self, reservation: str, minor: int) -> None:
        known = self.model.reserved[reservation]
        answer = self.people[MERCHANT].handset.capture(reservation, kes(minor))
        if not known.open or self.stage.clock.now_ms() >= known.until_ms:
            assert answer.code == "hold.unknown"
        elif minor > known.minor:
            assert answer.code == "hold.refused"
        else:
            assert answer.code == "ok"
            self._ended(known)
            self.model.balance[known.payer] -= minor
            fee = minor * MERCHANT_PERMILLE // 1000
            self.model.balance[MERCHANT] += minor - fee
            self.model.fees += fee

    @rule(reservation=reservations)
    def release(self, reservation: str) -> None:
        known = self.model.reserved[reservation]
        answer = self.people[MERCHANT].handset.release(reservation)
        over = self.stage.clock.now_ms() >= known.until_ms
        assert answer.code == ("ok" if known.open and not over else "hold.unknown")
        if answer.accepted:
            self._ended(known)

    @rule()
    def give_back(self) -> None:
        """What the platform does by itself."""
        self.stage.settled()
        promises = self.stage.platform.reservations.turn()
        assert all(promise.result(10) for name, promise in promises.items() if name)
        now_ms = self.stage.clock.now_ms()
        known = self.model.reserved
        due = {name for name, one in known.items() if one.open and one.until_ms <= now_ms}
        assert {name for name in promises if name} == due
        for name in due:
            self._ended(known[name])

    def _ended(self, known: Reserved) -> None:
        known.open = False
        self.model.held[known.payer] -= known.minor

    # ---- asking again ---------------------------------------------------------------------------

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        _, handset, order, first = data.draw(st.sampled_from(self.asked))
        handset.unanswered[order.request] = order
        again = handset.send(order)
        assert (again.index, again.receipt, again.data) == (first.index, first.receipt, first.data)

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_something_else_under_the_same_id(self, data: st.DataObject) -> None:
        _, handset, order, _ = data.draw(st.sampled_from(self.asked))
        other = replace(order, body={**order.body, "pin": None})
        with pytest.raises(Refusal) as refused:
            handset.send(other)
        assert (refused.value.status, refused.value.code) == (409, "request.conflict")

    @rule(days=st.sampled_from((1, 8, 15)))
    def time_passes(self, days: int) -> None:
        self.stage.clock.advance(ms=days * DAY_MS)

    @rule(person=people)
    def look(self, person: int) -> None:
        answer = self.people[person].handset.balance()
        assert answer.data is not None
        said = [int(str(answer.data[name]).replace(".", "")) for name in ("available", "reserved")]
        assert said == [self.model.spendable(person), self.model.held[person]]

    # ---- what always holds ----------------------------------------------------------------------

    @invariant()
    def books_are_the_model(self) -> None:
        self.stage.settled()
        for number, person in enumerate(self.people):
            expected = (self.model.balance[number], self.model.held[number])
            assert self.stage.balance(person) == expected, person.name
        safeguarded, outstanding = self.stage.platform.safeguarding()
        assert safeguarded == self.model.bank
        assert outstanding == sum(self.model.balance) + self.model.fees
        assert outstanding + self.model.unissued == self.model.bank

    # ---- how ------------------------------------------------------------------------------------

    def _resolved(self, hold: str, answer: Answer, *, paid: bool, due: bool) -> None:
        known = self.model.holds.get(hold)
        if known is None or not due:
            assert not answer.accepted
            return
        assert answer.accepted, answer.code
        person, minor, _ = self.model.holds.pop(hold)
        self.model.held[person] -= minor
        if paid:
            self.model.balance[person] -= minor
            self.model.bank -= minor


class PostgresMachine(ServiceMachine):
    _drop: Callable[[], None]

    def books(self) -> str | None:
        cluster: Cluster = shared_cluster()
        name = cluster.make_database()
        self._drop = lambda: cluster.drop_database(name)
        return cluster.url(name)

    def forget_books(self) -> None:
        self._drop()


def named(answer: Answer) -> str:
    return f"{answer.leaf['device']}.{answer.leaf['request']}"


TestService = pytest.mark.slow(ServiceMachine.TestCase)
TestService.settings = settings(
    max_examples=100 if LONG else 10, stateful_step_count=40, deadline=None
)
TestServiceOnPostgres = pytest.mark.slow(PostgresMachine.TestCase)
TestServiceOnPostgres.settings = settings(
    max_examples=30 if LONG else 2, stateful_step_count=40, deadline=None
)
