"""Money from our customer to somebody at another provider, over the API that a hub speaks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tallystick.assembly import verify_ledger
from tallystick.ground.identifiers import to_base64url
from tallystick.handset import Answer
from tallystick.serve.interop.amounts import write_instant
from tallystick.serve.interop.ilp import Packet, condition_of, write_packet
from tests.hub import FAR, OURS, STRANGER, SWITCH, THEIRS, Mail, Scheme, reachable
from tests.partners import holds
from tests.stage import PIN, Person, Stage, kes, secret


@pytest.fixture
def payer(stage: Stage, scheme: Scheme) -> Person:
    """Somebody with 1,000.00 KES."""
    return stage.person("Alice Njoroge", minor=100_000)


def found(scheme: Scheme, payer: Person, minor: int = 5_000) -> str:
    """Find somebody at the other provider and be quoted; the inquiry."""
    answer = payer.handset.find_party("MSISDN", FAR, kes(minor))
    assert answer.accepted, answer.code
    assert answer.data is not None
    inquiry = str(answer.data["inquiry"])
    asked = scheme.box.wait("GET", f"/parties/MSISDN/{FAR}")
    assert asked.headers["accept"].endswith("parties+json;version=1.1")
    told = {
        "party": {
            "partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": FAR, "fspId": THEIRS},
            "name": "Farah Ali",
        }
    }
    scheme.accepted("PUT", f"/parties/MSISDN/{FAR}", told)
    offer(scheme, scheme.box.wait("POST", "/quotes"))
    return inquiry


def offer(scheme: Scheme, mail: Mail, **changes: Any) -> None:
    """The other provider offers to take what it was asked for."""
    said = mail.body
    packet = Packet(
        amount=round(float(said["amount"]["amount"]) * 100),
        address=f"g.{THEIRS}",
        transaction={"quoteId": said["quoteId"]},
    )
    terms = {
        "transferAmount": said["amount"],
        "expiration": write_instant(scheme.stage.clock.now_ms() + 60_000),
        "ilpPacket": to_base64url(write_packet(packet)),
        "condition": condition_of(FULFILMENT),
    }
    scheme.accepted("PUT", f"/quotes/{said['quoteId']}", terms | changes)


FULFILMENT = b"f" * 32


def shown(payer: Person, inquiry: str) -> dict[str, Any]:
    answer = payer.handset.inquiry(inquiry)
    assert answer.accepted, answer.code
    assert answer.data is not None
    return dict(answer.data)


def paid(payer: Person, inquiry: str, **changes: Any) -> Answer:
    """Sign what the inquiry offers and send it."""
    data = shown(payer, inquiry)
    usual: dict[str, Any] = {
        "payee_id": data["payee"]["id"],
        "payee_name": data["payee"]["name"],
        "amount": kes(round(float(data["amount"]) * 100)),
        "pin": secret(PIN),
    }
    return payer.handset.pay_across(inquiry, **usual | changes)


def test_a_customer_pays_somebody_at_another_provider(
    stage: Stage, scheme: Scheme, payer: Person
) -> None:
    inquiry = found(scheme, payer)
    assert shown(payer, inquiry) == {
        "state": "offered",
        "payee": {"id": f"hub:msisdn:{FAR}", "name": "Farah Ali"},
        "amount": "50.00",
        "receives": "50.00",
        "currency": "KES",
        "expires": shown(payer, inquiry)["expires"],
        "error": None,
        "confirm": None,
    }
    answer = paid(payer, inquiry)
    assert answer.accepted, answer.code
    assert stage.balance(payer) == (100_000, 5_000)
    sent = scheme.box.wait("POST", "/transfers").body
    assert (sent["payerFsp"], sent["payeeFsp"]) == (OURS, THEIRS)
    assert sent["amount"] == {"amount": "50", "currency": "KES"}
    path = f"/transfers/{sent['transferId']}"
    said = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    for _ in range(2):
        scheme.accepted("PUT", path, said)
    assert stage.balance(payer) == (95_000, 0)
    assert holds(stage, scheme.principal.account) == (1_005_000, 0)
    assert shown(payer, inquiry)["state"] == "completed"
    assert scheme.say("PUT", path, {"transferState": "ABORTED"}).status_code == 400
    assert stage.balance(payer) == (95_000, 0)
    assert stage.findings() == []
    assert [one for one in verify_ledger(stage.home) if not one.holds] == []


def test_a_wrong_fulfilment_settles_nothing_and_the_right_one_still_does(
    stage: Stage, scheme: Scheme, payer: Person
) -> None:
    inquiry = found(scheme, payer)
    assert paid(payer, inquiry).accepted
    path = f"/transfers/{scheme.box.wait('POST', '/transfers').body['transferId']}"
    for wrong in (to_base64url(b"g" * 32), None):
        said = {"transferState": "COMMITTED"} | ({"fulfilment": wrong} if wrong else {})
        assert scheme.say("PUT", path, said).status_code == 400
    assert stage.balance(payer) == (100_000, 5_000)
    said = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    scheme.accepted("PUT", path, said)
    assert stage.balance(payer) == (95_000, 0)


def test_an_aborted_transfer_gives_the_money_back(
    stage: Stage, scheme: Scheme, payer: Person
) -> None:
    inquiry = found(scheme, payer)
    assert paid(payer, inquiry).accepted
    path = f"/transfers/{scheme.box.wait('POST', '/transfers').body['transferId']}"
    error = {"errorInformation": {"errorCode": "3303", "errorDescription": "Transfer expired"}}
    scheme.accepted("PUT", f"{path}/error", error)
    assert stage.balance(payer) == (100_000, 0)
    assert shown(payer, inquiry)["state"] == "returned"
    said = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    assert scheme.say("PUT", path, said).json()["errorInformation"]["errorCode"] == "3106"
    assert stage.findings() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payee_name": "Somebody Else"}, "payee.mismatch"),
        ({"payee_id": "hub:msisdn:1"}, "payee.mismatch"),
        ({"amount": kes(4_999)}, "payee.mismatch"),
        ({"pin": secret("9999")}, "customer.not_verified"),
    ],
)
def test_what_is_signed_is_what_was_offered(
    stage: Stage, scheme: Scheme, payer: Person, changes: dict[str, Any], code: str
) -> None:
    if "pin" in changes:
        scheme.stage.clock.advance(ms=1)
    minor = 90_000 if "pin" in changes else 5_000
    answer = paid(payer, found(scheme, payer, minor), **changes)
    assert answer.code == code
    assert stage.balance(payer) == (100_000, 0)


def test_an_inquiry_is_its_customers_alone(stage: Stage, scheme: Scheme, payer: Person) -> None:
    inquiry = found(scheme, payer)
    other = stage.person("Carol Atieno", minor=100_000)
    assert other.handset.inquiry(inquiry).code == "payee.unknown"
    data = shown(payer, inquiry)
    answer = other.handset.pay_across(
        inquiry, data["payee"]["id"], data["payee"]["name"], kes(5_000), secret(PIN)
    )
    assert answer.code == "payee.unknown"


def test_nobody_pays_twice_or_late(stage: Stage, scheme: Scheme, payer: Person) -> None:
    inquiry = found(scheme, payer)
    assert paid(payer, inquiry).accepted
    data = {"payee_id": f"hub:msisdn:{FAR}", "payee_name": "Farah Ali", "amount": kes(5_000)}
    again = payer.handset.pay_across(inquiry, pin=secret(PIN), **data)
    assert again.code == "payee.unknown"
    late = found(scheme, payer)
    stage.clock.advance(ms=61_000)
    assert shown(payer, late)["state"] == "expired"
    assert payer.handset.pay_across(late, pin=secret(PIN), **data).code == "payee.unknown"
    assert stage.balance(payer) == (100_000, 5_000)


def test_an_offer_that_costs_more_than_was_asked_for_is_none(scheme: Scheme, payer: Person) -> None:
    answer = payer.handset.find_party("MSISDN", FAR, kes(5_000))
    assert answer.data is not None
    scheme.box.wait("GET", f"/parties/MSISDN/{FAR}")
    party = {"partyIdInfo": {"partyIdType": "MSISDN", "partyIdentifier": FAR, "fspId": THEIRS}}
    scheme.accepted("PUT", f"/parties/MSISDN/{FAR}", {"party": party | {"name": "Farah Ali"}})
    mail = scheme.box.wait("POST", "/quotes")
    packet = write_packet(Packet(amount=5_001, address="g.x", transaction={}))
    dear = {"amount": "50.01", "currency": "KES"}
    offer(scheme, mail, transferAmount=dear, ilpPacket=to_base64url(packet))
    assert shown(payer, str(answer.data["inquiry"]))["state"] == "failed"


def test_a_party_that_nobody_knows_fails_the_inquiry(scheme: Scheme, payer: Person) -> None:
    answer = payer.handset.find_party("MSISDN", FAR, kes(5_000))
    assert answer.data is not None
    scheme.box.wait("GET", f"/parties/MSISDN/{FAR}")
    error = {"errorInformation": {"errorCode": "3204", "errorDescription": "Party not found"}}
    scheme.accepted("PUT", f"/parties/MSISDN/{FAR}/error", error)
    data = shown(payer, str(answer.data["inquiry"]))
    assert (data["state"], data["error"]) == ("failed", "3204")


def test_a_merchant_elsewhere_is_paid_after_the_customer_approved(
    stage: Stage, scheme: Scheme
) -> None:
    carol = reachable(stage, "Carol Wairimu", "254700000077", minor=100_000)
    said = request_body("254700000077")
    scheme.accepted("POST", "/transactionRequests", said)
    path = f"/transactionRequests/{said['transactionRequestId']}"
    assert scheme.wait("PUT", path).body["transactionRequestState"] == "RECEIVED"
    listed = carol.handset.requests()
    assert listed.data is not None
    (request,) = listed.data["requests"]  # type: ignore[misc]
    refused = carol.handset.approve(
        request["request"], request["payee"], request["name"], kes(2_500), secret(PIN)
    )
    assert refused.code == "operation.forbidden"
    answer = carol.handset.find_requester(request["request"])
    assert answer.accepted, answer.code
    assert answer.data is not None
    mail = scheme.box.wait("POST", "/quotes")
    assert mail.body["transactionRequestId"] == said["transactionRequestId"]
    assert mail.body["transactionType"]["initiator"] == "PAYEE"
    offer(scheme, mail)
    inquiry = str(answer.data["inquiry"])
    assert shown(carol, inquiry)["payee"]["name"] == "Duka la Farah"
    assert paid(carol, inquiry).accepted
    sent = scheme.box.wait("POST", "/transfers").body
    done = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    scheme.accepted("PUT", f"/transfers/{sent['transferId']}", done)
    assert stage.balance(carol) == (97_500, 0)
    scheme.accepted("GET", path)
    assert scheme.wait("PUT", path).body["transactionRequestState"] == "ACCEPTED"
    assert stage.findings() == []


def test_a_declined_request_is_told_to_the_merchant(stage: Stage, scheme: Scheme) -> None:
    carol = reachable(stage, "Carol Wairimu", "254700000077")
    said = request_body("254700000077")
    scheme.accepted("POST", "/transactionRequests", said)
    path = f"/transactionRequests/{said['transactionRequestId']}"
    scheme.wait("PUT", path)
    listed = carol.handset.requests()
    assert listed.data is not None
    (request,) = listed.data["requests"]  # type: ignore[misc]
    assert carol.handset.decline(request["request"]).accepted
    assert scheme.wait("PUT", path).body == {"transactionRequestState": "REJECTED"}


def request_body(number: str, **more: Any) -> dict[str, Any]:
    usual = {
        "transactionRequestId": str(uuid4()),
        "payee": {
            "partyIdInfo": {
                "partyIdType": "BUSINESS",
                "partyIdentifier": "duka-42",
                "fspId": THEIRS,
            },
            "name": "Duka la Farah",
        },
        "payer": {"partyIdType": "MSISDN", "partyIdentifier": number, "fspId": OURS},
        "amount": {"amount": "25", "currency": "KES"},
        "transactionType": {
            "scenario": "PAYMENT",
            "initiator": "PAYEE",
            "initiatorType": "BUSINESS",
        },
    }
    return usual | more


def test_who_is_no_party_of_a_payment_does_not_end_it(
    stage: Stage, scheme: Scheme, payer: Person
) -> None:
    """A participant whose signature holds, and whose word on this transfer is worth nothing."""
    inquiry = found(scheme, payer)
    assert paid(payer, inquiry).accepted
    path = f"/transfers/{scheme.box.wait('POST', '/transfers').body['transferId']}"
    error = {"errorInformation": {"errorCode": "3303", "errorDescription": "Transfer expired"}}
    done = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    for where, said in (
        (f"{path}/error", error),
        (path, done),
        (path, {"transferState": "ABORTED"}),
        (f"/quotes/{inquiry}/error", error),
    ):
        answer = scheme.say("PUT", where, said, fspiop_source=STRANGER)
        assert answer.json()["errorInformation"]["errorCode"] == "3100"
    assert stage.balance(payer) == (100_000, 5_000)
    scheme.accepted("PUT", path, {"transferState": "ABORTED"}, fspiop_source=SWITCH)
    assert stage.balance(payer) == (100_000, 0)
