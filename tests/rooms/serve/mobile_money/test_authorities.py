"""Codes and mandates through the Mobile Money API: asked for, signed, used, given up."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.clock import iso_instant
from tallystick.serve.mobile_money.errors import ApiRefused
from tallystick.serve.mobile_money.shapes import read_patch
from tests.journeys.test_asked_authorities import DAY_MS, listed
from tests.rooms.serve.mobile_money.client import Client, client, error, wallet
from tests.rooms.serve.mobile_money.test_callbacks import URL, Ear
from tests.stage import Person, Stage, secret

CODE = {"amount": "200.00", "currency": "KES"}
MANDATE = {"amountLimit": "100.00", "currency": "KES", "frequencyType": "monthspecificdate"}
INACTIVE = [{"op": "replace", "path": "/mandateStatus", "value": "inactive"}]
CANCELLED = [{"op": "replace", "path": "/codeState", "value": "cancelled"}]


@pytest.fixture
def mm(stage: Stage) -> Iterator[Client]:
    made = client(stage)
    yield made
    made.close()


def at(person: Person, kind: str) -> str:
    return f"/accounts/walletid/{person.account}/{kind}"


def test_a_code_is_asked_for_signed_found_and_redeemed(mm: Client, alice: Person) -> None:
    path, name = at(alice, "authorisationcodes"), str(uuid.uuid4())
    body = CODE | {
        "amountType": "exact",
        "codeLifetime": "600",
        "holdFundsIndicator": True,
        "redemptionAccountIdentifiers": wallet(mm.partner.account),
    }
    told = mm.ask("POST", path, body, id=name)
    waiting = mm.state(told)
    assert (waiting["status"], waiting["objectReference"]) == ("pending", name)
    assert mm.ask("POST", path, body, id=name).json() == told.json()
    assert error(mm.ask("GET", f"/responses/{name}"))[0] == 404
    assert error(mm.ask("GET", f"/transactions/{name}"))[0] == 404
    assert alice.handset.allow(listed(alice), secret()).accepted
    state = mm.state(told)
    assert state["status"] == "completed"
    shown = mm.ask("GET", f"{path}/{state['objectReference']}").json()
    assert (shown["codeState"], shown["amountType"]) == ("active", "exact")
    link = mm.ask("GET", f"/responses/{name}").json()["link"]
    assert mm.ask("GET", link).json() == shown
    assert error(mm.ask("GET", f"/transactions/{name}"))[0] == 404
    paid = mm.post(
        "merchantpay", CODE | {"oneTimeCode": state["objectReference"], "amount": "200.00"}
    )
    assert mm.state(paid)["status"] == "completed"
    assert mm.stage.findings() == []


def test_a_mandate_is_asked_for_signed_used_and_given_up(mm: Client, alice: Person) -> None:
    path = at(alice, "debitmandates")
    now_ms = mm.stage.clock.now_ms()
    body = MANDATE | {
        "payee": wallet(mm.partner.account),
        "startDate": iso_instant(now_ms),
        "endDate": iso_instant(now_ms + 365 * DAY_MS),
        "numberOfPayments": "12",
        "mandateStatus": "active",
        "requestDate": iso_instant(now_ms),
        "customData": [{"key": "contract", "value": "7"}],
    }
    told = mm.ask("POST", path, body)
    shown = listed(alice)
    assert shown["terms"] == {
        "per_period": "100.00",
        "period_days": 28,
        "payments": 12,
        "lifetime_s": None,
        "until": iso_instant(now_ms + 365 * DAY_MS),
    }
    assert alice.handset.allow(shown, secret()).accepted
    name = mm.state(told)["objectReference"]
    seen = mm.ask("GET", f"{path}/{name}").json()
    assert (seen["mandateStatus"], seen["numberOfPayments"]) == ("active", 12)
    by_mandate = {
        "amount": "100.00",
        "currency": "KES",
        "debitParty": [{"key": "mandatereference", "value": name}],
    }
    assert mm.state(mm.post("merchantpay", by_mandate))["status"] == "completed"
    ended = mm.ask("PATCH", f"{path}/{name}", INACTIVE)
    assert mm.state(ended)["objectReference"] == name
    assert mm.ask("GET", f"{path}/{name}").json()["mandateStatus"] == "inactive"
    assert mm.state(mm.post("merchantpay", by_mandate))["status"] == "failed"
    again = mm.state(mm.ask("PATCH", f"{path}/{name}", INACTIVE))
    assert again["error"]["errorCode"] == "requestingPartyAuthorisationError"
    assert mm.stage.findings() == []


def test_a_code_is_given_up(mm: Client, alice: Person) -> None:
    path = at(alice, "authorisationcodes")
    told = mm.ask("POST", path, CODE)
    assert alice.handset.allow(listed(alice), secret()).accepted
    name = mm.state(told)["objectReference"]
    assert mm.state(mm.ask("PATCH", f"{path}/{name}", CANCELLED))["status"] == "completed"
    assert mm.ask("GET", f"{path}/{name}").json()["codeState"] == "expired"
    used = mm.post("merchantpay", CODE | {"oneTimeCode": name})
    assert mm.state(used)["status"] == "failed"


def test_the_end_of_what_was_asked_for_is_told(stage: Stage, alice: Person, bob: Person) -> None:
    ear = Ear()
    mm = client(stage, deliver=ear)
    try:
        for person in (alice, bob):
            mm.ask("POST", at(person, "debitmandates"), MANDATE, X_Callback_URL=URL)
        assert ear.heard == []
        assert alice.handset.allow(listed(alice), secret()).accepted
        ear.wait(1)
        assert bob.handset.decline(listed(bob)["request"]).accepted
        ear.wait(2)
        signed, declined = (heard[1] for heard in ear.heard)
        assert signed["mandateStatus"] == "active"
        assert declined["errorCode"] == "requestDeclined"
    finally:
        mm.close()


def test_what_waits_ends_by_itself(mm: Client, alice: Person) -> None:
    told = mm.ask("POST", at(alice, "authorisationcodes"), CODE)
    mm.stage.clock.advance(ms=3_600_000)
    mm.token = ""
    assert mm.state(told)["error"]["errorCode"] == "incorrectState"


def test_nobody_learns_whether_an_account_exists(mm: Client) -> None:
    path = "/accounts/walletid/acc-nobody"
    for body, kind in ((CODE, "authorisationcodes"), (MANDATE, "debitmandates")):
        assert mm.state(mm.ask("POST", f"{path}/{kind}", body))["status"] == "pending"


def test_the_scope_is_asked_for(stage: Stage, alice: Person) -> None:
    mm = client(stage, scopes=("pay", "collect"))
    try:
        state = mm.state(mm.ask("POST", at(alice, "authorisationcodes"), CODE))
        assert state["error"]["errorCode"] == "servicingPartyAuthorisationError"
        assert alice.handset.requests().data == {"requests": []}
    finally:
        mm.close()


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("authorisationcodes", {"amountType": "exact"}),
        ("authorisationcodes", {"amountType": "maximum", "holdFundsIndicator": True}),
        ("authorisationcodes", {"codeLifetime": 59}),
        ("authorisationcodes", {"codeLifetime": "604801"}),
        ("authorisationcodes", {"codeLifetime": "0"}),
        ("authorisationcodes", {"amount": "0"}),
        ("authorisationcodes", {"currency": "USD"}),
        ("authorisationcodes", {"redemptionChannels": [{"channelType": "app"}]}),
        ("authorisationcodes", {"redemptionAccountIdentifiers": wallet("acc-another")}),
        ("authorisationcodes", {"requestDate": "yesterday"}),
        ("debitmandates", {"frequencyType": "hourly"}),
        ("debitmandates", {"endDate": "2000-01-01T00:00:00Z"}),
        ("debitmandates", {"endDate": "2999-01-01T00:00:00Z"}),
        ("debitmandates", {"startDate": "2999-01-01T00:00:00Z"}),
        ("debitmandates", {"numberOfPayments": 10_001}),
        ("debitmandates", {"numberOfPayments": 1.5}),
        ("debitmandates", {"payee": wallet("acc-another")}),
        ("debitmandates", {"mandateStatus": "inactive"}),
        ("debitmandates", {"amountLimit": "-1.00"}),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_recorded(
    mm: Client, bob: Person, kind: str, changes: dict[str, Any]
) -> None:
    body = (CODE if kind == "authorisationcodes" else MANDATE) | changes
    answer = mm.ask("POST", at(bob, kind), body)
    assert answer.status_code == 400, answer.text
    assert bob.handset.requests().data == {"requests": []}
    assert any(tally["code"] == "interface.refused" for tally in mm.stage.tallies()[-4:])


@pytest.mark.parametrize(
    "patch",
    [
        [],
        {},
        INACTIVE * 2,
        [INACTIVE[0] | {"value": "active"}],
        [INACTIVE[0] | {"path": "/amountLimit"}],
        [INACTIVE[0] | {"op": "remove"}],
    ],
)
def test_nothing_else_is_changed(mm: Client, alice: Person, patch: Any) -> None:
    path = at(alice, "debitmandates")
    told = mm.ask("POST", path, MANDATE)
    assert alice.handset.allow(listed(alice), secret()).accepted
    name = mm.state(told)["objectReference"]
    assert mm.ask("PATCH", f"{path}/{name}", patch).status_code == 400
    assert mm.ask("GET", f"{path}/{name}").json()["mandateStatus"] == "active"


def test_another_partners_authority_is_not_there(stage: Stage, alice: Person) -> None:
    mm = client(stage)
    other = client(stage)
    try:
        told = mm.ask("POST", at(alice, "debitmandates"), MANDATE)
        assert alice.handset.allow(listed(alice), secret()).accepted
        path = f"{at(alice, 'debitmandates')}/{mm.state(told)['objectReference']}"
        assert error(other.ask("PATCH", path, INACTIVE))[0] == 404
        assert mm.ask("GET", path).json()["mandateStatus"] == "active"
    finally:
        mm.close()
        other.close()


@given(st.binary(max_size=80) | st.sampled_from([b'[],"x":1', b'[]},{"patches":[]', b"null"]))
def test_any_octets_are_the_one_patch_or_refused(octets: bytes) -> None:
    with pytest.raises(ApiRefused):
        read_patch(octets, path="mandateStatus", values=("inactive",))
