"""The fee of a capture: what a payment of the same amount costs the same merchant, no more or less."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.assembly import copy_home, verify_ledger
from tallystick.decide.policy import FeeRule, Terms
from tallystick.protect import emoney
from tallystick.protect.enforcement import TransferKind
from tallystick.testing import example_policy
from tests.journeys.test_agents import fee
from tests.journeys.test_reservations import named, reserve, sound, sweep
from tests.stage import Person, Stage, facts_of, kes, secret

RULE = fee("merchant.pay", "payee", permille=20, minimum_minor=50, maximum_minor=5_000)
START_MINOR = 2_000_000


def staged(home: Path, rule: FeeRule) -> Stage:
    return Stage(home, policy=example_policy(terms=Terms(fees={rule.operation: rule})))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with staged(tmp_path / "home", RULE) as made:
        yield made


@pytest.fixture
def payer(stage: Stage) -> Person:
    return stage.person("Zawadi Mwangi", minor=START_MINOR)


@pytest.fixture
def hotel(stage: Stage) -> Person:
    return stage.person("Lake Hotel", role="merchant")


def fees(stage: Stage) -> int:
    stage.settled()
    row = stage.platform._books.account(emoney.FEES)
    assert row is not None
    return row.credits - row.debits


def lines(person: Person) -> list[tuple[str, str]]:
    told = person.handset.statement(9).data
    assert told is not None
    return [(line["kind"], line["amount"]) for line in told["lines"]]  # type: ignore[union-attr]


@pytest.mark.parametrize("minor", [51, 100, 10_000, 300_000])
def test_a_capture_costs_the_merchant_what_a_payment_costs(
    stage: Stage, payer: Person, hotel: Person, minor: int
) -> None:
    shop = stage.person("Mama Njeri Shop", role="merchant")
    assert payer.handset.pay_merchant(str(shop.qr), kes(minor), secret()).accepted
    of_payment, (of_shop, _) = fees(stage), stage.balance(shop)
    held = named(reserve(payer, hotel, minor + 5_000, stage=stage))
    assert fees(stage) == of_payment, "what is set aside costs nothing"
    taken = hotel.handset.capture(held, kes(minor))
    assert taken.accepted, taken.code
    assert (taken.leaf["amount_minor"], taken.leaf["fee_minor"]) == (minor, None)
    assert taken.data is not None
    assert (taken.data["taken"], taken.data["released"]) == (str(kes(minor)).split()[0], "50.00")
    assert facts_of(stage.tally(taken), "transfer.posted")["linked"] == 1
    assert fees(stage) == 2 * of_payment > 0
    assert stage.balance(hotel) == (of_shop, 0)
    assert stage.balance(payer) == (START_MINOR - 2 * minor, 0)
    (ended,) = hotel.handset.reservations().data["reservations"]  # type: ignore[index,misc]
    assert (ended["state"], ended["taken"]) == ("captured", taken.data["taken"])
    assert lines(hotel) == [("reservation.capture", lines(shop)[0][1])]
    quoted = hotel.handset.quote("merchant.pay", kes(minor)).data
    assert quoted is not None
    assert quoted["receives"] == {"currency": "KES", "amount": lines(hotel)[0][1]}
    assert lines(payer)[0] == lines(payer)[2], "the same fee"
    sound(stage)


def test_all_that_was_held_is_taken_and_the_fee_comes_out_of_it(
    stage: Stage, hotel: Person
) -> None:
    """The customer has no money beside what is held: what is signed is the most that leaves."""
    poor = stage.person("Carol Achieng", minor=10_000)
    held = named(reserve(poor, hotel, 10_000, stage=stage))
    assert hotel.handset.capture(held, kes(10_000)).accepted
    assert stage.balance(poor) == (0, 0)
    assert (stage.balance(hotel), fees(stage)) == ((9_800, 0), 200)
    sound(stage)


def test_what_is_not_taken_costs_nothing(stage: Stage, payer: Person, hotel: Person) -> None:
    one, other = (named(reserve(payer, hotel, 10_000, hours=1, stage=stage)) for _ in range(2))
    assert hotel.handset.release(one).accepted
    stage.clock.advance(ms=3_600_000)
    assert sweep(stage) == [other]
    assert fees(stage) == 0
    assert stage.balance(payer) == (START_MINOR, 0)
    sound(stage)


def test_where_nothing_would_be_left_nothing_is_set_aside_or_taken(
    stage: Stage, payer: Person, hotel: Person
) -> None:
    assert reserve(payer, hotel, 50, stage=stage).code == "amount.malformed"
    held = named(reserve(payer, hotel, 10_000, stage=stage))
    assert hotel.handset.capture(held, kes(50)).code == "amount.malformed"
    assert stage.balance(payer) == (START_MINOR, 10_000), "it is open as before"
    assert hotel.handset.capture(held, kes(51)).accepted
    assert stage.balance(hotel) == (1, 0)
    sound(stage)


def test_a_refund_gives_back_no_more_than_was_taken(
    stage: Stage, payer: Person, hotel: Person
) -> None:
    """As of a payment: the customer gets all of it back, and the fee stays with the provider."""
    taken = hotel.handset.capture(named(reserve(payer, hotel, 10_000, stage=stage)), kes(10_000))
    stage.fund(hotel, 1_000)
    over = hotel.handset.refund(named(taken), payer.account, kes(10_001), secret())
    assert over.code == "payment.corrected"
    back = hotel.handset.refund(named(taken), payer.account, kes(10_000), secret())
    assert back.accepted, back.code
    assert stage.balance(payer) == (START_MINOR, 0)
    assert fees(stage) == 200
    sound(stage)


def test_a_fee_that_the_payer_bears_is_not_taken_unsigned(tmp_path: Path) -> None:
    rule = fee("merchant.pay", "payer", permille=20)
    with staged(tmp_path / "other", rule) as stage:
        payer = stage.person("Zawadi Mwangi", minor=START_MINOR)
        hotel = stage.person("Lake Hotel", role="merchant")
        held = named(reserve(payer, hotel, 10_000, stage=stage))
        assert hotel.handset.capture(held, kes(10_000)).accepted
        assert (stage.balance(hotel), fees(stage)) == ((10_000, 0), 0)
        assert stage.balance(payer) == (START_MINOR - 10_000, 0)
        sound(stage)


FEE_ROW = "UPDATE transfer SET {} WHERE id LIKE '%.fee'"
EDITS = {
    "more than was held": FEE_ROW.format("amount_minor = 5201"),
    "for somebody else": FEE_ROW.format(
        "credit = (SELECT credit FROM transfer WHERE id = '{capture}')"
    ),
    "in another order": FEE_ROW.format("leaf = leaf + 1"),
    "as something else": FEE_ROW.format("purpose = (SELECT purpose FROM transfer WHERE seq = 1)"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_fee_that_nobody_let_be_taken_is_found(
    stage: Stage, payer: Person, hotel: Person, tmp_path: Path, edit: str
) -> None:
    taken = hotel.handset.capture(named(reserve(payer, hotel, 15_000, stage=stage)), kes(10_000))
    sound(stage)
    copy_home(stage.home, tmp_path / "copy")
    books = sqlite3.connect(tmp_path / "copy" / "books.sqlite", isolation_level=None)
    books.execute("PRAGMA ignore_check_constraints=ON")
    for (name,) in books.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    ).fetchall():
        books.execute(f"DROP TRIGGER {name}")
    changed = books.execute(EDITS[edit].format(capture=named(taken))).rowcount
    books.close()
    assert changed == 1
    found = {one.code: one.findings for one in verify_ledger(tmp_path / "copy")}
    assert any(f"{named(taken)}.fee" in said for said in found["I6"]), found


@given(
    amount=st.integers(1, 10**9),
    left=st.integers(0, 10**9),
    permille=st.integers(0, 999),
    flat=st.integers(0, 10_000),
)
def test_any_capture_moves_what_the_payment_moves(
    amount: int, left: int, permille: int, flat: int
) -> None:
    rule = fee("merchant.pay", "payee", permille=permille, flat_minor=flat)
    payer, payee = emoney.UNISSUED, emoney.TRUST  # any two accounts
    try:
        price = emoney.price_of(rule, amount)
    except emoney.FeeExceedsAmount:
        return
    paid = emoney.fee_transfers(transfer="d.r", payer=payer, price=price, agent=None)
    held = emoney.Reservation(
        id="d.q", payer=payer, payee=payee, amount_minor=amount + left, made_ms=0, expires_ms=1
    )
    (posted, *beside), mark = emoney.capture_reservation(
        held, transfer="d.r", amount_minor=amount, fee_minor=amount - price.received_minor
    )
    assert tuple(beside) == paid
    assert (posted.kind, posted.amount_minor) == (TransferKind.POST, price.received_minor)
    assert posted.reserved_minor == amount + left
    assert posted.amount_minor + sum(one.amount_minor for one in beside) == amount
    assert mark.value.taken_minor == amount
