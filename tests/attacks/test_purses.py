"""Attacks on money that pays without a network: each is refused, proven, or bounded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

from tallystick.assembly import verify_ledger
from tallystick.ground.clock import DAY_MS
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.handset import (
    Answer,
    Handset,
    Purse,
    PurseEmpty,
    VoucherForged,
    check_voucher,
)
from tallystick.protect.emoney import PURSE_LOSS, PURSE_POOL
from tallystick.protect.purses import DOUBLE_SPENDS, PURSES, proof_key, read_voucher
from tallystick.testing import example_policy
from tests.journeys.test_exchange import with_tier
from tests.spoilt import signed_again
from tests.stage import Person, Stage, alice, bob, facts_of, kes, secret, stage

__all__ = ["alice", "bob", "stage"]

CAP = 3_000_000
"""A tenth of what a customer of tier2 may hold."""


@pytest.fixture
def purse(stage: Stage, alice: Person) -> Purse:
    """Alice's purse with 10,000.00 in it, and a reserve of 200.00."""
    made = Purse.create()
    answer = alice.handset.load_purse(made, kes(1_000_000), secret())
    assert answer.accepted, answer.code
    treasury = stage.staff("treasury").handset
    assert treasury.confirm_funds(kes(20_000), "reserve").accepted
    assert treasury.ask("purse.reserve", {"amount": "200.00"}).accepted
    return made


def copied(purse: Purse) -> Purse:
    return Purse.restore(purse.state())


def pay(stage: Stage, purse: Purse, payee: Person, minor: int) -> bytes:
    now_s = stage.clock.now_ms() // 1000
    return purse.pay(payee.account, minor, currency="KES", now_s=now_s)


def deposit(payee: Person, voucher: bytes) -> Answer:
    return payee.handset.deposit(voucher)


def system(stage: Stage, account: str) -> int:
    stage.settled()
    row = stage.platform._books.account(account)  # type: ignore[arg-type]
    assert row is not None
    return row.credits - row.debits


def test_a_voucher_pays_its_payee_once(stage: Stage, purse: Purse, bob: Person) -> None:
    voucher = pay(stage, purse, bob, 12_345)
    assert len(voucher) < 400
    qr_key = bob.handset.service().qr_key
    now_s = stage.clock.now_ms() // 1000
    seen = check_voucher(voucher, purse.certificate, qr_key=qr_key, payee=bob.account, now_s=now_s)
    assert (seen.amount_minor, seen.counter) == (12_345, 1)
    assert deposit(bob, voucher).accepted
    assert stage.balance(bob) == (12_345, 0)
    assert system(stage, PURSE_POOL) == 1_000_000 - 12_345
    assert deposit(bob, voucher).code == "voucher.deposited"
    assert stage.balance(bob) == (12_345, 0)
    assert stage.findings() == []


def test_a_double_spend_is_proven_by_two_signatures_and_costs_the_provider(
    stage: Stage, purse: Purse, bob: Person
) -> None:
    carol = stage.person("Carol Njeri")
    other = copied(purse)
    first, second = pay(stage, purse, bob, 5_000), pay(stage, other, carol, 6_000)
    assert deposit(bob, first).accepted
    answer = deposit(carol, second)
    assert answer.accepted, answer.code
    fact = facts_of(stage.tally(answer), "purse.double_spent")
    assert (fact["counter"], fact["lost_minor"]) == (1, 6_000)
    assert (stage.balance(bob)[0], stage.balance(carol)[0]) == (5_000, 6_000)
    assert system(stage, PURSE_LOSS) == 20_000 - 6_000
    assert system(stage, PURSE_POOL) == 1_000_000 - 5_000
    record = stage.platform._desk.registers.get(PURSES, purse.id)
    assert record is not None
    assert record.state == "revoked"
    key = proof_key(read_voucher(second, record))
    proof = stage.platform._desk.registers.get(DOUBLE_SPENDS, key)
    assert proof is not None
    for said in (proof.first, proof.second):
        assert read_voucher(from_base64url(said), record).counter == 1
    for again in (second, signed_again(second)):
        assert deposit(carol, again).code == "voucher.deposited"
    assert stage.balance(carol)[0] == 6_000
    assert stage.findings() == []
    assert [one for one in verify_ledger(stage.home) if not one.holds] == []


def test_the_other_form_of_a_signature_is_no_double_spend(
    stage: Stage, purse: Purse, bob: Person
) -> None:
    """Else a payee would be paid twice, and the payer accused with a proof that the payee made."""
    voucher = pay(stage, purse, bob, 5_000)
    assert deposit(bob, voucher).accepted
    record = stage.platform._desk.registers.get(PURSES, purse.id)
    assert read_voucher(signed_again(voucher), record).said == read_voucher(voucher, record).said
    assert deposit(bob, signed_again(voucher)).code == "voucher.deposited"
    assert stage.balance(bob) == (5_000, 0)
    record = stage.platform._desk.registers.get(PURSES, purse.id)
    assert record is not None
    assert record.state == "active"
    assert deposit(bob, signed_again(pay(stage, purse, bob, 1_000))).accepted


def test_a_revoked_purse_is_not_loaded_any_more(
    stage: Stage, purse: Purse, alice: Person, bob: Person
) -> None:
    other = copied(purse)
    assert deposit(bob, pay(stage, purse, bob, 100)).accepted
    assert deposit(bob, pay(stage, other, bob, 200)).accepted
    assert alice.handset.load_purse(purse, kes(100), secret()).code == "purse.refused"


def test_a_counter_that_was_set_back_is_a_double_spend(
    stage: Stage, purse: Purse, bob: Person
) -> None:
    before = purse.state()
    assert deposit(bob, pay(stage, purse, bob, 1_000)).accepted
    rolled_back = Purse.restore(before)
    answer = deposit(bob, pay(stage, rolled_back, bob, 1_001))
    assert "purse.double_spent" in stage.kinds(answer)


def test_what_a_copied_purse_costs_is_bounded_by_what_was_put_aside(
    stage: Stage, purse: Purse, bob: Person
) -> None:
    state = purse.state()
    assert deposit(bob, pay(stage, purse, bob, 1)).accepted
    accepted = refused = 0
    for minor in range(9_000, 9_006):
        answer = deposit(bob, pay(stage, Purse.restore(state), bob, minor))
        accepted += answer.accepted
        refused += answer.code == "voucher.uncovered"
    assert (accepted, refused) == (2, 4)
    assert system(stage, PURSE_LOSS) == 20_000 - 9_000 - 9_001
    record = stage.platform._desk.registers.get(PURSES, purse.id)
    assert record is not None
    assert (record.state, record.paid_minor) == ("revoked", 1)
    assert stage.findings() == []


def test_a_purse_that_spends_more_than_was_loaded_empties_no_other_purse(
    stage: Stage, purse: Purse, bob: Person
) -> None:
    greedy = copied(purse)
    greedy.loaded_minor = CAP
    assert deposit(bob, pay(stage, greedy, bob, 1_000_000)).accepted
    assert deposit(bob, pay(stage, greedy, bob, 15_000)).accepted
    assert deposit(bob, pay(stage, greedy, bob, 15_000)).code == "voucher.uncovered"
    assert system(stage, PURSE_POOL) == 0
    assert system(stage, PURSE_LOSS) == 5_000


def test_more_than_the_cap_is_neither_loaded_nor_paid(
    stage: Stage, purse: Purse, alice: Person, bob: Person
) -> None:
    assert alice.handset.load_purse(purse, kes(1_000_000), secret()).accepted
    assert alice.handset.load_purse(purse, kes(1_000_001), secret()).code == "purse.refused"
    assert purse.rest_minor == 2_000_000
    greedy = copied(purse)
    greedy.loaded_minor = 10 * CAP
    voucher = pay(stage, greedy, bob, CAP + 1)
    assert deposit(bob, voucher).code == "voucher.refused"
    with pytest.raises(PurseEmpty):
        pay(stage, purse, bob, 2_000_001)


def test_a_second_purse_of_the_same_account_waits_for_the_first(
    stage: Stage, purse: Purse, alice: Person
) -> None:
    assert alice.handset.load_purse(Purse.create(), kes(100), secret()).code == "purse.refused"


def spend_all(stage: Stage, alice: Person, bob: Person) -> Purse:
    """A purse of alice's that was loaded and is empty again."""
    made = Purse.create()
    assert alice.handset.load_purse(made, kes(10_000), secret()).accepted
    assert deposit(bob, pay(stage, made, bob, 10_000)).accepted
    return made


def test_one_empty_purse_after_another_is_no_way_around_the_cap(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """Each of them could still be copied, and each copy is paid for up to a cap."""
    first = spend_all(stage, alice, bob)
    assert alice.handset.load_purse(Purse.create(), kes(10_000), secret()).code == "purse.refused"
    assert alice.handset.load_purse(first, kes(10_000), secret()).accepted


@pytest.mark.parametrize("covered", [False, True])
def test_who_copied_a_purse_gets_no_other(
    stage: Stage, alice: Person, bob: Person, covered: bool
) -> None:
    if covered:
        treasury = stage.staff("treasury").handset
        assert treasury.confirm_funds(kes(20_000), "reserve").accepted
        assert treasury.ask("purse.reserve", {"amount": "200.00"}).accepted
    empty = spend_all(stage, alice, bob)
    empty.loaded_minor += 10_000
    answer = deposit(bob, pay(stage, empty, bob, 10_000))
    assert answer.code == ("ok" if covered else "voucher.uncovered")
    for days in (0, 40, 40):
        stage.clock.advance(ms=days * DAY_MS)
        assert alice.handset.load_purse(Purse.create(), kes(100), secret()).code == "purse.refused"


def test_a_purse_that_ran_out_in_time_is_followed_by_another(
    stage: Stage, alice: Person, bob: Person
) -> None:
    spend_all(stage, alice, bob)
    stage.clock.advance(ms=38 * DAY_MS)
    assert alice.handset.load_purse(Purse.create(), kes(100), secret()).accepted


def test_what_is_left_makes_up_for_the_loss_first(
    stage: Stage, purse: Purse, alice: Person, bob: Person
) -> None:
    other = copied(purse)
    assert deposit(bob, pay(stage, purse, bob, 4_000)).accepted
    assert deposit(bob, pay(stage, other, bob, 5_000)).accepted
    assert system(stage, PURSE_LOSS) == 15_000
    before = stage.balance(alice)[0]
    stage.clock.advance(ms=38 * DAY_MS)
    assert alice.handset.unload_purse(purse.id).accepted
    assert stage.balance(alice)[0] == before + 1_000_000 - 4_000 - 5_000
    assert (system(stage, PURSE_LOSS), system(stage, PURSE_POOL)) == (20_000, 0)
    assert stage.findings() == []
    assert [one for one in verify_ledger(stage.home) if not one.holds] == []


def forged(stage: Stage, purse: Purse, bob: Person) -> bytes:
    stranger = Purse.create()
    stranger.loaded_minor, stranger.certificate = 1_000, purse.certificate
    return pay(stage, stranger, bob, 100)


def altered(stage: Stage, purse: Purse, bob: Person) -> bytes:
    voucher = bytearray(pay(stage, purse, bob, 100))
    voucher[voucher.index(b"\x04\x18\x64") + 2] = 0x65
    return bytes(voucher)


def cut_short(stage: Stage, purse: Purse, bob: Person) -> bytes:
    return pay(stage, purse, bob, 100)[:-1]


@pytest.mark.parametrize("make", [forged, altered, cut_short, lambda *_: b"x"])
def test_a_forged_voucher_is_refused(
    stage: Stage, purse: Purse, bob: Person, make: Callable[[Stage, Purse, Person], bytes]
) -> None:
    voucher = make(stage, purse, bob)
    assert deposit(bob, voucher).code == "voucher.refused"
    assert stage.balance(bob) == (0, 0)
    with pytest.raises(VoucherForged):
        check_voucher(
            voucher,
            purse.certificate,
            qr_key=bob.handset.service().qr_key,
            payee=bob.account,
            now_s=stage.clock.now_ms() // 1000,
        )


def test_another_payee_s_voucher_is_refused(
    stage: Stage, purse: Purse, alice: Person, bob: Person
) -> None:
    voucher = pay(stage, purse, bob, 100)
    assert deposit(alice, voucher).code == "payee.unknown"
    assert deposit(bob, voucher).accepted


def test_an_expired_purse_pays_no_more_and_gives_the_rest_back(
    stage: Stage, purse: Purse, alice: Person, bob: Person
) -> None:
    in_time, later = pay(stage, purse, bob, 300), pay(stage, purse, bob, 400)
    unload: Handset = alice.handset
    assert unload.unload_purse(purse.id).code == "purse.refused"
    stage.clock.advance(ms=31 * DAY_MS)
    with pytest.raises(PurseEmpty):
        pay(stage, purse, bob, 1)
    assert deposit(bob, in_time).accepted, "within the grace"
    assert unload.unload_purse(purse.id).code == "purse.refused"
    stage.clock.advance(ms=7 * DAY_MS)
    assert deposit(bob, later).code == "voucher.refused"
    before = stage.balance(alice)[0]
    assert bob.handset.unload_purse(purse.id).code == "purse.refused"
    assert unload.unload_purse(purse.id).accepted
    assert stage.balance(alice)[0] == before + 1_000_000 - 300
    assert unload.unload_purse(purse.id).code == "purse.refused"
    assert system(stage, PURSE_POOL) == 0
    assert alice.handset.load_purse(Purse.create(), kes(100), secret()).accepted
    assert stage.findings() == []


def test_a_load_needs_the_customer_s_signature_over_this_very_purse(
    stage: Stage, alice: Person
) -> None:
    purse, other = Purse.create(), Purse.create()
    order = alice.handset.order_payment(
        "purse.load", purse.id, "Offline purse", kes(500), pin=secret()
    )
    swapped = type(order)(
        request=order.request,
        operation=order.operation,
        body={**order.body, "key": other.jwk},
    )
    assert alice.handset.send(swapped).code == "payee.unknown"


@pytest.mark.parametrize("body", [{}, {"voucher": ""}, {"voucher": "!"}, {"voucher": "A" * 600}])
def test_a_malformed_deposit_is_refused(stage: Stage, bob: Person, body: dict[str, str]) -> None:
    assert bob.handset.ask("purse.deposit", body).code == "order.malformed"


def test_a_purse_survives_being_saved(stage: Stage, purse: Purse, bob: Person) -> None:
    assert deposit(bob, pay(stage, purse, bob, 10)).accepted
    again = copied(purse)
    assert (again.id, again.counter, again.rest_minor) == (purse.id, 1, 999_990)
    assert deposit(bob, pay(stage, again, bob, 10)).accepted
    assert to_base64url(again.state().reveal())


def test_vouchers_count_against_what_a_payee_may_receive(tmp_path: Path) -> None:
    limits = {"receive_per_day_minor": 10_000}
    with Stage(tmp_path / "home", policy=with_tier(example_policy(), **limits)) as narrow:
        alice, bob = narrow.person("Alice Wanjiru", minor=8_000), narrow.person("Bob Otieno")
        purse = Purse.create()
        assert alice.handset.load_purse(purse, kes(8_000), secret()).accepted
        narrow.fund(bob, 5_000)
        assert deposit(bob, pay(narrow, purse, bob, 5_001)).code == "tier.exceeded"
        assert deposit(bob, pay(narrow, purse, bob, 2_999)).accepted
        assert narrow.findings() == []


def test_money_in_purses_counts_as_owed(stage: Stage, purse: Purse) -> None:
    (safeguarded,) = [one for one in verify_ledger(stage.home) if one.code == "I4"]
    assert safeguarded.numbers["offline KES"] == 1_000_000
