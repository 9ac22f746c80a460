"""Callbacks: to the open internet alone, in order, until they were heard, also after a restart."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import http.server
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.protect.enforcement import ServiceClosed
from tallystick.serve.mobile_money.callbacks import Courier
from tallystick.serve.mobile_money.errors import CallbackRefused
from tallystick.serve.mobile_money.targets import pinned_address, put, read_target
from tests.partners import Server
from tests.rooms.serve.mobile_money.client import Client, client, error, wallet
from tests.stage import Person, Stage, kes

URL = "https://partner.example/told"
HEARD_S = 10.0


class Ear:
    """Hears callbacks, or answers with the statuses that it was given first."""

    def __init__(self, *statuses: int | Exception) -> None:
        self._statuses = list(statuses)
        self.heard: list[tuple[str, dict[str, Any], Mapping[str, str]]] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        status = self._statuses.pop(0) if self._statuses else 204
        if isinstance(status, Exception):
            raise status
        if status < 300:
            assert headers["X-Content-Hash"] == hashlib.sha256(body).hexdigest()
            self.heard.append((url, json.loads(body), headers))
        return status

    def wait(self, count: int, tick: Callable[[], None] = lambda: None) -> None:
        ends = time.monotonic() + HEARD_S
        while len(self.heard) < count:
            assert time.monotonic() < ends, f"heard {len(self.heard)} of {count}"
            tick()
            threading.Event().wait(0.02)


def order(mm: Client, bob: Person, amount: str = "5.00", url: str = URL) -> Any:
    body = {"amount": amount, "currency": "KES", "creditParty": wallet(bob.account)}
    return mm.post("disbursement", body, X_Callback_URL=url)


def test_an_outcome_is_told_once_and_in_order(stage: Stage, bob: Person) -> None:
    ear = Ear()
    mm = client(stage, deliver=ear)
    try:
        told = [order(mm, bob, amount) for amount in ("1.00", "70000.00", "3.00")]
        assert {one.json()["notificationMethod"] for one in told} == {"callback"}
        ear.wait(3)
        names = [one.json()["serverCorrelationId"] for one in told]
        assert [headers["X-CorrelationID"] for _, _, headers in ear.heard] == names
        first, second, third = (body for _, body, _ in ear.heard)
        assert (first["amount"], first["transactionStatus"]) == ("1.00", "completed")
        assert second["errorCode"] == "insufficientFunds"
        assert third["transactionReference"] == names[2]
    finally:
        mm.close()


def test_it_is_told_again_until_it_was_heard(stage: Stage, bob: Person) -> None:
    ear = Ear(500, OSError("nobody there"), 302)
    mm = client(stage, deliver=ear)
    try:
        order(mm, bob)
        ear.wait(1, tick=lambda: stage.clock.advance(ms=1_000))
        assert len(ear.heard) == 1
    finally:
        mm.close()


def test_an_approval_is_told(stage: Stage, alice: Person) -> None:
    ear = Ear()
    mm = client(stage, deliver=ear)
    try:
        body = {"amount": "75.00", "currency": "KES", "debitParty": wallet(alice.account)}
        mm.post("merchantpay", body, X_Callback_URL=URL)
        (shown,) = alice.handset.requests().data["requests"]  # type: ignore[index,misc]
        assert ear.heard == []
        alice.handset.approve(shown["request"], *reversed(mm.partner.party), kes(7_500))
        ear.wait(1)
        assert ear.heard[0][1]["transactionStatus"] == "completed"
    finally:
        mm.close()


def test_what_was_not_told_is_told_after_a_restart(stage: Stage, bob: Person) -> None:
    mm = client(stage, deliver=Ear(*[500] * 1000))
    told = order(mm, bob)
    assert told.status_code == 202
    mm.close()
    stage.close()
    with Stage(stage.home, clock=stage.clock) as again:
        duka = Server(again, mm.partner.made, mm.partner.name, mm.partner.id, mm.partner.account)
        ear = Ear()
        back = Client(again, duka, deliver=ear)
        try:
            ear.wait(1)
            assert ear.heard[0][1]["transactionStatus"] == "completed"
        finally:
            back.close()
    assert len(ear.heard) == 1


def test_after_a_day_it_is_given_up(stage: Stage, bob: Person) -> None:
    ear = Ear(*[500] * 3)
    mm = client(stage, deliver=ear)
    try:
        order(mm, bob, "1.00")
        stage.clock.advance(ms=2 * 86_400_000)
        ear.wait(0)
        mm.token = ""
        order(mm, bob, "2.00")
        ear.wait(1, tick=lambda: stage.clock.advance(ms=1_000))
        assert ear.heard[-1][1]["amount"] == "2.00"
    finally:
        mm.close()


FORBIDDEN = [
    "http://partner.example/told",
    "ftp://partner.example/told",
    "https://user@partner.example/",
    "https://partner.example/#part",
    "https://partner.example:22/",
    "https:///nowhere",
    "https://[bad/",
    "https://partner.example/" + "a" * 600,
    "https://inside.example/told",
    "not a url",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_callback_that_may_not_be_is_refused_and_recorded(
    stage: Stage, bob: Person, url: str
) -> None:
    mm = client(stage)
    try:
        before = stage.platform.evidence.size()
        refused = order(mm, bob, url=url)
        assert error(refused) == (400, "validation", "formatError")
        assert refused.json()["errorDescription"].startswith("X-Callback-URL: ")
        assert stage.tallies()[-1]["code"] == "callback.refused"
        assert stage.platform.evidence.size() == before + 1
        assert stage.balance(bob) == (0, 0)
    finally:
        mm.close()


INSIDE = [  # every one an address of one's own, or of nobody
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2002:a00:1::", "198.18.0.1", "192.0.2.1", "2001:db8::1", "not-an-address",
    "fec0::1", "::7f00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "2001:0:1::1", "5f00::1", "4000::1",
]  # fmt: skip


def leading(answers: list[str]) -> Callable[[str, int], list[str]]:
    return lambda host, port: answers


@pytest.mark.parametrize("address", INSIDE)
def test_no_name_leads_inside(address: str) -> None:
    target = read_target(URL, loopback=False)
    for answers in ([address], ["93.184.215.14", address]):
        with pytest.raises(CallbackRefused):
            pinned_address(target, loopback=False, resolver=leading(answers))


def test_the_open_internet_is_where_callbacks_go() -> None:
    target = read_target("https://partner.example:8443/a?b=c", loopback=False)
    assert (target.host, target.port, target.path) == ("partner.example", 8443, "/a?b=c")
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert pinned_address(target, loopback=False, resolver=leading([address])) == address

    def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(CallbackRefused):
        pinned_address(target, loopback=False, resolver=nothing)


@given(st.text(max_size=80) | st.sampled_from(FORBIDDEN))
def test_every_text_is_a_target_or_a_refusal(text: str) -> None:
    for url in (text, f"https://{text}"):
        try:
            target = read_target(url, loopback=False)
        except CallbackRefused:
            continue
        assert target.scheme == "https"
        assert target.port == 443 or target.port >= 1024


@contextmanager
def listening(status: int, **headers: str) -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *unused: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://partner.example:{server.server_address[1]}/told", heard
        finally:
            server.shutdown()
            thread.join()


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with listening(204) as (url, heard):
        assert put(url, b"{}", {}, loopback=True, resolver=once) == 204
    assert (heard, asked) == (["{}"], ["partner.example"])
    with listening(302, Location="http://127.0.0.1:1/") as (url, heard):
        assert put(url, b"{}", {}, loopback=True, resolver=once) == 302
    with pytest.raises(CallbackRefused):
        put(url, b"{}", {}, loopback=False, resolver=once)


def test_who_talks_slowly_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One octet now and then keeps every single read alive, and the whole is over all the same."""
    monkeypatch.setattr("tallystick.serve.mobile_money.targets.WHOLE_S", 0.3)
    over = threading.Event()
    patient: list[bool] = []

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for _ in range(500):
                if over.wait(0.02):
                    return
                connection.sendall(b"x")
            patient.append(True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        url = f"http://partner.example:{listener.getsockname()[1]}/told"
        with suppress(OSError, http.client.HTTPException):
            put(url, b"{}", {}, loopback=True, resolver=lambda host, port: ["127.0.0.1"])
        over.set()
        thread.join(10)
    assert not patient, "it was listened to for ten seconds"


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0"])
def test_other_spellings_of_an_address_lead_where_they_lead(host: str) -> None:
    """What the system makes of a number is looked at, not how it was written."""
    target = read_target(f"https://{host}/told", loopback=False)
    system = socket.inet_ntoa(socket.inet_aton(target.host))
    with pytest.raises(CallbackRefused):
        pinned_address(target, loopback=False, resolver=leading([system]))


@given(st.ip_addresses())
def test_every_address_is_open_or_refused(address: Any) -> None:
    target = read_target(URL, loopback=False)
    with suppress(CallbackRefused):
        pinned_address(target, loopback=False, resolver=leading([str(address)]))
        assert address.is_global
        assert address.version == 4 or address in ipaddress.IPv6Network("2000::/3") or (
            address.ipv4_mapped or address in ipaddress.IPv6Network("64:ff9b::/96")
        )  # fmt: skip


def test_books_that_are_away_are_told_of_once_and_callbacks_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    def away(callbacks: Courier) -> None:
        nonlocal looks
        looks += 1
        if looks in (1, 2, 4):
            raise ServiceClosed("the books cannot be reached")
        if looks > 4:
            raise asyncio.CancelledError

    monkeypatch.setattr(Courier, "look", away)
    monkeypatch.setattr("tallystick.serve.mobile_money.callbacks.LOOK_S", 0)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Courier(stage.platform.partners, loopback=False).run())
    told = [record for record in caplog.records if record.message.startswith("callbacks wait")]
    assert len(told) == 2, "once for each time that they went away"
    assert not any(record.exc_info for record in told)
