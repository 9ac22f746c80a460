"""The Mobile Money API, as a partner's server uses it."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tallystick.ground.clock import iso_instant
from tests.journeys.test_partners import code, mandate
from tests.partners import holds
from tests.rooms.serve.mobile_money.client import Client, client, error, wallet
from tests.stage import Person, Stage, kes, secret


@pytest.fixture
def mm(stage: Stage) -> Iterator[Client]:
    made = client(stage)
    yield made
    made.close()


def pay_bob(mm: Client, bob: Person, **changes: Any) -> Any:
    body = {"amount": "16.00", "currency": "KES", "creditParty": wallet(bob.account)} | changes
    return mm.post("disbursement", body)


def test_a_disbursement_is_accepted_polled_and_found(mm: Client, bob: Person) -> None:
    told = mm.post(
        "disbursement",
        {
            "amount": "16.5",
            "currency": "KES",
            "creditParty": wallet(bob.account),
            "debitParty": wallet(mm.partner.account),
            "descriptionText": "wages",
            "metadata": [{"key": "month", "value": "May"}],
        },
    )
    first = told.json()
    assert (told.status_code, first["status"], first["notificationMethod"]) == (
        202,
        "pending",
        "polling",
    )
    state = mm.state(told)
    assert state["status"] == "completed"
    shown = mm.ask("GET", f"/transactions/{state['objectReference']}").json()
    assert (shown["transactionStatus"], shown["type"], shown["amount"]) == (
        "completed",
        "disbursement",
        "16.5",
    )
    assert shown["descriptionText"] == "wages"
    assert mm.stage.balance(bob) == (1_650, 0)
    link = mm.ask("GET", f"/responses/{first['serverCorrelationId']}").json()["link"]
    assert mm.ask("GET", link).json() == shown
    assert mm.stage.findings() == []


def test_a_retry_has_one_effect_and_another_body_is_a_conflict(mm: Client, bob: Person) -> None:
    body = {"amount": "16.00", "currency": "KES", "creditParty": wallet(bob.account)}
    name = str(uuid.uuid4())
    first, again = (mm.post("disbursement", body, id=one) for one in (name, name.upper()))
    assert first.json() == again.json()
    assert error(mm.post("disbursement", body | {"amount": "17.00"}, id=name)) == (
        409,
        "businessRule",
        "duplicateRequest",
    )
    assert mm.stage.balance(bob) == (1_600, 0)


def test_a_payment_with_a_code(mm: Client, alice: Person) -> None:
    signed = code(alice, 50_000, partner=mm.partner.party)
    seen = mm.ask("GET", f"/accounts/walletid/{alice.account}/authorisationcodes/{signed}").json()
    assert (seen["codeState"], seen["amount"], seen["amountType"]) == (
        "active",
        "500.00",
        "maximum",
    )
    body = {
        "amount": "120.00",
        "currency": "KES",
        "debitParty": wallet(alice.account),
        "creditParty": wallet(mm.partner.account),
        "oneTimeCode": signed,
    }
    state = mm.state(mm.post("merchantpay", body))
    assert state["status"] == "completed"
    shown = mm.ask("GET", f"/transactions/{state['objectReference']}")
    assert signed not in shown.text
    failed = mm.state(mm.post("merchantpay", body))
    assert (failed["status"], failed["error"]["errorCode"]) == (
        "failed",
        "requestingPartyAuthorisationError",
    )
    assert holds(mm.stage, mm.partner.account)[0] == 1_012_000
    back = mm.ask(
        "POST",
        f"/transactions/{state['objectReference']}/reversals",
        {"type": "reversal", "amount": "20.00", "currency": "KES"},
    )
    assert mm.state(back)["status"] == "completed"
    whole = mm.ask(
        "POST", f"/transactions/{state['objectReference']}/reversals", {"type": "reversal"}
    )
    assert mm.state(whole)["status"] == "completed"
    more = mm.ask(
        "POST", f"/transactions/{state['objectReference']}/reversals", {"type": "reversal"}
    )
    assert mm.state(more)["error"]["errorCode"] == "incorrectState"
    assert holds(mm.stage, mm.partner.account)[0] == 1_000_000


def test_a_payment_under_a_mandate(mm: Client, alice: Person) -> None:
    signed = mandate(mm.stage, alice, mm.partner, 10_000, 10_000)
    at = f"/accounts/walletid@{alice.account}/debitmandates/{signed}"
    assert mm.ask("GET", at).json()["mandateStatus"] == "active"
    body = {
        "amount": "100.00",
        "currency": "KES",
        "debitParty": [{"key": "mandatereference", "value": signed}],
    }
    assert mm.state(mm.post("merchantpay", body))["status"] == "completed"
    assert mm.state(mm.post("merchantpay", body))["status"] == "failed"


def test_a_customer_approves_or_declines(mm: Client, alice: Person, bob: Person) -> None:
    def asks(person: Person) -> Any:
        body = {"amount": "75.00", "currency": "KES", "debitParty": wallet(person.account)}
        return mm.post("merchantpay", body)

    told, refused = asks(alice), asks(bob)
    waiting = mm.state(told)
    assert (waiting["status"], waiting["pendingReason"]) == (
        "pending",
        "the customer has to approve",
    )
    (shown,) = alice.handset.requests().data["requests"]  # type: ignore[index,misc]
    alice.handset.approve(shown["request"], *reversed(mm.partner.party), kes(7_500))
    assert mm.state(told)["status"] == "completed"
    (other,) = bob.handset.requests().data["requests"]  # type: ignore[index,misc]
    bob.handset.decline(other["request"])
    assert mm.state(refused)["error"]["errorCode"] == "requestDeclined"
    late = asks(bob)
    mm.stage.clock.advance(ms=3_600_000)
    mm.token = ""
    assert mm.state(late)["error"]["errorCode"] == "incorrectState"
    back = {"type": "reversal"}
    name = told.json()["serverCorrelationId"]
    again = mm.ask("POST", f"/transactions/{name}/reversals", back)
    assert mm.state(again)["status"] == "completed"
    assert mm.stage.balance(alice) == (10_000_000, 0)


def test_balance_statement_and_pages(mm: Client, bob: Person) -> None:
    for _ in range(3):
        pay_bob(mm, bob)
    balance = mm.ask("GET", "/accounts/balance").json()
    assert (balance["currentBalance"], balance["reservedBalance"]) == ("9952.00", "0.00")
    own = f"/accounts/walletid/{mm.partner.account}"
    assert mm.ask("GET", f"{own}/balance").json() == balance
    page = mm.ask("GET", f"{own}/transactions?offset=1&limit=2")
    assert page.headers["X-Records-Available-Count"] == "4"
    assert page.headers["X-Records-Returned-Count"] == "2"
    assert [row["type"] for row in page.json()] == ["disbursement", "disbursement"]
    entries = mm.ask("GET", f"{own}/statemententries").json()
    assert entries[0]["customData"] == [{"key": "balance", "value": "9952.00"}]
    assert error(mm.ask("GET", f"{own}/transactions?offset=-1"))[2] == "invalidOffset"
    mm.stage.clock.advance(ms=10_000)
    pay_bob(mm, bob)
    since = iso_instant(mm.stage.clock.now_ms() - 5_000)
    for limits, found in ((f"fromDateTime={since}", 1), (f"toDateTime={since}", 4)):
        page = mm.ask("GET", f"{own}/transactions?{limits}")
        assert page.headers["X-Records-Available-Count"] == str(found)
    assert error(mm.ask("GET", f"{own}/transactions?fromDateTime=now"))[2] == "formatError"


def test_what_one_may_not_see_looks_like_what_is_not_there(stage: Stage, alice: Person) -> None:
    mm = client(stage, scopes=("pay",))
    other = client(stage, scopes=("pay", "names"))
    try:
        texts = set()
        for account in (alice.account, "acc-nobody", "trust.float"):
            for below in ("balance", "accountname", "status", "transactions"):
                answer = mm.ask("GET", f"/accounts/walletid/{account}/{below}")
                assert error(answer) == (404, "identification", "identifierError")
                texts.add(answer.json()["errorDescription"])
        assert len(texts) == 1
        named = other.ask("GET", f"/accounts/walletid/{alice.account}/accountname")
        assert named.json() == {"name": {"fullName": "Alice Wanjiru"}}
        assert error(other.ask("GET", f"/accounts/walletid/{alice.account}/balance"))[0] == 404
        told = other.post(
            "disbursement",
            {"amount": "1", "currency": "KES", "creditParty": wallet(alice.account)},
        )
        name = told.json()["serverCorrelationId"]
        for path in (f"/requeststates/{name}", f"/transactions/{name}", f"/responses/{name}"):
            assert other.ask("GET", path).status_code == 200
            assert error(mm.ask("GET", path))[0] == 404
    finally:
        mm.close()
        other.close()


def test_a_phone_number_leads_to_an_account(mm: Client) -> None:
    answer = mm.stage.staff("backoffice").handset.ask(
        "customer.register",
        {
            "customer": {
                "name": "Carol Achieng",
                "born": "1990-01-01",
                "country": "KE",
                "document": "Z998877",
                "msisdn": "254700000077",
            },
            "role": "customer",
            "tier": "tier2",
        },
    )
    assert answer.accepted
    named = mm.ask("GET", "/accounts/msisdn/+254700000077/accountname")
    assert named.json()["name"]["fullName"] == "Carol Achieng"
    party = [{"key": "msisdn", "value": "+254700000077"}]
    body = {"amount": "5", "currency": "KES", "creditParty": party}
    assert mm.state(mm.post("transfer", body))["status"] == "completed"


def test_the_outcome_at_once_where_the_provider_chose_so(stage: Stage, bob: Person) -> None:
    mm = client(stage, synchronous=True)
    try:
        told = pay_bob(mm, bob)
        assert (told.status_code, told.json()["transactionStatus"]) == (201, "completed")
        poor = pay_bob(mm, bob, amount="60000")
        assert error(poor) == (400, "businessRule", "insufficientFunds")
    finally:
        mm.close()


def test_credentials(mm: Client, bob: Person) -> None:
    mm.ask("GET", "/accounts/balance")
    key = mm.partner.made.api_key.reveal().decode()
    right = mm.partner.made.client_secret.reveal().decode()
    pair = base64.b64encode(f"{mm.partner.id}:{right}".encode()).decode()
    asks = [
        ({"Authorization": f"Bearer {mm.token}"}, 200),
        ({"Authorization": f"Bearer {mm.token}", "X-API-Key": key}, 200),
        ({"Authorization": f"Basic {pair}"}, 200),
        ({"X-Client-Id": mm.partner.id, "X-API-Key": key}, 200),
        ({}, 401),
        ({"X-API-Key": key}, 401),
        ({"Authorization": "Bearer nonsense"}, 401),
        ({"Authorization": f"Bearer {mm.token}", "X-API-Key": "wrong"}, 401),
        ({"Authorization": f"Bearer {mm.token}", "X-Client-Id": bob.device}, 401),
        ({"X-Client-Id": bob.device, "X-API-Key": key}, 401),
    ]
    for headers, status in asks:
        answer = mm.http.get(f"{mm.prefix}/accounts/balance", headers=headers)
        assert answer.status_code == status, headers
    for bad in (mm.grant(secret="wrong"), mm.grant(client="dev-nobody")):
        assert error(bad) == (401, "authorisation", "clientAuthorisationError")
    last = mm.stage.tallies()[-1]
    assert (last["subject"], last["code"]) == ("partner.receive", "interface.refused")
    before = len(mm.stage.tallies())
    for _ in range(100):
        mm.grant(secret="wrong")
    assert len(mm.stage.tallies()) - before <= 20
    mm.stage.clock.advance(ms=1_000)
    mm.stage.clock.advance(ms=3_600_000)
    assert error(mm.ask("GET", "/accounts/balance"))[0] == 401
    mm.token = ""
    mm.stage.staff("backoffice").handset.suspend("contract ended", device=mm.partner.id)
    assert mm.grant().status_code == 401


@pytest.mark.parametrize(
    ("changes", "headers", "found"),
    [
        ({"amount": "0"}, {}, (400, "businessRule", "lessThanTransactionMinValue")),
        ({"amount": "-1"}, {}, (400, "validation", "negativeValue")),
        ({"amount": "1e30"}, {}, (400, "validation", "formatError")),
        ({"amount": "0.001"}, {}, (400, "validation", "formatError")),
        ({"amount": "9" * 24}, {}, (400, "validation", "lengthError")),
        ({"amount": 5}, {}, (400, "validation", "formatError")),
        ({"currency": "USD"}, {}, (400, "businessRule", "currencyNotSupported")),
        ({"currency": "USDD"}, {}, (400, "validation", "lengthError")),
        ({"surprise": 1}, {}, (400, "validation", "formatError")),
        ({"creditParty": []}, {}, (400, "validation", "lengthError")),
        ({"creditParty": wallet("Nobody Here")}, {}, (404, "identification", "identifierError")),
        ({}, {"X_Content_Hash": "0" * 64}, (400, "validation", "formatError")),
        ({}, {"X_Date": "yesterday"}, (400, "validation", "formatError")),
        ({}, {"X_Date": "2020-01-01T00:00:00Z"}, (400, "validation", "genericError")),
        ({}, {"id": "not-a-uuid"}, (400, "validation", "formatError")),
        (
            {},
            {"X_User_Credential_1": "4711"},
            (400, "authorisation", "requestingPartyAuthorisationError"),
        ),
    ],
)
def test_bad_input_moves_nothing_and_is_recorded(
    mm: Client,
    bob: Person,
    changes: dict[str, Any],
    headers: dict[str, str],
    found: tuple[int, str, str],
) -> None:
    body = {"amount": "5", "currency": "KES", "creditParty": wallet(bob.account)} | changes
    before = mm.stage.platform.evidence.size()
    assert error(mm.post("disbursement", body, **headers)) == found
    mm.stage.settled()
    assert mm.stage.platform.evidence.size() == before + 1
    assert (mm.stage.balance(bob), mm.stage.findings()) == ((0, 0), [])


def test_a_hash_that_fits_is_taken_and_long_bodies_are_not(mm: Client, bob: Person) -> None:
    octets = b'{"amount":"5","currency":"KES","creditParty":[{"key":"walletid","value":"%s"}]}'
    octets %= bob.account.encode()
    hashed = hashlib.sha256(octets).hexdigest().upper()
    path = "/transactions/type/disbursement"
    assert mm.ask("POST", path, content=octets, X_Content_Hash=hashed).status_code == 202
    assert error(mm.ask("POST", path, content=b" " * 40_000)) == (413, "validation", "lengthError")
    assert error(mm.ask("POST", path, content=b'{"a":1,"a":2}'))[2] == "formatError"
    assert error(mm.ask("POST", path, content=b"\xff"))[2] == "formatError"


@pytest.mark.parametrize("kind", ["billpay", "inttransfer", "reversal", "nonsense"])
def test_types_that_are_not_served(mm: Client, bob: Person, kind: str) -> None:
    body = {"amount": "5", "currency": "KES", "creditParty": wallet(bob.account)}
    assert error(mm.post(kind, body)) == (400, "businessRule", "transactionTypeError")


def test_money_between_two_customers_is_not_the_partners_to_move(
    mm: Client, alice: Person, bob: Person
) -> None:
    body = {
        "amount": "5",
        "currency": "KES",
        "creditParty": wallet(bob.account),
        "debitParty": wallet(alice.account),
    }
    for kind in ("transfer", "merchantpay", "disbursement"):
        assert error(mm.post(kind, body))[2] == "requestingPartyAuthorisationError"
    same = body | {"creditParty": wallet(mm.partner.account)}
    same["debitParty"] = wallet(mm.partner.account)
    assert error(mm.post("transfer", same))[2] == "samePartiesError"


def test_what_is_not_served_says_why(mm: Client, alice: Person) -> None:
    for method, path in (
        ("POST", f"/accounts/walletid/{alice.account}/links"),
        ("POST", "/accounts/individual"),
        ("PATCH", f"/batchtransactions/{uuid.uuid4()}"),
        ("PATCH", f"/transactions/{uuid.uuid4()}"),
    ):
        answer = mm.ask(method, path, {})
        assert error(answer) == (400, "businessRule", "genericError")
        assert answer.json()["errorDescription"].startswith("not served: ")
    assert error(mm.ask("GET", "/nothing/here"))[0] == 404
    assert error(mm.ask("DELETE", "/heartbeat"))[0] == 405
    assert mm.http.get(f"{mm.prefix}/heartbeat").json() == {"serviceStatus": "available"}


def test_the_prefix_of_the_developers_kit(stage: Stage, bob: Person) -> None:
    mm = client(stage, prefix="/2/oauth/simulator/v1.2/mm", token_path="/v1/oauth/accesstoken")
    try:
        assert mm.state(pay_bob(mm, bob))["status"] == "completed"
        assert secret is not None
    finally:
        mm.close()
