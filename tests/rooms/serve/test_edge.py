"""The HTTP edge: every status of the wire page, sizes, content types, pieces and broken lines."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from tallystick.ground.limits import GRANT_MAX, MESSAGE_MAX, PROOF_MAX
from tallystick.handset import Order
from tallystick.testing.transport import scope_of
from tests.stage import ADDRESS, Person, Stage, pay, payment

JOSE = {"content-type": "application/jose"}
TAKING = ["/v1/messages", "/v1/enrolments", "/v1/sessions"]
REFUSING = {"/v1/messages": 401, "/v1/enrolments": 403, "/v1/sessions": 403}


def send(
    stage: Stage,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | Sequence[tuple[str, str]] = (),
) -> httpx.Response:
    request = httpx.Request(method, ADDRESS + path, content=body, headers=headers)
    return stage.transport.handle_request(request)


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem document that says nothing else."""
    assert response.headers["content-type"] == "application/problem+json"
    said = response.json()
    assert list(said) == ["type", "title", "status", "code"]
    assert (said["type"], said["status"]) == ("about:blank", response.status_code)
    return response.status_code, said["code"]


def enquiry(number: int = 1) -> Order:
    return Order(request=f"enquiry-0000-000{number}", operation="banking.balance", body={})


# ---- every status -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TAKING)
def test_another_content_type_is_415(stage: Stage, path: str) -> None:
    for kind in ("application/json", "", "text/plain", "application/jose+json", "application/JOSE"):
        response = send(stage, "POST", path, b"x", {"content-type": kind} if kind else {})
        assert problem(response) == (415, "media.unsupported")
    with_parameter = {"content-type": "application/jose; charset=us-ascii"}
    assert send(stage, "POST", path, b"x", with_parameter).status_code == REFUSING[path]


@pytest.mark.parametrize("path", TAKING)
def test_beyond_the_size_limit_is_413(stage: Stage, path: str) -> None:
    response = send(stage, "POST", path, b"x" * (MESSAGE_MAX + 1), JOSE)
    assert problem(response) == (413, "message.too_long")
    assert send(stage, "POST", path, b"x" * MESSAGE_MAX, JOSE).status_code == REFUSING[path]


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "9" * 30, "", " ", "0x10"])
def test_a_length_that_is_none_is_413(stage: Stage, length: str) -> None:
    response = send(stage, "POST", "/v1/messages", b"x", {**JOSE, "content-length": length})
    assert problem(response) == (413, "message.too_long")


def test_without_a_grant_it_is_401(stage: Stage, alice: Person) -> None:
    headers, body = alice.handset.prepare_message(enquiry())
    for changes in (
        {"Authorization": ""},
        {"Authorization": headers["Authorization"].replace("DPoP", "Bearer")},
        {"Authorization": headers["Authorization"][:-1]},
        {"Authorization": "DPoP " + "A" * (GRANT_MAX + 1)},
        {"Authorization": "DPoP é"},
        {"DPoP": ""},
        {"DPoP": "A" * (PROOF_MAX + 1)},
        {"DPoP": "é"},
    ):
        sent = {k: v.encode("latin-1") for k, v in (headers | changes).items()}
        assert problem(send(stage, "POST", "/v1/messages", body, sent)) == (401, "grant.refused")  # type: ignore[arg-type]
    for name in ("Authorization", "DPoP"):
        less = {k: v for k, v in headers.items() if k != name}
        assert problem(send(stage, "POST", "/v1/messages", body, less)) == (401, "grant.refused")
    assert send(stage, "POST", "/v1/messages", body, headers).status_code == 200
    assert problem(send(stage, "POST", "/v1/messages", body, headers)) == (401, "grant.refused")


@pytest.mark.parametrize("name", ["DPoP", "Authorization", "Content-Type"])
def test_a_header_that_stands_twice_is_refused(stage: Stage, alice: Person, name: str) -> None:
    headers, body = alice.handset.prepare_message(enquiry())
    twice = [*headers.items(), (name, headers[name])]
    response = send(stage, "POST", "/v1/messages", body, twice)
    assert problem(response)[0] == (415 if name == "Content-Type" else 401)


@pytest.mark.parametrize("host", ["evil.example", "provider.example:81", "PROVIDER.EXAMPLE"])
def test_a_proof_for_another_address_is_401(
    stage: Stage, alice: Person, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr(alice.handset.connection, "url", lambda path: f"http://{host}{path}")
    headers, body = alice.handset.prepare_message(enquiry())
    response = send(stage, "POST", "/v1/messages", body, {**headers, "host": host})
    assert problem(response) == (401, "grant.refused")


def test_an_unreadable_message_is_400(stage: Stage, alice: Person) -> None:
    for body in (b"", b"....", b"x" * 100, "é".encode(), b"\xff\xfe\x00"):
        headers, _ = alice.handset.prepare_message(enquiry())
        assert problem(send(stage, "POST", "/v1/messages", body, headers)) == (
            400,
            "message.refused",
        )


def test_another_order_under_one_request_is_409(stage: Stage, alice: Person, bob: Person) -> None:
    first = payment(alice, bob, 100)
    alice.handset.send(first)
    other = payment(alice, bob, 200, request=first.request)
    headers, body = alice.handset.prepare_message(other)
    assert problem(send(stage, "POST", "/v1/messages", body, headers)) == (409, "request.conflict")


@pytest.mark.parametrize("path", TAKING)
def test_what_breaks_unexpectedly_is_503_and_says_nothing(
    stage: Stage,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(stage.platform._corridor, "catch_up", broken)
    with caplog.at_level(logging.ERROR):
        response = send(stage, "POST", path, b"x", JOSE)
    assert problem(response) == (503, "service.closed")
    assert "secret" not in response.text
    assert "a secret of the house" in caplog.text, "the operator sees it"


def test_a_service_that_is_closing_says_so(stage: Stage, alice: Person) -> None:
    headers, body = alice.handset.prepare_message(enquiry())
    stage.platform._committer.close()
    assert problem(send(stage, "POST", "/v1/messages", body, headers)) == (503, "service.closed")
    assert problem(send(stage, "GET", "/v1/healthz")) == (503, "service.closed")


def test_a_service_whose_module_is_lost_is_not_healthy(stage: Stage) -> None:
    assert send(stage, "GET", "/v1/healthz").json() == {"status": "open"}
    stage.module.lose()
    assert problem(send(stage, "GET", "/v1/healthz")) == (503, "service.closed")


# ---- what anybody may read ----------------------------------------------------------------------


def test_anybody_may_read_statement_checkpoint_and_consistency(
    stage: Stage, alice: Person, bob: Person
) -> None:
    pay(alice, bob, 100)
    assert set(send(stage, "GET", "/v1/service").json()) == {"statement", "signature"}
    note = send(stage, "GET", "/v1/checkpoint")
    assert note.headers["content-type"].startswith("text/plain")
    assert note.text.startswith("tallystick/example-wallet/evidence\n")
    size = int(note.text.split("\n")[1])
    path = send(stage, "GET", f"/v1/consistency?from=1&to={size}").json()
    assert list(path) == ["path"]
    assert send(stage, "GET", f"/v1/consistency?from={size}&to={size}").json() == {"path": []}


@pytest.mark.parametrize(
    "query",
    [
        "",
        "from=1",
        "to=1",
        "from=0&to=1",
        "from=2&to=1",
        "from=1&to=99999",
        "from=-1&to=1",
        "from=1.0&to=2",
        "from=a&to=b",
        "from=%D9%A1&to=2",
        "from=1&to=00000000000000015",
        "from=1&to=" + "1" * 5000,
        "from=0000000000000001" + "1" * 5000 + "&to=2",
        "from=1&to=%00",
    ],
    ids=range(14),
)
def test_no_such_range_of_the_log_is_400(stage: Stage, query: str) -> None:
    response = send(stage, "GET", f"/v1/consistency?{query}")
    assert problem(response) == (400, "range.refused")


def test_challenges_differ_and_expire(stage: Stage) -> None:
    said = [send(stage, "POST", "/v1/challenges").json() for _ in range(3)]
    assert len({one["challenge"] for one in said}) == 3
    assert {one["expires_ms"] for one in said} == {stage.clock.now_ms() + 20_000}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/messages/", "/v1/messages/x"])
def test_there_is_nothing_else(stage: Stage, path: str) -> None:
    for method in ("GET", "POST"):
        assert send(stage, method, path, headers=JOSE).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/messages"),
        ("PUT", "/v1/messages"),
        ("GET", "/v1/enrolments"),
        ("DELETE", "/v1/sessions"),
        ("POST", "/v1/service"),
        ("POST", "/v1/checkpoint"),
        ("OPTIONS", "/v1/challenges"),
    ],
)
def test_another_method_is_not_allowed(stage: Stage, method: str, path: str) -> None:
    assert send(stage, method, path, headers=JOSE).status_code in (404, 405)


def test_no_answer_tells_which_software_made_it(stage: Stage) -> None:
    for path in ("/v1/service", "/nothing", "/v1/checkpoint"):
        assert "server" not in send(stage, "GET", path).headers


# ---- bodies in pieces ---------------------------------------------------------------------------

Event = dict[str, Any]


def exchange(
    stage: Stage, headers: dict[str, str], events: Sequence[Event], path: str = "/v1/messages"
) -> tuple[int, bytes, int]:
    """Status, body, and how many pieces of the request were asked for."""
    scope = scope_of(httpx.Request("POST", ADDRESS + path))
    kept = [(b"host", b"provider.example")]
    scope["headers"] = kept + [(k.lower().encode(), v.encode()) for k, v in headers.items()]
    waiting, sent = list(events), []

    async def receive() -> Event:
        return waiting.pop(0)

    async def collect(event: Any) -> None:
        sent.append(event)

    stage.transport._run(stage.transport._application(scope, receive, collect))  # type: ignore[arg-type]
    body = b"".join(event.get("body", b"") for event in sent[1:])
    return sent[0]["status"], body, len(events) - len(waiting)


def pieces(body: bytes, size: int) -> list[Event]:
    cut = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    return [
        {"type": "http.request", "body": one, "more_body": number < len(cut) - 1}
        for number, one in enumerate(cut)
    ]


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_a_body_may_come_in_pieces(stage: Stage, alice: Person, bob: Person, size: int) -> None:
    order = payment(alice, bob, 60_000)
    headers, body = alice.handset.prepare_message(order)
    status, answer, _ = exchange(stage, headers, pieces(body, size))
    assert status == 200
    assert alice.handset.read_reply(order, answer).accepted


def test_empty_pieces_are_no_end(stage: Stage, alice: Person, bob: Person) -> None:
    order = payment(alice, bob, 60_000)
    headers, body = alice.handset.prepare_message(order)
    gap: Event = {"type": "http.request", "body": b"", "more_body": True}
    bare: Event = {"type": "http.request", "more_body": True}
    assert exchange(stage, headers, [gap, bare, *pieces(body, 500)])[0] == 200


@pytest.mark.parametrize("stated", [{}, {"content-length": "10"}])
def test_a_body_without_end_is_not_read_to_its_end(stage: Stage, stated: dict[str, str]) -> None:
    endless = [{"type": "http.request", "body": b"x" * 1000, "more_body": True}] * 100
    status, body, asked = exchange(stage, JOSE | stated, endless)
    assert (status, json.loads(body)["code"]) == (413, "message.too_long")
    assert asked == MESSAGE_MAX // 1000 + 1


@pytest.mark.parametrize("path", TAKING)
def test_a_handset_that_goes_away_is_nobodys_order(stage: Stage, alice: Person, path: str) -> None:
    headers, body = alice.handset.prepare_message(enquiry())
    before = stage.platform.evidence.size()
    events = [
        {"type": "http.request", "body": body[:50], "more_body": True},
        {"type": "http.disconnect"},
    ]
    status, answer, _ = exchange(stage, headers, events, path)
    assert (status, json.loads(answer)["code"]) == (503, "service.closed")
    assert stage.platform.evidence.size() == before
    assert alice.handset.balance().accepted


def test_an_answer_that_nobody_waits_for_is_there_for_the_retry(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """The line breaks behind the last octet of the order: it is decided, and answered once."""
    order = payment(alice, bob, 60_000)
    headers, body = alice.handset.prepare_message(order)
    books = stage.faulty_books()
    scope = scope_of(httpx.Request("POST", f"{ADDRESS}/v1/messages", headers=headers))
    events = pieces(body, 100_000)

    async def receive() -> Event:
        return events.pop(0)

    async def unheard(event: Any) -> None:
        raise AssertionError("nobody listens")

    async def abandoned() -> None:
        work = asyncio.ensure_future(stage.transport._application(scope, receive, unheard))
        await asyncio.to_thread(books.await_commit)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    with books.held():
        stage.transport._run(abandoned())
    alice.handset.unanswered[order.request] = order
    assert alice.handset.retry(order.request).accepted
    assert stage.balance(bob) == (60_000, 0)
