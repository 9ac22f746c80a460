"""Partners' servers: what they pay, what customers let them take, and what they may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tallystick.assembly import verify_ledger
from tallystick.crypto.mechanisms import es256_verify
from tallystick.decide.policy import Terms, TypologyRule
from tallystick.ground.identifiers import from_base64url
from tallystick.handset import Answer
from tallystick.protect.devices import DEVICES
from tallystick.protect.enforcement import RequestConflict
from tallystick.protect.partners import AUTHORITIES, authority_key
from tallystick.testing import example_policy
from tests.partners import Server, holds, server
from tests.stage import Person, Stage, kes, pay, secret


def named(answer: Answer) -> str:
    assert answer.accepted, answer.code
    assert answer.data is not None
    return str(answer.data["authority"])


def code(person: Person, minor: int, **more: Any) -> str:
    return named(person.handset.create_code(kes(minor), pin=secret(), **more))


def mandate(stage: Stage, person: Person, to: Server, minor: int, period_minor: int) -> str:
    answer = person.handset.create_mandate(
        to.party,
        kes(minor),
        per_period=kes(period_minor),
        period_days=30,
        expires_ms=stage.clock.now_ms() + 90 * 86_400_000,
        pin=secret(),
    )
    return named(answer)


def test_a_partner_pays_from_its_own_account(stage: Stage, bob: Person) -> None:
    duka = server(stage, minor=1_000_000)
    told = duka.pay(bob.account, "250.00")
    assert told.code == "ok"
    assert (told.leaf["payer"], told.leaf["payee"]) == (duka.account, bob.account)
    assert (stage.balance(bob), holds(stage, duka.account)) == ((25_000, 0), (975_000, 0))
    kinds = [fact["kind"] for fact in stage.tallies()[told.index]["facts"]]
    assert kinds == [
        "device.authenticated",
        "message.fresh",
        "payee.resolved",
        "tier.within",
        "parties.clear",
        "risk.acceptable",
        "transfer.posted",
        "receipt.bound",
    ]
    assert stage.findings() == []


def test_a_retry_gets_the_first_answer_and_another_body_none(stage: Stage, bob: Person) -> None:
    duka = server(stage, minor=100_000)
    first = duka.pay(bob.account, "10.00", request="a" * 20)
    again = duka.pay(bob.account, "10.00", request="a" * 20)
    assert (first.leaf, first.index) == (again.leaf, again.index)
    with pytest.raises(RequestConflict):
        duka.pay(bob.account, "11.00", request="a" * 20)
    with pytest.raises(RequestConflict):
        duka.pay(bob.account, "10.00", request="a" * 20, note="another word")
    assert stage.balance(bob) == (1_000, 0)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"amount": "0.00"}, "amount.malformed"),
        ({"amount": "-1.00"}, "amount.malformed"),
        ({"amount": "1e30"}, "amount.malformed"),
        ({"amount": "0.001"}, "amount.malformed"),
        ({"amount": "5"}, "amount.malformed"),
        ({"currency": "USD"}, "currency.mismatch"),
        ({"currency": "XXX"}, "currency.mismatch"),
        ({"payee": "acc-nobody"}, "payee.unknown"),
        ({"payee": "Not An Account"}, "payee.unknown"),
        ({"payee": "trust.float"}, "payee.unknown"),
        ({"payee": "emoney.unissued"}, "payee.unknown"),
        ({"amount": "50000.00"}, "funds.insufficient"),
        ({"amount": "70000.01"}, "tier.exceeded"),
        ({"surprise": 1}, "order.malformed"),
    ],
)
def test_what_a_partner_may_not_ask(
    stage: Stage, bob: Person, changes: dict[str, Any], refused: str
) -> None:
    duka = server(stage, minor=10_000)
    usual = {"payee": bob.account, "amount": "5.00", "currency": "KES"}
    told = duka.ask("partner.pay", **usual | changes)
    assert (told.code, told.data) == (refused, None)
    assert (stage.balance(bob), holds(stage, duka.account)) == ((0, 0), (10_000, 0))
    assert stage.findings() == []


def test_scopes_roles_and_clocks_bind(stage: Stage, alice: Person, bob: Person) -> None:
    duka = server(stage, scopes=("collect",), minor=10_000)
    assert duka.pay(bob.account, "5.00").code == "operation.forbidden"
    for operation in ("remote.pay", "emoney.issue", "customer.register", "code.create"):
        assert duka.ask(operation).code == "operation.forbidden"
    assert alice.handset.ask("partner.pay", {}).code == "operation.forbidden"
    assert alice.handset.ask("partner.register", {}).code == "operation.forbidden"
    shop = server(stage, "Soko Ltd", minor=10_000)
    now_ms = stage.clock.now_ms()
    assert shop.pay(bob.account, "5.00", issued_ms=now_ms - 121_000).code == "message.refused"
    assert shop.pay(bob.account, "5.00", issued_ms=now_ms - 119_000).code == "ok"
    stage.staff("backoffice").handset.suspend("contract ended", device=shop.id)
    assert shop.pay(bob.account, "5.00").code == "device.suspended"


def test_a_code_is_good_for_one_payment_of_at_most_its_amount(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    signed = code(alice, 50_000)
    assert duka.collect(signed, "500.01").code == "authority.refused"
    told = duka.collect(signed, "120.00")
    assert told.code == "ok"
    assert duka.collect(signed, "1.00").code == "authority.refused"
    assert holds(stage, duka.account) == (12_000, 0)
    kept = stage.platform._desk.registers.get(AUTHORITIES, authority_key(signed))
    assert kept is not None
    assert told.leaf["instruction"] == kept.instruction
    handset = stage.platform._desk.registers.get(DEVICES, kept.device)
    assert handset is not None
    es256_verify(
        public=handset.signature_key,
        octets=kept.signed.encode(),
        signature=from_base64url(kept.signature),
    )
    assert stage.findings() == []


def test_a_code_for_one_partner_is_worth_nothing_to_another(stage: Stage, alice: Person) -> None:
    duka, soko = server(stage), server(stage, "Soko Ltd")
    signed = code(alice, 50_000, partner=duka.party)
    assert soko.collect(signed, "1.00").code == "authority.refused"
    assert duka.collect(signed, "1.00", payer=soko.account).code == "authority.refused"
    assert duka.collect("ABCD-EFGH-JKLM", "1.00").code == "authority.refused"
    assert duka.collect(signed, "1.00").code == "ok"


def test_a_code_ends_with_its_time_or_its_customer(
    stage: Stage, alice: Person, bob: Person
) -> None:
    duka = server(stage)
    late, ended = code(alice, 10_000, lifetime_s=60), code(alice, 10_000)
    assert bob.handset.end_authority(ended).code == "authority.refused"
    assert alice.handset.end_authority(ended).accepted
    assert alice.handset.end_authority(ended).code == "authority.refused"
    stage.clock.advance(ms=60_000)
    assert duka.collect(late, "1.00").code == "authority.refused"
    assert duka.collect(ended, "1.00").code == "authority.refused"
    handset_gone = code(alice, 10_000)
    alice.handset.suspend("lost")
    assert duka.collect(handset_gone, "1.00").code == "authority.refused"


def test_a_reserved_code_holds_its_money(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    signed = code(alice, 40_000, partner=duka.party, reserve=True)
    assert stage.balance(alice) == (10_000_000, 40_000)
    assert duka.collect(signed, "399.99").code == "authority.refused"
    assert alice.handset.end_authority(signed).code == "authority.refused"
    assert duka.collect(signed, "400.00").code == "ok"
    assert (stage.balance(alice), holds(stage, duka.account)) == ((9_960_000, 0), (40_000, 0))
    other = code(alice, 40_000, partner=duka.party, reserve=True)
    assert alice.handset.release_code(other).accepted
    assert stage.balance(alice) == (9_960_000, 0)
    assert duka.collect(other, "400.00").code == "authority.refused"
    assert stage.findings() == []


def test_a_mandate_is_bounded_by_payment_period_and_end(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    signed = mandate(stage, alice, duka, 10_000, 25_000)
    assert [duka.collect(signed, "100.00").code for _ in range(3)] == [
        "ok",
        "ok",
        "authority.refused",
    ]
    assert duka.collect(signed, "50.00").code == "ok"
    stage.clock.advance(ms=30 * 86_400_000)
    assert duka.collect(signed, "100.00").code == "ok"
    stage.clock.advance(ms=61 * 86_400_000)
    assert duka.collect(signed, "1.00").code == "authority.refused"


def test_an_authority_asks_for_pin_and_registered_partner(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    assert alice.handset.create_code(kes(50_000)).code == "customer.not_verified"
    assert alice.handset.create_code(kes(49_999)).accepted
    false_name = ("Another Name", duka.account)
    refused = alice.handset.create_code(kes(100), partner=false_name)
    assert refused.code == "payee.mismatch"
    assert alice.handset.create_code(kes(100), lifetime_s=8 * 86_400).code == "order.malformed"
    assert alice.handset.create_code(kes(7_000_001), pin=secret()).code == "environment.cap"


def test_a_request_is_approved_by_signing_the_payment(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    asked = duka.ask(
        "partner.request", "r" * 20, payer=alice.account, amount="75.00", currency="KES"
    )
    assert asked.code == "ok"
    listed = alice.handset.requests().data
    assert listed is not None
    (shown,) = listed["requests"]  # type: ignore[misc]
    assert (shown["name"], shown["amount"]) == ("Duka Online Ltd", "75.00")
    wrong = alice.handset.approve(shown["request"], duka.account, duka.name, kes(7_501))
    assert wrong.code == "payee.mismatch"
    done = alice.handset.approve(shown["request"], duka.account, duka.name, kes(7_500))
    assert done.accepted, done.code
    assert holds(stage, duka.account) == (7_500, 0)
    request = stage.platform.partners.payment_request(duka.id, "r" * 20)
    assert request is not None
    assert request.state == "approved"
    again = alice.handset.approve(shown["request"], duka.account, duka.name, kes(7_500))
    assert again.code == "request.unknown"
    assert alice.handset.requests().data == {"requests": []}
    assert stage.findings() == []


def test_a_request_says_nothing_about_accounts(stage: Stage, alice: Person, bob: Person) -> None:
    duka = server(stage)
    known, unknown = (
        duka.ask("partner.request", payer=name, amount="75.00", currency="KES")
        for name in (bob.account, "acc-nobody")
    )
    assert known.leaf["outcome"] == unknown.leaf["outcome"] == "accepted"
    assert known.leaf["payer"] is unknown.leaf["payer"] is None
    assert known.data is not None
    name = str(known.data["request"])
    assert alice.handset.decline(name).code == "request.unknown"
    assert bob.handset.decline(name).accepted
    assert bob.handset.decline(name).code == "request.unknown"


def test_a_refund_gives_back_at_most_what_was_taken(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    assert duka.collect(code(alice, 50_000), "100.00", request="p" * 20).code == "ok"
    back = {"original": "p" * 20, "currency": "KES"}
    assert duka.ask("partner.refund", **back, amount="60.00").code == "ok"
    assert duka.ask("partner.refund", **back, amount="40.01").code == "refund.refused"
    assert duka.ask("partner.refund", **back).code == "ok"
    assert duka.ask("partner.refund", **back).code == "refund.refused"
    soko = server(stage, "Soko Ltd", minor=10_000)
    assert soko.ask("partner.refund", **back).code == "refund.refused"
    assert (stage.balance(alice), holds(stage, duka.account)) == ((10_000_000, 0), (0, 0))
    assert stage.findings() == []


def test_a_hold_is_settled_once_by_its_partner(stage: Stage, bob: Person) -> None:
    duka, soko = server(stage, minor=50_000), server(stage, "Soko Ltd")
    ask = {"payee": bob.account, "amount": "30.00", "currency": "KES"}
    for request, verdict, after in (("h" * 20, "post", 3_000), ("v" * 20, "void", 3_000)):
        held = duka.ask("partner.hold", request, **ask)
        assert held.data is not None
        assert holds(stage, duka.account)[1] == 3_000
        stolen = soko.ask("partner.settle", hold=held.data["hold"], verdict="void")
        assert stolen.code == "hold.unknown"
        assert duka.ask("partner.settle", hold=request, verdict=verdict).code == "ok"
        assert duka.ask("partner.settle", hold=request, verdict=verdict).code == "hold.unknown"
        assert stage.balance(bob) == (after, 0)
    assert holds(stage, duka.account) == (47_000, 0)
    assert stage.findings() == []


def test_what_partners_did_stands_after_a_restart(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    signed = code(alice, 50_000)
    told = duka.collect(signed, "100.00", request="p" * 20)
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        back = Server(again, duka.made, duka.name, duka.id, duka.account)
        assert back.collect(signed, "100.00", request="p" * 20).leaf == told.leaf
        assert back.collect(signed, "100.00").code == "authority.refused"
        assert back.ask("partner.refund", original="p" * 20, currency="KES").code == "ok"
        assert again.platform.partners.partner(duka.id) is not None


def test_patterns_of_abuse_are_looked_for_where_people_pay(tmp_path: Path) -> None:
    rule = TypologyRule(id="velocity", window_s=600, action="refuse", numbers={"count_max": 2})
    with Stage(tmp_path / "home", policy=example_policy(typologies=[rule])) as stage:
        alice, bob = stage.person("Alice Wanjiru", minor=100_000), stage.person("Bob Otieno")
        duka = server(stage, minor=10_000)
        assert [duka.pay(bob.account, "1.00").code for _ in range(4)] == ["ok"] * 4
        signed = [code(alice, 10_000) for _ in range(3)]
        told = [duka.collect(one, "1.00").code for one in signed]
        assert told == ["ok", "ok", "payment.declined"]


def test_every_debit_leads_to_a_signature_from_the_books_alone(stage: Stage, alice: Person) -> None:
    duka = server(stage, minor=10_000)
    duka.collect(code(alice, 10_000), "40.00", request="p" * 20)
    duka.collect(code(alice, 20_000, partner=duka.party, reserve=True), "200.00")
    duka.collect(mandate(stage, alice, duka, 5_000, 9_000), "50.00")
    duka.ask("partner.refund", original="p" * 20, currency="KES")
    duka.ask("partner.request", payer=alice.account, amount="75.00", currency="KES")
    (shown,) = alice.handset.requests().data["requests"]  # type: ignore[index,misc]
    assert alice.handset.approve(shown["request"], *reversed(duka.party), kes(7_500)).accepted
    duka.pay(alice.account, "1.00")
    released = code(alice, 30_000, partner=duka.party, reserve=True)
    assert alice.handset.release_code(released).accepted
    stage.settled()
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []
    assert stage.findings() == []


def test_authorities_count_with_what_was_paid_without_the_pin(tmp_path: Path) -> None:
    """A thief with an open handset signs no more away by codes than by payments."""
    policy = example_policy(terms=Terms(step_up_sum_minor=100_000))
    with Stage(tmp_path / "home", policy=policy) as strict:
        carol, dan = strict.person("Carol Achieng", minor=1_000_000), strict.person("Dan Mwangi")
        assert carol.handset.create_code(kes(40_000), pin=None).accepted
        assert pay(carol, dan, 40_000, pin=None).accepted
        assert carol.handset.create_code(kes(40_000), pin=None).code == "customer.not_verified"
        assert pay(carol, dan, 40_000, pin=None).code == "customer.not_verified"
        assert carol.handset.create_code(kes(40_000), pin=secret()).accepted
        assert pay(carol, dan, 40_000, pin=None).accepted
        assert strict.findings() == []


def test_a_mandate_over_much_in_small_parts_asks_for_the_pin(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    expires_ms = stage.clock.now_ms() + 86_400_000

    def signed(period_minor: int, pin: Any) -> str:
        return alice.handset.create_mandate(
            duka.party, kes(1_000), per_period=kes(period_minor), period_days=30,
            expires_ms=expires_ms, pin=pin,
        ).code  # fmt: skip

    assert signed(49_999, None) == "ok"
    assert signed(50_000, None) == "customer.not_verified"
    assert signed(900_000_000, None) == "customer.not_verified"
    assert signed(900_000_000, secret()) == "ok"


def test_a_sleeping_account_reserves_nothing(tmp_path: Path) -> None:
    policy = example_policy(terms=Terms(dormant_after_days=180))
    with Stage(tmp_path / "home", policy=policy) as stage:
        sleeper, duka = stage.person("Carol Achieng", minor=100_000), server(stage)
        stage.clock.advance(ms=181 * 86_400_000)
        answer = sleeper.handset.create_code(
            kes(1_000), partner=duka.party, reserve=True, pin=secret()
        )
        assert answer.code == "account.dormant"
        assert holds(stage, sleeper.account) == (100_000, 0)
