"""Money set aside for a merchant: taken once, in whole or in part, let go, or given back in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tallystick.assembly import verify_ledger
from tallystick.assembly.reservations import Promises
from tallystick.handset import Answer
from tallystick.protect.diligence import USAGES, Usage
from tallystick.testing import example_policy, sealed_again
from tests.stage import Person, Stage, facts_of, kes, secret

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def named(answer: Answer) -> str:
    assert answer.accepted, answer.code
    return f"{answer.leaf['device']}.{answer.leaf['request']}"


@pytest.fixture
def hotel(stage: Stage) -> Person:
    return stage.person("Lake Hotel", role="merchant")


def reserve(
    payer: Person, merchant: Person, minor: int, *, hours: float = 24, stage: Stage
) -> Answer:
    until_ms = stage.clock.now_ms() + int(hours * HOUR_MS)
    return payer.handset.reserve(merchant.account, merchant.name, kes(minor), until_ms, secret())


def used(stage: Stage, person: Person) -> Usage | None:
    stage.settled()
    octets = stage.platform._books.register(USAGES.name, person.account)
    return None if octets is None else USAGES.decode(octets)


def turn(stage: Stage) -> Promises:
    """One turn of the platform's own, on the thread that decides."""

    async def taken() -> Promises:
        return stage.platform.reservations.turn()

    return stage.transport._run(taken())


def sweep(stage: Stage) -> list[str]:
    """One turn, when it is committed: the names of what was given back."""
    promises = turn(stage)
    for promise in promises.values():
        promise.result(10)
    return [name for name in promises if name]


def sound(stage: Stage) -> None:
    stage.settled()
    assert stage.findings() == []
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []


# ---- set aside, then taken ----------------------------------------------------------------------


def test_what_is_taken_is_the_merchants_and_the_rest_is_free_in_the_same_transfer(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    before, _ = stage.balance(alice)
    made = reserve(alice, hotel, 60_000, stage=stage)
    assert (made.leaf["payee"], made.leaf["amount_minor"]) == (hotel.account, 60_000)
    assert made.data is None
    assert stage.balance(alice) == (before, 60_000)
    told = alice.handset.balance().data
    assert told is not None
    assert told["reserved"] == "600.00"
    taken = hotel.handset.capture(named(made), kes(45_000))
    assert taken.accepted, taken.code
    assert taken.data == {
        "reservation": named(made), "taken": "450.00", "released": "150.00",
    }  # fmt: skip
    assert stage.balance(alice) == (before - 45_000, 0)
    assert stage.balance(hotel) == (45_000, 0)
    posted = facts_of(stage.tally(taken), "transfer.posted")
    assert (posted["kind"], posted["pending"]) == ("post", named(made))
    assert "parties.clear" in stage.kinds(taken)
    (line,) = hotel.handset.statement(5).data["lines"]  # type: ignore[index]
    assert (line["kind"], line["amount"]) == ("reservation.capture", "450.00")
    sound(stage)


def test_the_whole_is_taken(stage: Stage, alice: Person, hotel: Person) -> None:
    made = named(reserve(alice, hotel, 60_000, stage=stage))
    assert hotel.handset.capture(made, kes(60_000)).accepted
    assert stage.balance(hotel) == (60_000, 0)
    assert hotel.handset.capture(made, kes(1)).code == "hold.unknown"
    sound(stage)


def test_a_merchant_lets_go(stage: Stage, alice: Person, hotel: Person) -> None:
    before = stage.balance(alice)
    made = named(reserve(alice, hotel, 60_000, stage=stage))
    answer = hotel.handset.release(made)
    assert answer.data == {"reservation": made, "taken": "0.00", "released": "600.00"}
    assert stage.balance(alice) == before
    assert hotel.handset.release(made).code == "hold.unknown"
    assert hotel.handset.capture(made, kes(1)).code == "hold.unknown"
    sound(stage)


def test_both_sides_see_what_is_reserved_and_what_became_of_it(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    first, second, third = (
        named(reserve(alice, hotel, minor, hours=hours, stage=stage))
        for minor, hours in ((1000, 1), (2000, 24), (3000, 48))
    )
    assert hotel.handset.capture(second, kes(500)).accepted
    assert hotel.handset.release(third).accepted
    stage.clock.advance(ms=HOUR_MS)
    assert sweep(stage) == [first]
    stage.settled()
    for person in (alice, hotel):
        told = person.handset.reservations().data
        assert told is not None
        assert told["next"] is None
        shown = [(one["reservation"], one["state"], one["taken"]) for one in told["reservations"]]  # type: ignore[union-attr]
        assert shown == [
            (third, "released", "0.00"), (second, "captured", "5.00"), (first, "expired", "0.00"),
        ]  # fmt: skip
        assert {one["payer"] for one in told["reservations"]} == {alice.account}  # type: ignore[union-attr]


def test_a_long_list_is_read_page_by_page(
    stage: Stage, alice: Person, hotel: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [named(reserve(alice, hotel, 100 + n, stage=stage)) for n in range(5)]
    assert hotel.handset.capture(made[4], kes(1)).accepted
    stage.settled()
    for name, most in (("SHOWN_MAX", 2), ("LOOKED_AT_MAX", 2), ("LOOKED_AT_MAX", 3)):
        with monkeypatch.context() as patch:
            patch.setattr(f"tallystick.protect.remote.reservations.{name}", most)
            seen: list[str] = []
            before: int | None = None
            for _ in range(9):
                told = alice.handset.reservations(before).data
                assert told is not None
                seen += [one["reservation"] for one in told["reservations"]]  # type: ignore[union-attr]
                before = told["next"]  # type: ignore[assignment]
                if before is None:
                    break
            assert seen == made[::-1], (name, most)


def test_what_was_taken_is_refunded_by_the_merchant_and_reversed_by_nobody(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    taken = hotel.handset.capture(named(reserve(alice, hotel, 60_000, stage=stage)), kes(45_000))
    payment = named(taken)
    back = hotel.handset.refund(payment, alice.account, kes(45_000), secret())
    assert back.accepted, back.code
    again = hotel.handset.refund(payment, alice.account, kes(1), secret())
    assert again.code == "payment.corrected"
    other = hotel.handset.capture(named(reserve(alice, hotel, 100, stage=stage)), kes(100))
    reversed_ = stage.staff("backoffice").handset.reverse(named(other), "by mistake")
    assert reversed_.code == "payment.unknown"
    sound(stage)


# ---- what is refused ----------------------------------------------------------------------------


def test_more_than_there_is_cannot_be_set_aside_or_spent_twice(stage: Stage, hotel: Person) -> None:
    carol = stage.person("Carol Achieng", minor=50_000)
    assert reserve(carol, hotel, 50_001, stage=stage).code == "funds.insufficient"
    assert reserve(carol, hotel, 50_000, stage=stage).accepted
    assert reserve(carol, hotel, 1, stage=stage).code == "funds.insufficient"
    sound(stage)


@pytest.mark.parametrize("hours", [-1, 0, 0.01, 14 * 24 + 1])
def test_a_time_has_bounds(stage: Stage, alice: Person, hotel: Person, hours: float) -> None:
    assert reserve(alice, hotel, 100, hours=hours, stage=stage).code == "hold.refused"


def test_only_a_merchant_of_the_register_is_reserved_for(
    stage: Stage, alice: Person, bob: Person, hotel: Person
) -> None:
    assert reserve(alice, bob, 100, stage=stage).code == "payee.mismatch"
    assert reserve(alice, replace(hotel, name="Lake Hostel"), 100, stage=stage).code == (
        "payee.mismatch"
    )
    assert reserve(hotel, hotel, 100, stage=stage).code == "payee.unknown"


def test_an_instant_belongs_to_a_reservation_and_to_nothing_else(
    stage: Stage, alice: Person, bob: Person, hotel: Person
) -> None:
    until_ms = stage.clock.now_ms() + DAY_MS
    order = alice.handset.order_payment(
        "remote.pay", bob.account, bob.name, kes(100), pin=secret(), until_ms=until_ms
    )
    assert alice.handset.send(order).code == "intent.refused"
    order = alice.handset.order_payment(
        "reservation.make", hotel.account, hotel.name, kes(100), pin=secret()
    )
    assert alice.handset.send(order).code == "intent.refused"


def test_a_reservation_is_a_payment_for_the_handset_the_pin_and_the_tier(
    stage: Stage, alice: Person, hotel: Person
) -> None:
    until_ms = stage.clock.now_ms() + DAY_MS
    answer = alice.handset.reserve(hotel.account, hotel.name, kes(60_000), until_ms)
    assert answer.code == "customer.not_verified"
    carol = stage.person("Carol Achieng", tier="tier1", minor=1_000_000)
    assert reserve(carol, hotel, 300_001, stage=stage).code == "tier.exceeded"


# ---- limits -------------------------------------------------------------------------------------


def test_limits_count_when_it_is_set_aside_and_what_is_not_taken_counts_no_longer(
    stage: Stage, hotel: Person
) -> None:
    carol = stage.person("Carol Achieng", tier="tier1", minor=1_500_000)
    made = [named(reserve(carol, hotel, 300_000, stage=stage)) for _ in range(3)]
    assert reserve(carol, hotel, 100_001, stage=stage).code == "tier.exceeded"
    assert hotel.handset.capture(made[0], kes(100_000)).accepted
    assert hotel.handset.release(made[1]).accepted
    usage = used(stage, carol)
    assert usage is not None
    assert (usage.day_minor, usage.month_minor) == (400_000, 400_000)
    assert reserve(carol, hotel, 300_000, stage=stage).accepted
    assert reserve(carol, hotel, 300_000, stage=stage).accepted
    assert reserve(carol, hotel, 1, stage=stage).code == "tier.exceeded"
    sound(stage)


def test_what_is_given_back_on_another_day_takes_nothing_from_that_day(
    stage: Stage, hotel: Person
) -> None:
    carol = stage.person("Carol Achieng", tier="tier1", minor=1_500_000)
    made = named(reserve(carol, hotel, 300_000, hours=48, stage=stage))
    stage.clock.advance(ms=DAY_MS)
    assert reserve(carol, hotel, 10_000, stage=stage).accepted
    before = used(stage, carol)
    assert hotel.handset.release(made).accepted
    after = used(stage, carol)
    assert before is not None
    assert after is not None
    assert after.day_minor == before.day_minor == 10_000
    assert (before.month_minor, after.month_minor) == (310_000, 10_000)
    sound(stage)


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[Stage]:
    """A service whose first tier may receive 5,000.00 a day."""
    policy = example_policy()
    tiers = dict(policy.tiers)
    tiers["tier1"] = replace(tiers["tier1"], receive_per_day_minor=500_000)
    with Stage(tmp_path / "home", policy=sealed_again(replace(policy, tiers=tiers))) as made:
        yield made


def test_the_merchants_limits_count_the_same_way(measured: Stage) -> None:
    payer = measured.person("Carol Achieng", minor=2_000_000)
    kiosk = measured.person("Corner Kiosk", role="merchant", tier="tier1")
    made = named(reserve(payer, kiosk, 500_000, stage=measured))
    assert reserve(payer, kiosk, 1, stage=measured).code == "tier.exceeded"
    assert kiosk.handset.capture(made, kes(200_000)).accepted
    assert reserve(payer, kiosk, 300_001, stage=measured).code == "tier.exceeded"
    assert reserve(payer, kiosk, 300_000, stage=measured).accepted
    sound(measured)
