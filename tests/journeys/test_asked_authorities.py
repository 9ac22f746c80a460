"""Codes and mandates that a partner asks for: signed on the handset as asked, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.assembly import verify_ledger
from tallystick.handset import Malformed
from tallystick.protect.partners import PENDING_EACH_MAX, PENDING_MAX
from tests.partners import Server, Told, holds, server
from tests.stage import Person, Stage, kes, secret

DAY_MS = 86_400_000
MONTHLY = {"kind": "mandate", "per_period": "100.00", "period_days": 28, "payments": 2}


def asks(duka: Server, person: Person, terms: dict[str, Any], **changes: Any) -> Told:
    usual = {"payer": person.account, "amount": "100.00", "currency": "KES", "authority": terms}
    return duka.ask("partner.request", **usual | changes)


def monthly(stage: Stage, **changes: Any) -> dict[str, Any]:
    return MONTHLY | {"until_ms": stage.clock.now_ms() + 90 * DAY_MS} | changes


def listed(person: Person) -> dict[str, Any]:
    data = person.handset.requests().data
    assert data is not None
    (shown,) = data["requests"]  # type: ignore[misc]
    found: dict[str, Any] = shown
    return found


def authority_of(stage: Stage, duka: Server, told: Told) -> str:
    assert told.data is not None
    request = stage.platform.partners.payment_request(duka.id, told.leaf["request"])
    assert request is not None
    assert str(request.state) == "approved"
    return request.authority


@pytest.mark.parametrize("kind", ["code", "reserved code"])
def test_a_code_that_was_asked_for_is_signed_and_redeemed(
    stage: Stage, alice: Person, kind: str
) -> None:
    duka, soko = server(stage), server(stage, "Soko Ltd")
    told = asks(duka, alice, {"kind": kind, "lifetime_s": 600})
    assert told.code == "ok"
    shown = listed(alice)
    assert (shown["kind"], shown["terms"]["lifetime_s"]) == (kind, 600)
    done = alice.handset.allow(shown, secret())
    assert done.accepted, done.code
    name = authority_of(stage, duka, told)
    assert done.data == {"authority": name}
    assert alice.handset.requests().data == {"requests": []}
    assert stage.balance(alice)[1] == (10_000 if kind == "reserved code" else 0)
    assert soko.collect(name, "100.00").code == "authority.refused"
    assert duka.collect(name, "100.00").code == "ok"
    assert duka.collect(name, "100.00").code == "authority.refused"
    assert holds(stage, duka.account) == (10_000, 0)
    assert stage.findings() == []
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []


def test_a_mandate_that_was_asked_for_binds_period_and_number(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    told = asks(duka, alice, monthly(stage))
    assert alice.handset.allow(listed(alice), secret()).accepted
    name = authority_of(stage, duka, told)
    assert [duka.collect(name, "100.00").code for _ in range(2)] == ["ok", "authority.refused"]
    stage.clock.advance(ms=28 * DAY_MS)
    assert duka.collect(name, "100.00").code == "ok"
    stage.clock.advance(ms=28 * DAY_MS)
    assert duka.collect(name, "1.00").code == "authority.refused"
    assert stage.findings() == []


def test_no_partner_fills_the_screen_alone(stage: Stage, alice: Person) -> None:
    """Whoever asks again and again keeps nobody else from asking."""
    duka, soko = server(stage), server(stage, "Soko Ltd")
    told = [asks(duka, alice, {"kind": "code", "lifetime_s": 600}) for _ in range(PENDING_MAX)]
    assert {one.code for one in told} == {"ok"}, "the partner does not learn it"
    assert asks(soko, alice, {"kind": "code", "lifetime_s": 600}).code == "ok"
    data = alice.handset.requests().data
    assert data is not None
    names = [one["name"] for one in data["requests"]]  # type: ignore[index, attr-defined]
    assert names == ["Duka Online Ltd"] * PENDING_EACH_MAX + ["Soko Ltd"]


def test_a_partner_gives_up_its_own_authority_and_no_other(stage: Stage, alice: Person) -> None:
    duka, soko = server(stage), server(stage, "Soko Ltd")
    told = asks(duka, alice, monthly(stage))
    assert alice.handset.allow(listed(alice), secret()).accepted
    name = authority_of(stage, duka, told)
    assert soko.ask("partner.end", authority=name).code == "authority.refused"
    assert server(stage, "Pesa Ltd", scopes=("request",)).ask(
        "partner.end", authority=name
    ).code == "operation.forbidden"  # fmt: skip
    assert duka.ask("partner.end", authority=name).code == "ok"
    assert duka.ask("partner.end", authority=name).code == "authority.refused"
    assert duka.collect(name, "1.00").code == "authority.refused"
    open_to_all = alice.handset.create_code(kes(1_000), pin=secret()).data
    assert open_to_all is not None
    assert duka.ask("partner.end", **open_to_all).code == "authority.refused"
    reserved = alice.handset.create_code(kes(1_000), partner=duka.party, reserve=True).data
    assert reserved is not None
    assert duka.ask("partner.end", **reserved).code == "authority.refused"
    assert duka.collect(str(reserved["authority"]), "10.00").code == "ok"
    assert stage.findings() == []


def test_what_is_signed_is_what_was_asked_for(stage: Stage, alice: Person, bob: Person) -> None:
    duka, soko = server(stage), server(stage, "Soko Ltd")
    asks(duka, alice, monthly(stage))
    shown = listed(alice)
    terms = shown["terms"]
    wrong = [
        shown | {"amount": "99.00"},
        shown | {"terms": terms | {"per_period": "100.01"}},
        shown | {"terms": terms | {"period_days": 27}},
        shown | {"terms": terms | {"payments": None}},
        shown | {"terms": terms | {"until": "2099-01-01T00:00:00Z"}},
        shown | {"payee": soko.account, "name": soko.name},
    ]
    codes = [alice.handset.allow(one, secret()).code for one in wrong]
    assert codes == [*["payee.mismatch"] * 4, "order.malformed", "payee.mismatch"]
    code = {"period_days": None, "per_period": None, "payments": None, "until": None}
    as_code = shown | {"kind": "code", "terms": code | {"lifetime_s": 60}}
    assert alice.handset.allow(as_code, secret()).code == "request.unknown"
    assert bob.handset.allow(shown, secret()).code == "request.unknown"
    payment = alice.handset.approve(shown["request"], duka.account, duka.name, kes(10_000))
    assert payment.code == "request.unknown"
    assert alice.handset.allow(shown, secret()).accepted
    assert alice.handset.allow(shown, secret()).code == "request.unknown"
    assert stage.findings() == []


def test_a_code_lives_no_longer_than_was_asked_for(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    asks(duka, alice, {"kind": "code", "lifetime_s": 60})
    shown = listed(alice)
    longer = shown | {"terms": shown["terms"] | {"lifetime_s": 60 + 121}}
    assert alice.handset.allow(longer, secret()).code == "payee.mismatch"
    stage.clock.advance(ms=3_599_000)
    assert alice.handset.allow(shown, secret()).accepted


def test_what_was_declined_or_is_late_is_not_signed(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    asks(duka, alice, {"kind": "code", "lifetime_s": 600})
    shown = listed(alice)
    assert alice.handset.decline(shown["request"]).accepted
    assert alice.handset.allow(shown, secret()).code == "request.unknown"
    asks(duka, alice, {"kind": "code", "lifetime_s": 600})
    late = listed(alice)
    stage.clock.advance(ms=3_600_000)
    assert alice.handset.allow(late, secret()).code == "request.unknown"


def test_what_is_asked_for_takes_the_factors_of_the_policy(stage: Stage, alice: Person) -> None:
    duka = server(stage)
    asks(duka, alice, monthly(stage, per_period="500.00"))
    assert alice.handset.allow(listed(alice), None).code == "customer.not_verified"
    assert alice.handset.allow(listed(alice), secret()).accepted


def test_a_request_to_pay_is_not_signed_as_terms(stage: Stage, alice: Person) -> None:
    server(stage).ask("partner.request", payer=alice.account, amount="75.00", currency="KES")
    shown = listed(alice)
    assert (shown["kind"], shown["terms"]) == ("payment", None)
    with pytest.raises(Malformed):
        alice.handset.allow(shown, secret())


@pytest.mark.parametrize(
    "terms",
    [
        {"kind": "code"},
        {"kind": "code", "lifetime_s": 59},
        {"kind": "code", "lifetime_s": 600, "payments": 1},
        {"kind": "reserved code", "lifetime_s": 600, "per_period": "100.00"},
        MONTHLY,
        MONTHLY | {"until_ms": 1},
        MONTHLY | {"until_ms": 2**53 - 1},
        MONTHLY | {"until_ms": 2**53},
        MONTHLY | {"until_ms": 10**12, "lifetime_s": 600},
        MONTHLY | {"per_period": "99.99"},
        {"kind": "payment", "lifetime_s": 600},
    ],
)
def test_terms_that_nobody_could_sign_are_not_asked_for(
    stage: Stage, bob: Person, terms: dict[str, Any]
) -> None:
    duka = server(stage)
    assert asks(duka, bob, terms).code == "order.malformed"
    assert bob.handset.requests().data == {"requests": []}


def test_asking_says_nothing_about_accounts(stage: Stage, bob: Person) -> None:
    duka = server(stage)
    known, unknown = (
        asks(duka, bob, {"kind": "code", "lifetime_s": 600}, payer=name)
        for name in (bob.account, "acc-nobody")
    )
    assert known.code == unknown.code == "ok"
    assert known.leaf["payer"] is unknown.leaf["payer"] is None
