"""Batches and quotations of the Mobile Money API."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.partners import holds
from tests.rooms.serve.mobile_money.client import Client, client, error, wallet
from tests.rooms.serve.mobile_money.test_callbacks import URL, Ear
from tests.stage import Person, Stage


@pytest.fixture
def mm(stage: Stage) -> Iterator[Client]:
    made = client(stage)
    yield made
    made.close()


def item(account: str, amount: str, **more: Any) -> dict[str, Any]:
    party = wallet(account)
    return {
        "type": "disbursement",
        "amount": amount,
        "currency": "KES",
        "creditParty": party,
        **more,
    }


def batch(bob: Person, *more: dict[str, Any]) -> dict[str, Any]:
    wages = [item(bob.account, f"{n}.00", descriptionText="wages") for n in (1, 2, 3)]
    return {"batchTitle": "May", "transactions": [*wages, *more]}


def test_each_transaction_of_a_batch_has_its_own_end(mm: Client, bob: Person) -> None:
    bad = [
        item("acc-nobody", "1.00"),
        item(bob.account, "90000.00"),
        item(bob.account, "-1"),
        item(bob.account, "1.00", type="billpay"),
    ]
    told = mm.ask("POST", "/batchtransactions", batch(bob, *bad))
    assert mm.state(told)["status"] == "completed"
    name = told.json()["objectReference"]
    seen = mm.ask("GET", f"/batchtransactions/{name}").json()
    assert (seen["batchTitle"], seen["batchStatus"]) == ("May", "completed")
    assert (seen["completionCount"], seen["rejectionCount"]) == (3, 4)
    assert mm.ask("GET", f"/responses/{name}").json() == {"link": f"/batchtransactions/{name}"}
    done = mm.ask("GET", f"/batchtransactions/{name}/completions?limit=2")
    assert done.headers["X-Records-Available-Count"] == "3"
    assert len(done.json()) == 2
    assert mm.ask("GET", done.json()[0]["link"]).json()["descriptionText"] == "wages"
    reasons = mm.ask("GET", f"/batchtransactions/{name}/rejections").json()
    assert [one["rejectionReason"].partition(":")[0] for one in reasons] == [
        "identifierError",
        "accountMaxTotalValueExceeded",
        "negativeValue",
        "transactionTypeError",
    ]
    assert (mm.stage.balance(bob), holds(mm.stage, mm.partner.account)) == ((600, 0), (999_400, 0))
    assert mm.stage.findings() == []


def test_a_batch_that_is_sent_again_is_done_once(mm: Client, bob: Person) -> None:
    name, body = str(uuid.uuid4()), batch(bob)
    first = mm.ask("POST", "/batchtransactions", body, id=name)
    again = mm.ask("POST", "/batchtransactions", body, id=name)
    assert first.json() == again.json()
    other = batch(bob, item(bob.account, "4.00"))
    assert error(mm.ask("POST", "/batchtransactions", other, id=name))[0] == 409
    assert mm.stage.balance(bob) == (600, 0)


def test_a_batch_that_was_cut_short_goes_on_when_it_is_sent_again(
    mm: Client, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, body = str(uuid.uuid4()), batch(bob)
    partners, decided = mm.stage.platform.partners, []
    whole = type(partners).decide

    def cut(self: Any, order: Any) -> Any:
        decided.append(order)
        if len(decided) == 3:
            raise RuntimeError("the power went")
        return whole(self, order)

    monkeypatch.setattr(type(partners), "decide", cut)
    assert mm.ask("POST", "/batchtransactions", body, id=name).status_code == 503
    monkeypatch.undo()
    mm.stage.settled()
    assert mm.stage.balance(bob) == (300, 0)
    assert mm.ask("POST", "/batchtransactions", body, id=name).status_code == 202
    assert mm.stage.balance(bob) == (600, 0)
    assert mm.stage.findings() == []


def test_a_batch_is_refused_whole_where_it_is_not_one(mm: Client, bob: Person) -> None:
    good = batch(bob)
    for body, found in (
        ({"transactions": []}, "lengthError"),
        (good | {"transactions": good["transactions"] * 40}, "lengthError"),
        (good | {"scheduledStartDate": "2199-01-01T00:00:00Z"}, "genericError"),
        ({"batchTitle": "May"}, "mandatoryValueNotSupplied"),
    ):
        assert error(mm.ask("POST", "/batchtransactions", body))[2] == found
    name = str(uuid.uuid4())
    late = {"id": name, "X_Date": "2020-01-01T00:00:00Z"}
    assert error(mm.ask("POST", "/batchtransactions", good, **late))[2] == "genericError"
    assert mm.stage.balance(bob) == (0, 0)
    assert mm.ask("POST", "/batchtransactions", good, id=name).status_code == 202
    assert error(mm.ask("GET", f"/batchtransactions/{uuid.uuid4()}"))[0] == 404
    assert error(mm.ask("GET", "/batchtransactions/nonsense"))[0] == 404
    assert error(mm.ask("GET", f"/transactions/{name}"))[0] == 404


def test_a_batch_is_told_once_when_it_is_whole(stage: Stage, bob: Person) -> None:
    ear = Ear()
    mm = client(stage, deliver=ear)
    try:
        mm.ask("POST", "/batchtransactions", batch(bob), X_Callback_URL=URL)
        ear.wait(1)
        assert ear.heard[0][1]["completionCount"] == 3
    finally:
        mm.close()


def test_a_quotation_says_that_nothing_is_charged(mm: Client, bob: Person) -> None:
    body = {
        "requestAmount": "75.3",
        "requestCurrency": "KES",
        "creditParty": wallet(bob.account),
        "type": "transfer",
    }
    told = mm.ask("POST", "/quotations", body)
    assert mm.state(told)["status"] == "completed"
    name = told.json()["objectReference"]
    seen = mm.ask("GET", f"/quotations/{name}").json()
    (quote,) = seen["quotes"]
    assert (quote["sendingAmount"], quote["receivingAmount"]) == ("75.30", "75.30")
    assert error(mm.ask("GET", f"/batchtransactions/{name}"))[0] == 404
    assert error(mm.ask("POST", "/quotations", body | {"requestCurrency": "USD"}))[0] == 400
