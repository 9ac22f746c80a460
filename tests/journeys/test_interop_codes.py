"""One-time codes at a terminal of another provider's merchant: signed first, sent on the code."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tallystick.assembly import verify_ledger
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret
from tallystick.handset import Answer, draw_code
from tallystick.protect.interop import CODE_LIFETIME_S
from tallystick.serve.interop.amounts import write_instant
from tests.hub import STRANGER, WAIT_S, Mail, Scheme, reachable
from tests.journeys.test_interop_payer import FULFILMENT, offer, request_body, shown
from tests.stage import Person, Stage, kes, secret

CAROL = "254700000077"
WRONG = "000000"
PENDING, ACCEPTED, REJECTED = "PENDING", "ACCEPTED", "REJECTED"


@dataclass
class Till:
    """A merchant elsewhere who asked Carol for 25.00, and what its terminal is asked."""

    scheme: Scheme
    carol: Person
    name: str
    inquiry: str
    code: Secret
    minor: int
    transaction: str
    """How the quote that we asked for named the transaction."""

    @property
    def path(self) -> str:
        return f"/authorizations/{self.name}"

    def signs(self, **changes: Any) -> Answer:
        data = shown(self.carol, self.inquiry)
        usual: dict[str, Any] = {"pin": secret(), "code": self.code}
        return self.carol.handset.pay_across(
            self.inquiry,
            data["payee"]["id"],
            data["payee"]["name"],
            kes(self.minor),
            **usual | changes,
        )

    def asked(self) -> dict[str, str]:
        """The query of the next question for the code."""
        mail = self.scheme.box.wait("GET", self.path)
        query = parse_qs(urlsplit(mail.headers["fspiop-uri"]).query)
        return {name: values[0] for name, values in query.items()}

    def answers(self, response: str, code: str | None = None, kind: str = "OTP") -> dict[str, Any]:
        said: dict[str, Any] = {"responseType": response}
        if code is not None:
            said["authenticationInfo"] = {"authentication": kind, "authenticationValue": code}
        return said

    def says(self, response: str, code: str | None = None, **changes: Any) -> int:
        said = self.answers(response, code, changes.pop("kind", "OTP"))
        return self.scheme.say("PUT", self.path, said, **changes).status_code

    def state(self) -> str:
        path = f"/transactionRequests/{self.name}"
        self.scheme.accepted("GET", path)
        return str(self.scheme.wait("PUT", path).body["transactionRequestState"])

    def sent(self) -> list[Mail]:
        return [mail for mail in self.scheme.box.mails if mail.path == "/transfers"]


def till(
    stage: Stage, scheme: Scheme, *, kind: str = "OTP", minor: int = 2_500, **terms: Any
) -> Till:
    carol = reachable(stage, "Carol Wairimu", CAROL, minor=100_000)
    amount = {"amount": str(minor // 100), "currency": "KES"}
    said = request_body(CAROL, authenticationType=kind, amount=amount)
    name = str(said["transactionRequestId"])
    scheme.accepted("POST", "/transactionRequests", said)
    scheme.wait("PUT", f"/transactionRequests/{name}")
    listed = carol.handset.requests().data
    assert listed is not None
    (request,) = listed["requests"]  # type: ignore[misc]
    found = carol.handset.find_requester(request["request"]).data
    assert found is not None
    quote = scheme.box.wait("POST", "/quotes")
    offer(scheme, quote, **terms)
    inquiry = str(found["inquiry"])
    confirm = shown(carol, inquiry)["confirm"]
    code = draw_code(confirm)
    while code.reveal().decode() == WRONG:
        code = draw_code(confirm)
    transaction = str(quote.body["transactionId"])
    return Till(scheme, carol, name, inquiry, code, minor, transaction)


@pytest.fixture
def duka(stage: Stage, scheme: Scheme) -> Till:
    return till(stage, scheme)


@pytest.mark.parametrize("kind", ["OTP", "QRCODE"])
def test_a_signed_payment_leaves_when_its_code_came_back(
    stage: Stage, scheme: Scheme, kind: str
) -> None:
    duka = till(stage, scheme, kind=kind)
    code = duka.code.reveal().decode()
    assert len(code) == (6 if kind == "OTP" else 22)
    assert duka.signs().accepted
    assert duka.asked() == {
        "authenticationType": kind,
        "retriesLeft": "3",
        "amount": "25",
        "currency": "KES",
    }
    assert (shown(duka.carol, duka.inquiry)["state"], duka.state()) == ("confirming", PENDING)
    assert stage.balance(duka.carol) == (100_000, 2_500)
    assert duka.sent() == []
    stage.settled()
    kept = b"".join(path.read_bytes() for path in stage.home.iterdir() if path.is_file())
    assert kind == "OTP" or code.encode() not in kept  # six digits stand somewhere by chance
    assert duka.says("ENTERED", code, kind=kind) == 200
    tally = stage.tallies()[-1]
    (fact,) = (one for one in tally["facts"] if one["kind"] == "customer.authenticated")
    assert fact["detail"]["factor"] == "code"
    sent = scheme.box.wait("POST", "/transfers").body
    assert duka.state() == ACCEPTED
    assert duka.says("ENTERED", code, kind=kind) == 400
    done = {"transferState": "COMMITTED", "fulfilment": to_base64url(FULFILMENT)}
    scheme.accepted("PUT", f"/transfers/{sent['transferId']}", done)
    assert stage.balance(duka.carol) == (97_500, 0)
    assert stage.findings() == []
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []


def test_wrong_codes_are_counted_and_the_money_goes_back(stage: Stage, duka: Till) -> None:
    assert duka.signs().accepted
    for left in ("3", "2", "1"):
        assert duka.asked()["retriesLeft"] == left
        wrong = f"00000{left}"
        wrong = wrong if wrong != duka.code.reveal().decode() else WRONG
        assert duka.says("ENTERED", wrong) == 200
        assert stage.tallies()[-1 if left != "1" else -2]["code"] == "customer.not_verified"
    assert duka.says("ENTERED", duka.code.reveal().decode()) == 400
    path = f"/transactionRequests/{duka.name}"
    assert duka.scheme.wait("PUT", path).body == {"transactionRequestState": REJECTED}
    assert stage.balance(duka.carol) == (100_000, 0)
    assert (shown(duka.carol, duka.inquiry)["state"], duka.state()) == ("returned", REJECTED)
    assert duka.sent() == []
    assert stage.findings() == []
    assert [one.code for one in verify_ledger(stage.home) if not one.holds] == []


def test_a_restart_gives_no_try_back(stage: Stage, duka: Till) -> None:
    assert duka.signs().accepted
    assert duka.says("ENTERED", WRONG) == 200
    assert duka.says("ENTERED", WRONG) == 200  # the network repeats itself: no other try
    duka.asked()
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        duka.scheme.stage = again
        duka.scheme.open()
        code = duka.code.reveal().decode()
        for wrong in {"000001", "000002", "000003"} - {code}:
            duka.says("ENTERED", wrong)
        assert duka.says("ENTERED", code) == 400
        assert again.findings() == []


@pytest.mark.parametrize("response", ["REJECTED", "error"])
def test_who_refuses_at_the_terminal_keeps_the_money(
    stage: Stage, duka: Till, response: str
) -> None:
    assert duka.signs().accepted
    if response == "error":
        error = {"errorInformation": {"errorCode": "5105", "errorDescription": "no terminal"}}
        duka.scheme.accepted("PUT", f"{duka.path}/error", error)
    else:
        assert duka.says("REJECTED") == 200
    assert stage.balance(duka.carol) == (100_000, 0)
    assert duka.state() == REJECTED
    assert duka.says("ENTERED", duka.code.reveal().decode()) == 400
    assert duka.sent() == []
    assert stage.findings() == []


def test_to_be_asked_again_is_no_try_and_has_an_end(stage: Stage, duka: Till) -> None:
    assert duka.signs().accepted
    for _ in range(10):
        assert duka.asked()["retriesLeft"] == "3"
        assert duka.says("RESEND") == 200
    assert duka.says("ENTERED", duka.code.reveal().decode()) == 400
    assert stage.balance(duka.carol) == (100_000, 0)


def test_a_code_ends_with_its_offer(stage: Stage, duka: Till) -> None:
    assert duka.signs().accepted
    stage.clock.advance(ms=61_000)
    answered = duka.says("ENTERED", duka.code.reveal().decode())
    assert answered in (200, 400)  # the clock's own round may have ended it before
    assert stage.balance(duka.carol) == (100_000, 0)
    assert duka.state() == REJECTED
    assert duka.sent() == []


def test_a_code_ends_however_long_its_offer_stands(stage: Stage, scheme: Scheme) -> None:
    """The payee's side sets the end of the offer; nobody's money is reserved for a year by it."""
    year = write_instant(stage.clock.now_ms() + 365 * 86_400_000)
    duka = till(stage, scheme, expiration=year)
    assert duka.signs().accepted
    stage.clock.advance(ms=1000 * CODE_LIFETIME_S + 1)
    answered = duka.says("ENTERED", duka.code.reveal().decode())
    assert answered in (200, 400)  # the clock's own round may have ended it before
    assert stage.balance(duka.carol) == (100_000, 0)
    assert duka.state() == REJECTED
    assert duka.sent() == []


def test_what_nobody_answers_is_given_back_by_the_clock(
    stage: Stage, scheme: Scheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.serve.interop.messenger.ASK_S", 0.02)
    scheme.open()
    duka = till(stage, scheme)
    assert duka.signs().accepted
    duka.asked()
    stage.clock.advance(ms=61_000)
    path = f"/transactionRequests/{duka.name}"
    assert scheme.wait("PUT", path).body == {"transactionRequestState": REJECTED}
    until = time.monotonic() + WAIT_S
    while stage.balance(duka.carol) != (100_000, 0) and time.monotonic() < until:
        time.sleep(0.01)
    assert stage.balance(duka.carol) == (100_000, 0)
    assert not [mail for mail in scheme.box.mails if mail.path.startswith("/transfers")]


def test_only_the_merchants_side_has_a_word(stage: Stage, duka: Till) -> None:
    assert duka.signs().accepted
    code = duka.code.reveal().decode()
    for response, value in (("ENTERED", code), ("REJECTED", None)):
        assert duka.says(response, value, fspiop_source=STRANGER) == 400
    assert duka.says("ENTERED") == 400
    assert duka.says("ENTERED", code, kind="QRCODE") == 400
    unknown = f"/authorizations/{duka.inquiry}"
    said = duka.answers("ENTERED", code)
    answer = duka.scheme.say("PUT", unknown, said).json()
    assert answer["errorInformation"]["errorCode"] == "3206"
    assert stage.balance(duka.carol) == (100_000, 2_500)
    assert duka.says("ENTERED", code) == 200


@pytest.mark.parametrize("said", ["COMMITTED", "ABORTED", "error"])
def test_nobody_settles_a_transfer_that_was_not_sent_yet(
    stage: Stage, duka: Till, said: str
) -> None:
    """The payee made the condition, and may guess a transfer's name from what came before it."""
    assert duka.signs().accepted
    path = f"/transfers/{duka.transaction}"
    body: dict[str, Any] = {"transferState": said, "fulfilment": to_base64url(FULFILMENT)}
    if said == "error":
        path += "/error"
        body = {"errorInformation": {"errorCode": "5105", "errorDescription": "no"}}
    assert duka.scheme.say("PUT", path, body).status_code == 400
    assert stage.balance(duka.carol) == (100_000, 2_500)
    assert duka.says("ENTERED", duka.code.reveal().decode()) == 200
    duka.scheme.box.wait("POST", "/transfers")
    duka.scheme.accepted("PUT", path, body)
    left = (97_500, 0) if said == "COMMITTED" else (100_000, 0)
    assert stage.balance(duka.carol) == left


def test_the_factors_of_the_policy_come_before_the_code(stage: Stage, scheme: Scheme) -> None:
    """A code at a terminal stands for no PIN: where one is demanded, the signature takes it."""
    duka = till(stage, scheme, minor=60_000)
    assert duka.signs(pin=None).code == "customer.not_verified"
    assert duka.says("ENTERED", duka.code.reveal().decode()) == 400
    assert stage.balance(duka.carol) == (100_000, 0)
    assert duka.signs().accepted


def test_a_code_that_nobody_asks_for_is_refused(stage: Stage, duka: Till) -> None:
    long = Secret(b"x" * 22)
    assert duka.signs(code=long).code == "order.malformed"
    assert duka.signs(code=Secret(b"12345")).code == "order.malformed"
    order = duka.carol.handset.order_payment(
        "interop.pay", "hub:business:duka-42", "Duka la Farah", kes(2_500), pin=secret()
    )
    bare = {**order.body, "inquiry": duka.inquiry, "code": "123456"}
    assert duka.carol.handset.send(replace(order, body=bare)).code == "order.malformed"
    assert stage.balance(duka.carol) == (100_000, 0)
    assert duka.signs(code=None).accepted  # approved on the handset alone: sent at once
    duka.scheme.box.wait("POST", "/transfers")
